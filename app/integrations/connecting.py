"""To Xero and back: connect, callback, choose, confirm. Answers pages to people, JSON to programs."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from flask import Response, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import select

from app.api.endpoint import endpoint
from app.api.shapes import Answer
from app.audit import record as audit
from app.auth.viewer import Viewer, the_viewer
from app.errors import Problem, wants_json
from app.extensions import db
from app.integrations import actions, consent, farewell, guard, queries
from app.integrations.blueprint import bp
from app.models import Connection, Grant
from app.sync.connections import current_connection, grant_source, learn, transport_for
from app.sync.tokens import GrantTokens
from app.xero.accounting import AccountingApi
from app.xero.errors import XeroError
from app.xero.identity import ConnectedOrganisation

_CHOICE = "xero_choice"
Text = Annotated[str, StringConstraints(max_length=4000)]


class ConnectAddress(Answer):
    """Send the person's browser there. Good for ten minutes, once."""

    url: str


class WayBack(BaseModel):
    """What Xero sends along; more of its parameters may come and are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    state: Text = ""
    code: Text = ""
    error: Text = ""


class Connected(Answer):
    """What the consent brought. `to_confirm`: a person must still confirm the organisation on the page."""

    organisation: str
    status: str


@bp.route("/api/integrations/xero/connect", methods=["GET", "POST"])
@endpoint(summary="Begin connecting Xero", tag="Xero", answer=ConnectAddress, keyed=False)
def connect() -> ConnectAddress | Response:
    """Gives the address at Xero where an admin consents. A browser is sent there at once."""
    viewer = _writer()
    url = consent.begin(viewer, consent.JSON if wants_json() else consent.PAGE)
    audit.record("connection.begun", audit.Subject("practice", None, "Xero"))
    db.session.commit()
    return ConnectAddress(url=url) if wants_json() else _to(url)


@bp.get("/api/integrations/xero/callback")
@endpoint(summary="Finish connecting Xero", tag="Xero", query=WayBack, answer=Connected, errors=(400, 409))
def callback(query: WayBack) -> Connected | Response:
    """Where Xero sends the person back to. A browser goes on to the page that says what happened."""
    viewer = _writer()
    try:
        connection = _finish(query, viewer)
    except Problem as problem:
        db.session.rollback()
        if wants_json():
            raise
        return _refused_page(problem)
    if connection is None:
        return _to(url_for("integrations.choose"))
    if wants_json():
        return Connected(organisation=connection.organisation_name, status=connection.status)
    return _to(_next_page(connection))


def _finish(query: WayBack, viewer: Viewer) -> Connection | None:
    """The organisation taken up; None when the person must choose first."""
    try:
        taken = consent.take(query.state, viewer)
    finally:
        db.session.commit()  # used up, whatever comes of it; and nothing stays open while Xero is asked
    if query.error:
        raise consent.refusal(query.error)
    tokens = consent.exchange(query.code, taken)
    found = consent.organisations_of(tokens, _correlation())
    now_connected = current_connection()
    other = now_connected is not None and now_connected.xero_tenant_id != found[0].xero_tenant_id
    if len(found) == 1 and not other:
        return _take_up(actions.keep_grant(tokens), found[0], viewer)
    if wants_json():
        raise consent.ConsentRefused(
            "choose_organisation",
            "There is something to decide",
            "The consent brought several organisations, or another one than is connected. Begin again in a browser,"
            " under Settings → Xero, where you can decide.",
            409,
        )
    grant = actions.keep_grant(tokens)
    db.session.commit()
    session[_CHOICE] = {"grant": str(grant.id), "event": tokens.authentication_event_id}
    return None


def _take_up(grant: Grant, found: ConnectedOrganisation, viewer: Viewer) -> Connection:
    connection = actions.take_up(grant, found, viewer.name)
    db.session.commit()
    _ask_about(connection)
    return connection


def _ask_about(connection: Connection) -> None:
    """Read the organisation's own words about itself. Not needed to go on: the check reads it again."""
    transport = transport_for(connection, correlation_id=_correlation(), interactive=True)
    connection_id = connection.id
    db.session.commit()
    try:
        organisation = AccountingApi(transport).organisation()
    except XeroError as problem:
        flash(f"The organisation's details could not be read yet: {problem.sentence}", "warning")
        return
    learn(db.session.scalars(select(Connection).where(Connection.id == connection_id)).one(), organisation)
    db.session.commit()


def _next_page(connection: Connection) -> str:
    if connection.status == "to_confirm":
        return url_for("integrations.confirm")
    flash(
        f"{connection.organisation_name} is connected again. Its mappings and history are as they were.",
        "success",
    )
    return url_for("integrations.xero")


