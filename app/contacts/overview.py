"""Clients and contacts: how the two stand, and what brings them together by hand."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.audit import record as audit
from app.auth.viewer import the_viewer
from app.contacts import starting
from app.contacts.blueprint import bp
from app.errors import WrongState
from app.extensions import db
from app.models import Client, Company
from app.sync import operations, successes
from app.sync.connections import current_connection, needed_connection
from app.sync.contacts import newcomers, shown
from app.sync.contacts.changed import sync_client

ROOT = "/clients/in-xero"
SETTINGS = "/settings/integrations/xero/contacts"
SHOWN_KINDS = (
    operations.READ_CHANGES,
    operations.RECONCILE_CONTACTS,
    operations.EXCHANGE_CONTACTS,
    operations.SYNC_GROUPS,
)


@bp.get(ROOT)
def agreement() -> ResponseReturnValue:
    """What agrees, what does not, and when each kind of sync last succeeded."""
    connection = current_connection()
    if connection is None or connection.connected_at is None:
        return render_template("contacts/agreement.html", connection=None)
    return render_template(
        "contacts/agreement.html",
        connection=connection,
        practice=db.session.scalars(select(Company)).one(),
        figures=shown.figures(connection.id),
        conflicts=shown.count_conflicts(None),
        refused=shown.list_refused(),
        stopped=shown.list_stopped(connection.id),
        newcomers=newcomers.count(connection.id),
        last=successes.last_of(connection.id),
        kinds=[(kind, operations.KINDS[kind]) for kind in SHOWN_KINDS],
        missing=starting.missing_contacts(connection.id),
    )


@bp.post(f"{ROOT}/sync")
def sync() -> ResponseReturnValue:
    """Have it done now. Field: what (changes, everything, missing or groups)."""
    connection, viewer = needed_connection(), the_viewer()
    started = starting.start(connection, request.form.get("what", ""), viewer.name)
    said = started.said
    db.session.commit()
    flash(said, "success")
    return redirect(url_for("contacts.agreement"))


@bp.post("/clients/<uuid:client_id>/xero-sync")
def sync_one(client_id: UUID) -> ResponseReturnValue:
    """Compare one client now. Field: force (1: ours count wherever the two differ)."""
    client = db.session.scalar(select(Client).where(Client.id == client_id)) or abort(404)
    if client.archived_at is not None:
        raise WrongState(
            "This client is archived, so nothing of it travels to Xero. Bring the client back first."
        )
    force = request.form.get("force") == "1"
    sync_client(client, the_viewer().name, force=force)
    audit.record("client.synced", client, None, {"force": force})
    db.session.commit()
    flash(f"{client.name} is being compared with Xero. Load the page again in a few seconds.", "success")
    return redirect(url_for("clients.page", client_id=client.id))
