"""The client's contact in Xero: known, found, or created once.

Order of finding: the contact we know, our client number, the e-mail, the name (docs/architecture.md). Two that fit
equally well are never chosen between by the machine: a person does it, and the operation waits for them.
"""

from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import Client, Company, Connection, ContactMapping, now
from app.models.base import Json
from app.sync import causes
from app.sync.names import normal_name, telling_word
from app.sync.outcomes import Blocked
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.contacts import Contact, ContactFields
from app.xero.errors import Permanent
from app.xero.transport import Transport

STEP = "contact"
MOST = 500
"""How many contacts with a word in common are looked at."""


def contact_for(
    run: Run, client: Client, connection: Connection, company: Company, transport: Transport
) -> str:
    """The Xero id of the client's contact, which is then mapped.

    Raises `Blocked` (a person must choose, or contacts are not to be created), `app.xero.errors.XeroError`.
    """
    known = _mapping(client, connection)
    if known is not None:
        return known.xero_contact_id
    accounting = AccountingApi(transport)
    if not run.started(STEP):
        found = find_contact(accounting, client)
        if found is not None:
            contact, how = found
            contact_id = map_contact(client, connection, contact.id, contact.name, how)
            run.save()
            return contact_id
        if not company.create_contacts:
            raise _choose(
                client,
                f"No contact in Xero fits “{client.name}”, and this practice does not let Countinghouse create"
                " contacts. Choose the contact, or allow creating it.",
            )
    return _create(run, accounting, client, connection)


def _create(run: Run, accounting: AccountingApi, client: Client, connection: Connection) -> str:
    fields = ContactFields(name=client.name, number=client.number, email=client.email, phone=client.phone)

    def send(key: str) -> Json:
        try:
            made = accounting.create_contact(fields, key)
        except Permanent as refused:
            if refused.code == "contact_name_taken":
                # Perhaps by ourselves: another request of this client was assigned at the same moment.
                ours = _living(accounting, client.number)
                if ours is not None and _alike(ours, client):
                    return {"contact_id": ours.id, "name": ours.name}
                raise _choose(
                    client,
                    f"Xero has another contact named “{client.name}” already. Choose which contact this client is.",
                ) from refused
            raise
        return {"contact_id": made.id, "name": made.name}

    def read_back() -> Json | None:
        contact = _living(accounting, client.number)
        return {"contact_id": contact.id, "name": contact.name} if contact else None

    def then(result: Json) -> None:
        map_contact(client, connection, result["contact_id"], result["name"], "created")

    return str(run.step(STEP, send, read_back, then)["contact_id"])


def follow(run: Run, client: Client, connection: Connection, transport: Transport) -> bool:
    """Whether the contact we know has moved on: merged into another (which is then mapped), archived or gone (then
    the mapping goes, and the contact is looked for afresh). One call; for when Xero refuses what names it."""
    known = _mapping(client, connection)
    if known is None:
        return False
    contact = _living(AccountingApi(transport), known.xero_contact_id)
    if contact is not None and contact.id == known.xero_contact_id:
        return False
    db.session.delete(known)
    db.session.flush()
    if contact is not None:
        map_contact(client, connection, _unclaimed(contact, client).id, contact.name, "merged")
    run.forget_step(STEP)
    run.save()
    return True


def find_contact(accounting: AccountingApi, client: Client) -> tuple[Contact, str] | None:
    """The one contact that is this client, with how it was found; None when there is none.

    Raises `Blocked` when several fit equally well, or one fits that already belongs to another client.
    """
    by_number = _living(accounting, client.number)
    if by_number is not None and _alike(by_number, client):
        return _unclaimed(by_number, client), "number"
    for how, candidates in _candidates(accounting, client):
        if len(candidates) > 1:
            raise _choose(
                client,
                f"{len(candidates)} contacts in Xero could be “{client.name}” (same {how}). Choose which one it is.",
            )
        if candidates:
            return _unclaimed(candidates[0], client), how
    if by_number is not None:
        raise _choose(
            client,
            f"In Xero the number {client.number} belongs to “{by_number.name}”, which does not look like"
            f" “{client.name}”. Choose which contact this client is.",
        )
    return None


def candidates_for(accounting: AccountingApi, client: Client) -> list[Contact]:
    """Active contacts that could be this client, for a person to choose from; two calls at most.

    Searched by the name's most telling word, for Xero may write the others in another order or leave them out.
    """
    found = {
        contact.id: contact for contact in accounting.search_contacts(telling_word(client.name), limit=MOST)
    }
    if client.email:
        found |= {contact.id: contact for contact in accounting.search_contacts(client.email)}
    return sorted(found.values(), key=lambda contact: contact.name.casefold())


def _candidates(accounting: AccountingApi, client: Client) -> list[tuple[str, list[Contact]]]:
    found = candidates_for(accounting, client)
    email = (client.email or "").casefold()
    by_email = [contact for contact in found if email and contact.email.casefold() == email]
    by_name = [contact for contact in found if normal_name(contact.name) == normal_name(client.name)]
    return [("e-mail", by_email), ("name", by_name)]


def _living(accounting: AccountingApi, id_or_number: str) -> Contact | None:
    """The active contact behind an id or number, through merges; None when there is none."""
    try:
        contact = accounting.contact(id_or_number)
        while contact.merged_to_id:
            # A merged contact is archived and points at the one that lives on.
            contact = accounting.contact(contact.merged_to_id)
    except Permanent as refused:
        if refused.code == "not_found":
            return None
        raise
    return contact if contact.status == "ACTIVE" else None


def _alike(contact: Contact, client: Client) -> bool:
    same_email = bool(client.email) and contact.email.casefold() == (client.email or "").casefold()
    return same_email or normal_name(contact.name) == normal_name(client.name)


def _unclaimed(contact: Contact, client: Client) -> Contact:
    other = db.session.scalar(
        select(Client.name)
        .join(ContactMapping, ContactMapping.client_id == Client.id)
        .where(ContactMapping.xero_contact_id == contact.id, ContactMapping.client_id != client.id)
    )
    if other is not None:
        raise _choose(
            client,
            f"The contact “{contact.name}” in Xero fits, but it is already mapped to the client “{other}”."
            " Choose which contact this client is.",
        )
    return contact


def _choose(client: Client, sentence: str) -> Blocked:
    return Blocked(causes.CONTACT, str(client.id), sentence)


def _mapping(client: Client, connection: Connection) -> ContactMapping | None:
    return db.session.scalar(
        select(ContactMapping).where(
            ContactMapping.client_id == client.id, ContactMapping.connection_id == connection.id
        )
    )


def map_contact(client: Client, connection: Connection, contact_id: str, name: str, how: str) -> str:
    """Map the contact, unless another run has just mapped one to this client; the id of the one that is mapped."""
    db.session.execute(
        insert(ContactMapping)
        .values(
            company_id=client.company_id,
            id=uuid4(),
            connection_id=connection.id,
            client_id=client.id,
            xero_contact_id=contact_id,
            contact_name=name,
            found_by=how,
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["company_id", "connection_id", "client_id"])
    )
    # What waited until a person chose it, such as the client's documents, goes on.
    causes.resolve(causes.CONTACT, client.id)
    mapped = _mapping(client, connection)
    assert mapped is not None
    return mapped.xero_contact_id