@bp.route("/settings/integrations/xero/choose", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    """Several organisations came, or another one than is connected: the person decides."""
    pending = _pending()
    if pending is None:
        return redirect(url_for("integrations.xero"))
    grant, source, event = pending
    grant_id, before = grant.id, current_connection()
    if request.form.get("action") == "leave":
        return _leave_it(grant_id)
    before_name = before.organisation_name if before else None
    before_tenant = before.xero_tenant_id if before else None
    db.session.commit()
    try:
        found = consent.organisations(source, event, _correlation())
    except consent.ConsentRefused as problem:
        return _refused_page(problem)
    shown = {"found": found, "before": before_name, "before_tenant": before_tenant}
    if request.method == "GET":
        return render_template("integrations/choose.html", problems={}, **shown)
    picked = next((one for one in found if one.id == request.form.get("organisation")), None)
    if problems := _choice_problems(picked, before_tenant):
        return render_template("integrations/choose.html", problems=problems, **shown), 422
    assert picked is not None
    return _chosen(grant_id, picked)


def _leave_it(grant_id: UUID) -> ResponseReturnValue:
    actions.forget_unused(grant_id)
    db.session.commit()
    session.pop(_CHOICE, None)
    flash("Everything is as it was.", "success")
    return redirect(url_for("integrations.xero"))


def _choice_problems(picked: ConnectedOrganisation | None, before_tenant: str | None) -> dict[str, str]:
    if picked is None:
        return {"organisation-0": "Choose the organisation that your practice works with."}
    if before_tenant not in {None, picked.xero_tenant_id} and request.form.get("replace") != "yes":
        return {"replace": "Tick the box to say that the other organisation is to be disconnected."}
    return {}


def _chosen(grant_id: UUID, picked: ConnectedOrganisation) -> ResponseReturnValue:
    viewer = the_viewer()
    before = current_connection()
    if before is not None and before.xero_tenant_id != picked.xero_tenant_id:
        part_with(before, viewer)
    grant = db.session.scalars(select(Grant).where(Grant.id == grant_id)).one()
    try:
        connection = _take_up(grant, picked, viewer)
    except Problem as problem:
        db.session.rollback()
        return _refused_page(problem)
    session.pop(_CHOICE, None)
    return redirect(_next_page(connection))


def part_with(connection: Connection, viewer: Viewer) -> None:
    """Disconnect at Xero and here (committed); what Xero could not be told is said on the next page."""
    goodbye, connection_id = farewell.prepare(connection), connection.id
    db.session.commit()
    not_told = farewell.say(goodbye, _correlation())
    connection = db.session.scalars(
        select(Connection).where(Connection.id == connection_id).with_for_update()
    ).one()
    actions.let_go(connection, viewer.name)
    db.session.commit()
    if not_told and not wants_json():
        flash(not_told, "warning")


@bp.route("/settings/integrations/xero/confirm", methods=["GET", "POST"])
def confirm() -> ResponseReturnValue:
    """You picked this organisation; nothing is written until you press Start."""
    connection = current_connection()
    if connection is None or connection.status != "to_confirm":
        return redirect(url_for("integrations.xero"))
    viewer = the_viewer()
    company = viewer.company or abort(404)
    doubts = guard.warnings(
        connection, company.name, company.currency, queries.organisation_before(connection)
    )
    if request.method == "POST" and (not doubts or request.form.get("checked") == "yes"):
        released = actions.confirm(connection, viewer.name)
        db.session.commit()
        flash(_started(connection.organisation_name, released), "success")
        return redirect(url_for("integrations.xero"))
    problems = (
        {"checked": "Tick the box to say that you have looked at this."} if request.method == "POST" else {}
    )
    page = render_template(
        "integrations/confirm.html",
        connection=connection,
        doubts=doubts,
        problems=problems,
        **_look_into(connection),
    )
    return page, 422 if problems else 200


def _look_into(connection: Connection) -> dict[str, Any]:
    clients = guard.sample_of_clients()
    transport = transport_for(connection, correlation_id=_correlation(), interactive=True)
    db.session.commit()
    try:
        return {"overlap": guard.overlap(AccountingApi(transport), clients), "unchecked": None}
    except XeroError as problem:
        return {"overlap": None, "unchecked": problem.sentence}


def _started(organisation: str, released: int) -> str:
    waited = f" {released} waiting {'job goes' if released == 1 else 'jobs go'} on now." if released else ""
    return f"{organisation} is connected.{waited} The people in it are being read."


def _pending() -> tuple[Grant, GrantTokens, str | None] | None:
    kept = session.get(_CHOICE)
    if not isinstance(kept, dict):
        return None
    grant = db.session.scalar(select(Grant).where(Grant.id == UUID(kept["grant"])))
    if grant is None or grant.tokens is None:
        session.pop(_CHOICE, None)
        return None
    return grant, grant_source(grant), kept["event"]


def _refused_page(problem: Problem) -> Response:
    title = getattr(problem, "title", None)
    if problem.code == "organisation_taken":
        title = "That organisation is taken"
    page = render_template(
        "integrations/refused.html",
        title=title or "The connection could not be made",
        message=problem.message,
    )
    return make_response(page, problem.status)


def _writer() -> Viewer:
    """The person, who may change things: a GET that changes rows is not covered by the gate's rule."""
    viewer = the_viewer()
    if not viewer.may_write:
        raise Problem(
            "You entered this practice to read only. Choose writing on its pages to connect Xero.",
            code="read_only",
            status=403,
        )
    return viewer


def _to(url: str) -> Response:
    # 303: whatever the method was, the browser goes on with GET; a way back with a code is left behind at once.
    return make_response(redirect(url, 303))


def _correlation() -> str:
    return f"page-{uuid4().hex[:12]}"
