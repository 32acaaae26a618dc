"""The contacts that invoices go to: known, found, or made once, as for jobs. Many are looked for by one reading."""

from collections import Counter
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import and_, select

from app.extensions import db
from app.models import Client, Company, Connection, ContactErrand, ContactMapping, now
from app.sync import causes
from app.sync.contacts import creating, errands, kept, looking, lost
from app.sync.contacts.changed import plan_exchange
from app.sync.contacts.fields import of_client
from app.sync.contacts.looking import Wanted
from app.sync.invoices.checking import Problem
from app.sync.outcomes import Blocked, NotYet
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi

BY_AN_INVOICE = "Countinghouse, to send an invoice"
AGAIN_SECONDS = 2.0


def contacts_of(
    run: Run, accounting: AccountingApi, connection_id: UUID, client_ids: Collection[UUID]
) -> dict[UUID, str | Problem]:
    """Client → the id of its contact, made where there is none and the practice allows it, or why there is none.

    Raises as `creating.create_some`.
    """
    missing = set(client_ids) - _mapped(connection_id, client_ids).keys()
    problems: Mapping[UUID, Problem] = {}
    if missing:
        allowed = db.session.scalars(select(Company.create_contacts)).one()
        find = _make if allowed else _only_find
        problems = find(run, accounting, connection_id, missing)
    found = _mapped(connection_id, client_ids)
    return {client_id: found.get(client_id) or problems[client_id] for client_id in client_ids}


def _mapped(connection_id: UUID, client_ids: Collection[UUID]) -> dict[UUID, str]:
    rows = db.session.execute(
        select(ContactMapping.client_id, ContactMapping.xero_contact_id).where(
            ContactMapping.connection_id == connection_id, ContactMapping.client_id.in_(client_ids)
        )
    )
    return {row[0]: row[1] for row in rows}


def _make(
    run: Run, accounting: AccountingApi, connection_id: UUID, client_ids: set[UUID]
) -> dict[UUID, Problem]:
    lost.look_for_lost(run, accounting, connection_id)
    errands.note(client_ids, BY_AN_INVOICE, create=True)
    run.save()
    while creating.create_some(run, accounting, connection_id, Counter(), only=client_ids):
        pass
    if errands.any_open():
        # Whoever was found is compared with its contact next.
        connection = db.session.scalars(select(Connection).where(Connection.id == connection_id)).one()
        plan_exchange(connection, BY_AN_INVOICE)
    return _why_none(connection_id, client_ids)


def _why_none(connection_id: UUID, client_ids: set[UUID]) -> dict[UUID, Problem]:
    """Why those who have none have none. Raises `NotYet` while another run is making one of them."""
    left = client_ids - _mapped(connection_id, client_ids).keys()
    rows = db.session.execute(
        select(Client.id, Client.name, Client.archived_at, ContactErrand.refused)
        .outerjoin(
            ContactErrand,
            and_(ContactErrand.client_id == Client.id, ContactErrand.company_id == Client.company_id),
        )
        .where(Client.id.in_(left))
    )
    problems = {}
    for client_id, name, archived_at, refused in rows:
        if archived_at is not None:
            said = (
                f"“{name}” is archived and has no contact in Xero. Bring the client back, and send it again."
            )
            problems[client_id] = Problem(None, "", said)
        elif refused is not None:
            said = f"“{name}” has no contact in Xero yet. {refused}"
            problems[client_id] = Problem(causes.CONTACT, str(client_id), said)
        else:
            raise NotYet(AGAIN_SECONDS)
    return problems


def _only_find(
    run: Run, accounting: AccountingApi, connection_id: UUID, client_ids: set[UUID]
) -> dict[UUID, Problem]:
    clients = db.session.scalars(select(Client).where(Client.id.in_(client_ids))).all()
    wanted = [Wanted(client.id, now(), client.number, of_client(client)) for client in clients]
    problems = {}
    for client_id, result in looking.find(accounting, wanted).items():
        name = next(one.values["name"] for one in wanted if one.client_id == client_id)
        if result is None:
            said = (
                f"“{name}” has no contact in Xero, and this practice does not let Countinghouse create contacts. Choose"
                " the contact, or allow creating it; the invoice follows by itself."
            )
            problems[client_id] = Problem(causes.CONTACT, str(client_id), said)
        elif isinstance(result, Blocked):
            problems[client_id] = Problem(result.kind, result.subject, result.sentence)
        elif not kept.map_found(connection_id, client_id, *result):
            said = f"The contact “{result[0].name}” in Xero fits “{name}”, but it is another client’s already. Choose."
            problems[client_id] = Problem(causes.CONTACT, str(client_id), said)
    run.save(attempts=0)
    return problems
