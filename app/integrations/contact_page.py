"""The page where a client's contact in Xero is chosen."""

from uuid import UUID, uuid4

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.errors import Problem
from app.extensions import db
from app.integrations import contact as contacts
from app.integrations.blueprint import bp
from app.models import Cause, Client, Connection
from app.navigation import url_if
from app.sync.causes import CONTACT
from app.sync.connections import live_connection, transport_for
from app.xero.accounting import AccountingApi
from app.xero.accounting.contacts import Contact, ContactFields
from app.xero.errors import XeroError


@bp.route("/clients/<uuid:client_id>/xero-contact", methods=["GET", "POST"])
def contact(client_id: UUID) -> ResponseReturnValue:
    """Candidates found in Xero now, to link one, or to create a new contact. Query: q, to search for others."""
    client = contacts.find_client(client_id) or abort(404)
    connection = live_connection()
    if connection is None:
        return render_template("integrations/contact.html", client=client, connection=None)
    if request.method == "GET":
        return _page(client, connection)
    try:
        released = _decide(client, connection)
    except (Problem, XeroError) as problem:
        db.session.rollback()
        return _page(
            client, connection, problem.message if isinstance(problem, Problem) else problem.sentence
        )
    db.session.commit()
    waited = f" {released} that waited {'goes' if released == 1 else 'go'} on now." if released else ""
    flash(f"{client.name} is matched with its contact in Xero.{waited}", "success")
    return redirect(url_if("clients.page", client_id=client.id) or url_for("sync.causes"))


def _decide(client: Client, connection: Connection) -> int:
    """Link what was chosen, or create a contact; nothing stays open while Xero is asked."""
    api, fields = _api(connection), _fields(client)
    client_id, connection_id, chosen = client.id, connection.id, request.form.get("contact", "")
    key = f"contact-{client_id}"
    creating = request.form.get("action") == "create"
    db.session.commit()
    if creating:
        found, how = contacts.create(api, fields, key), "created"
    elif chosen:
        found, how = api.contact(chosen), "person"
    else:
        raise Problem("Choose one of the contacts, or create a new one.")
    client = db.session.scalars(select(Client).where(Client.id == client_id)).one()
    connection = db.session.scalars(select(Connection).where(Connection.id == connection_id)).one()
    return contacts.link(client, connection, found, how)


def _fields(client: Client) -> ContactFields:
    return ContactFields(name=client.name, number=client.number, email=client.email, phone=client.phone)


def _api(connection: Connection) -> AccountingApi:
    return AccountingApi(
        transport_for(connection, correlation_id=f"contact-{uuid4().hex[:12]}", interactive=True)
    )


def _page(client: Client, connection: Connection, problem: str | None = None) -> ResponseReturnValue:
    api, connection_id, client_id, term = (
        _api(connection),
        connection.id,
        client.id,
        request.args.get("q", ""),
    )
    cause = db.session.scalar(
        select(Cause.sentence).where(
            Cause.kind == CONTACT, Cause.subject == str(client_id), Cause.resolved_at.is_(None)
        )
    )
    found: list[Contact] = []
    unreachable = None
    db.session.expunge(client)
    db.session.commit()
    try:
        found = contacts.search(api, client, term)
    except XeroError as trouble:
        unreachable = trouble.sentence
    client = contacts.find_client(client_id) or abort(404)
    connection = db.session.scalars(select(Connection).where(Connection.id == connection_id)).one()
    page = render_template(
        "integrations/contact.html",
        client=client,
        connection=connection,
        cause=cause,
        candidates=contacts.candidates(found, client, connection_id),
        mapping=contacts.mapping_of(client_id, connection),
        unreachable=unreachable,
        problem=problem,
        term=term,
    )
    return page, 409 if problem else 200
