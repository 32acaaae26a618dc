"""A person chooses which contact in Xero a client is: what a machine must not decide."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.audit import record as audit
from app.checks import one_line
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import Client, Connection, ContactMapping
from app.sync import causes
from app.sync.causes import CONTACT
from app.sync.contacts import conflicts, errands
from app.sync.contacts.changed import plan_exchange
from app.sync.contacts.finding import candidates_for
from app.sync.names import normal_name
from app.xero.accounting import AccountingApi
from app.xero.accounting.contacts import Contact, ContactFields
from app.xero.errors import Again, Permanent

LINKED = "Countinghouse, because a contact was chosen"


@dataclass(frozen=True)
class Candidate:
    """A contact that may be the client; `taken_by` names the client of ours that it is mapped to."""

    contact: Contact
    reasons: list[str]
    taken_by: str | None


def find_client(client_id: UUID) -> Client | None:
    return db.session.scalar(select(Client).where(Client.id == client_id))


def mapping_of(client_id: UUID, connection: Connection) -> ContactMapping | None:
    return db.session.scalar(
        select(ContactMapping).where(
            ContactMapping.client_id == client_id, ContactMapping.connection_id == connection.id
        )
    )


def search(api: AccountingApi, client: Client, term: str) -> list[Contact]:
    """Contacts to choose from: by the term, or without one by the client's name and e-mail. Two calls at most.

    Raises XeroError.
    """
    term = one_line(term)[:100]
    return api.search_contacts(term) if term else candidates_for(api, client)


def candidates(found: list[Contact], client: Client, connection_id: UUID) -> list[Candidate]:
    """The contacts with what speaks for each, the likeliest first."""
    taken: dict[str, str] = {
        row.xero_contact_id: row.name
        for row in db.session.execute(
            select(ContactMapping.xero_contact_id, Client.name)
            .join(ContactMapping.client)
            .where(
                ContactMapping.connection_id == connection_id,
                ContactMapping.client_id != client.id,
                ContactMapping.xero_contact_id.in_([contact.id for contact in found]),
            )
        )
    }
    shown = [Candidate(contact, _reasons(contact, client), taken.get(contact.id)) for contact in found]
    return sorted(shown, key=lambda one: (-len(one.reasons), one.contact.name.casefold()))


def _reasons(contact: Contact, client: Client) -> list[str]:
    same = (
        ("same number", bool(contact.number) and contact.number == client.number),
        ("same e-mail", bool(contact.email) and contact.email.casefold() == (client.email or "").casefold()),
        ("same name", normal_name(contact.name) == normal_name(client.name)),
    )
    return [reason for reason, holds in same if holds]


def link(client: Client, connection: Connection, contact: Contact, found_by: str = "person") -> int:
    """This contact is the client from now on; how many operations had waited for it. The caller commits.

    Raises `WrongState` for a contact that is archived or another client's.
    """
    if contact.status != "ACTIVE":
        raise WrongState(f"{contact.name} is archived in Xero. Choose another contact, or restore it there.")
    other = db.session.scalar(
        select(Client.name)
        .join(ContactMapping, ContactMapping.client_id == Client.id)
        .where(
            ContactMapping.connection_id == connection.id,
            ContactMapping.xero_contact_id == contact.id,
            ContactMapping.client_id != client.id,
        )
    )
    if other is not None:
        raise WrongState(f"{contact.name} in Xero is your client {other} already. Choose another contact.")
    mapping = mapping_of(client.id, connection)
    if mapping is None:
        mapping = ContactMapping(client_id=client.id, connection_id=connection.id)
        db.session.add(mapping)
    elif mapping.xero_contact_id != contact.id:
        # Another contact: what was agreed with the one before says nothing of it.
        conflicts.keep(mapping, [])
        mapping.agreed, mapping.agreed_groups, mapping.agreed_at = {}, {}, None
    mapping.contact_status, mapping.merged_into = contact.status, None
    before = {"contact": mapping.contact_name, "xero_contact_id": mapping.xero_contact_id}
    mapping.xero_contact_id, mapping.contact_name, mapping.found_by = contact.id, contact.name, found_by
    after = {"contact": contact.name, "xero_contact_id": contact.id}
    audit.record("mapping.contact", client, before, after)
    db.session.flush()
    errands.note([client.id], LINKED)
    plan_exchange(connection, LINKED)
    return causes.resolve(CONTACT, client.id)


def create(api: AccountingApi, fields: ContactFields, key: str) -> Contact:
    """A new contact of the client's name and number, once: after a lost answer it is looked for by its number.

    Raises `Problem` when the name is taken (say so and let the person choose), XeroError.
    """
    try:
        return api.create_contact(fields, key)
    except Again as lost:
        if not lost.maybe_done:
            raise
        return _made_after_all(api, fields, lost)
    except Permanent as refused:
        if refused.code != "contact_name_taken":
            raise
        raise Problem(
            f"Xero has a contact named “{fields.name}” or numbered {fields.number} already, and allows each name"
            " once. Link that one, or rename it in Xero first.",
            code=refused.code,
            status=409,
        ) from None


def _made_after_all(api: AccountingApi, fields: ContactFields, lost: Again) -> Contact:
    try:
        return api.contact(fields.number or "")
    except Permanent as missing:
        if missing.code != "not_found":
            raise
        raise lost from None
