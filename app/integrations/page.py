"""Settings → Integrations → Xero: the page, and the buttons on it."""

from uuid import UUID, uuid4

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.api.endpoint import endpoint
from app.audit import record as audit
from app.auth.viewer import the_viewer
from app.errors import Problem, WrongState, wants_json
from app.extensions import db
from app.integrations import actions, consent, queries
from app.integrations.blueprint import bp
from app.integrations.connecting import part_with
from app.integrations.status import ConnectionState, state_of
from app.models import Connection
from app.models.operation import NORMAL
from app.sync import operations
from app.sync.connections import current_connection, governor, learn, note_broken, token_source, transport_for
from app.sync.operations import CREATE_JOB
from app.synclog.queries import latest_operations
from app.synclog.standing import standings
from app.xero.accounting import AccountingApi
from app.xero.errors import ReconnectNeeded, XeroError

NOT_CONNECTED = "This practice is not connected to Xero. Connect it first."


@bp.get("/settings/integrations/xero")
def xero() -> ResponseReturnValue:
    """How the connection stands; before there is one, what connecting means."""
    connection = queries.latest_connection()
    live = connection is not None and connection.status != "disconnected"
    grant = queries.grant_of(connection) if connection and connection.grant_id else None
    granted = grant.scopes.split() if grant else []
    return render_template(
        "integrations/xero.html",
        connection=connection,
        live=live,
        grant=grant,
        scopes=consent.explained(granted or consent.asked_scopes()),
        missing=consent.not_granted(granted) if granted else [],
        usage=governor().snapshot(connection.xero_tenant_id) if connection and live else None,
        mapped=queries.completeness(connection),
        lists_read=queries.lists_read_at(connection) if connection else None,
        jobless=queries.jobless() if connection and connection.is_live else None,
        most_jobs=queries.MOST_JOBS,
        operations=latest_operations(10),
        kinds=operations.KINDS,
        standings=standings() if live else [],
    )


@bp.post("/settings/integrations/xero/jobs")
def create_jobs() -> ResponseReturnValue:
    """Plan the jobs of requests that were assigned before there was a connection."""
    connection = current_connection()
    if connection is None or not connection.is_live:
        raise WrongState(NOT_CONNECTED)
    viewer = the_viewer()
    waiting = queries.jobless_requests()
    for request_id, reference in waiting:
        operations.plan(CREATE_JOB, request_id, reference, viewer.name, NORMAL)
    if waiting:
        audit.record("operation.planned", connection, None, {"count": len(waiting)})
    db.session.commit()
    said = f"{len(waiting)} {'job is' if len(waiting) == 1 else 'jobs are'} being made."
    flash(said if waiting else "Every assigned request has its job, or is waiting for it.", "success")
    return redirect(url_for("integrations.xero") if not waiting else url_for("sync.index"))


@bp.route("/settings/integrations/xero/disconnect", methods=["GET"])
def leave() -> ResponseReturnValue:
    """Before disconnecting: what happens and what stays."""
    connection = current_connection()
    if connection is None:
        return redirect(url_for("integrations.xero"))
    return render_template("integrations/disconnect.html", connection=connection)


@bp.post("/api/integrations/xero/disconnect")
@endpoint(summary="Disconnect Xero", tag="Xero", answer=ConnectionState, errors=(409,), keyed=False)
def disconnect() -> ConnectionState | Response:
    """Tells Xero, wipes the tokens and stops all work; mappings and history stay.

    Works when Xero does not answer, too: then the practice may still stand in Xero's list of connected apps.
    """
    connection = current_connection()
    if connection is None:
        if wants_json():
            raise WrongState(NOT_CONNECTED)
        return make_response(redirect(url_for("integrations.xero"), 303))
    name, connection_id = connection.organisation_name, connection.id
    part_with(connection, the_viewer())
    if wants_json():
        return state_of(db.session.scalars(select(Connection).where(Connection.id == connection_id)).one())
    flash(f"{name} is disconnected. Mappings and history are kept.", "success")
    return make_response(redirect(url_for("integrations.xero"), 303))


@bp.post("/api/integrations/xero/refresh")
@endpoint(
    summary="Renew the sign-in and check the connection",
    tag="Xero",
    answer=ConnectionState,
    errors=(409,),
    keyed=False,
)
def refresh() -> ConnectionState | Response:
    """Renews the tokens and asks Xero for the organisation: two calls."""
    connection = current_connection()
    if connection is None:
        raise WrongState(NOT_CONNECTED)
    problem = check(connection)
    if wants_json():
        if problem is not None:
            raise problem
        return state_of(current_connection() or connection)
    if problem is not None:
        flash(problem.message, "error")
    else:
        flash("Xero answered: the connection works.", "success")
    return make_response(redirect(url_for("integrations.xero"), 303))


def check(connection: Connection) -> Problem | None:
    """Ask Xero now (committed). What is wrong is kept on the connection and given back as a sentence."""
    connection_id = connection.id
    source = token_source(connection)
    transport = transport_for(connection, correlation_id=f"check-{uuid4().hex[:12]}", interactive=True)
    db.session.commit()
    try:
        source.refresh_now()
        organisation = AccountingApi(transport).organisation()
    except XeroError as problem:
        return _not_in_order(connection_id, problem)
    learn(_again(connection_id), organisation)
    db.session.commit()
    return None


def _again(connection_id: UUID) -> Connection:
    return db.session.scalars(select(Connection).where(Connection.id == connection_id)).one()


def _not_in_order(connection_id: UUID, problem: XeroError) -> Problem:
    if isinstance(problem, ReconnectNeeded):
        note_broken(_again(connection_id), problem.sentence)
        db.session.commit()
    return Problem(problem.sentence, code=problem.code, status=409)


@bp.post("/settings/integrations/xero/staff/read")
def read_staff() -> ResponseReturnValue:
    """Read the organisation's people again."""
    connection = current_connection()
    if connection is None or not connection.is_live:
        raise WrongState(NOT_CONNECTED)
    actions.read_staff(connection, the_viewer().name)
    db.session.commit()
    flash("The people in Xero are being read. Load this page again in a few seconds.", "success")
    return redirect(url_for("integrations.staff"))
