"""Clients beside their contacts as they were just read: what follows is written on our side, and what is to be sent is
handed back. No call is made here, and nothing is committed.

Both sides are compared twice: first without a lock, because most agree; those that do not, once more with client and
mapping locked, so that what a person types meanwhile counts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.audit import record as audit
from app.extensions import db
from app.models import Client, Company, Connection, ContactMapping, now
from app.sync.contacts import conflicts
from app.sync.contacts.agreement import Comparison, Rule, compare, forced
from app.sync.contacts.fields import ADDRESS, FIELDS, Values, of_contact, put_on_client, tidy
from app.xero.accounting.contacts import Contact

GONE, MERGED, ACTIVE = "GONE", "MERGED", "ACTIVE"
FROM_XERO = audit.Actor(None, "Countinghouse, from Xero", "system")


@dataclass(frozen=True)
class Terms:
    """What the practice's settings say. `push`: whether changes made here are sent."""

    connection_id: UUID
    rules: Mapping[str, Rule]
    push: bool


@dataclass(frozen=True)
class Send:
    """What is to be written to a contact: `values` are the fields that travel, `whole` with the rest of the address."""

    client_id: UUID
    mapping_id: UUID
    contact_id: str
    number: str | None
    values: Values
    whole: Values


@dataclass
class Settled:
    """`counts`: compared, taken (clients changed here), conflicts (fields), held (not sent by the settings),
    archived, merged, gone."""

    sends: list[Send] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def terms_of(connection: Connection) -> Terms:
    """The terms as the practice's settings are now."""
    company = db.session.scalars(select(Company)).one()
    return Terms(connection.id, dict(company.contact_rules), company.push_client_changes)


def settle(terms: Terms, found: Mapping[str, Contact | None], force: Iterable[UUID] = ()) -> Settled:
    """Compare the mapped clients of these contacts and write what follows on our side.

    `found`: the id of a mapped contact → the contact as read, or the one it was merged into; None: Xero knows it no
    longer. Ids that belong to no client are left alone. `force`: clients whose values count wherever the two differ.
    """
    settled, force = Settled(), set(force)
    unsettled = []
    for row in rows_of(terms, found):
        settled.counts["compared"] += 1
        if row.client_id in force or not _at_rest(row, found[row.xero_contact_id], terms):
            unsettled.append(row.client_id)
    for mapping, client in _locked(terms, unsettled):
        contact = found.get(mapping.xero_contact_id)
        if mapping.xero_contact_id in found:
            _settle_one(settled, terms, mapping, client, contact, forced_by_hand=client.id in force)
    return settled


def ours_of(row: Any) -> Values:
    """Our side of a row that has a client's columns."""
    return {one.name: tidy(one.name, getattr(row, one.name) or "") for one in FIELDS}


def rows_of(terms: Terms, found: Mapping[str, Contact | None]) -> list[Row[Any]]:
    """The mapped clients of these contacts, archived ones left out, with what is compared: plain rows, no lock."""
    columns = [getattr(Client, one.name) for one in FIELDS]
    return list(
        db.session.execute(
            select(
                ContactMapping.client_id,
                ContactMapping.xero_contact_id,
                ContactMapping.agreed,
                ContactMapping.contact_status,
                ContactMapping.contact_updated_at,
                ContactMapping.contact_name,
                ContactMapping.merged_into,
                *columns,
            )
            .join(ContactMapping.client)
            .where(
                ContactMapping.connection_id == terms.connection_id,
                ContactMapping.xero_contact_id.in_(list(found)),
                Client.archived_at.is_(None),
            )
        )
    )


def _at_rest(row: Row[Any], contact: Contact | None, terms: Terms) -> bool:
    """Whether the two agree in all fields and know it."""
    if contact is None:
        return bool(row.contact_status == GONE)
    if contact.id != row.xero_contact_id or row.merged_into or contact.status != row.contact_status:
        return False
    if contact.status != ACTIVE:
        return True
    if contact.updated_at != row.contact_updated_at or contact.name != row.contact_name:
        return False
    comparison = compare(ours_of(row), of_contact(contact), row.agreed, terms.rules)
    return not comparison.differences and comparison.same == row.agreed


def _locked(terms: Terms, client_ids: list[UUID]) -> list[Row[ContactMapping, Client]]:
    """Mappings with their clients, locked in one order."""
    if not client_ids:
        return []
    clients = db.session.scalars(
        select(Client)
        .where(Client.id.in_(client_ids), Client.archived_at.is_(None))
        .order_by(Client.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return list(
        db.session.execute(
            select(ContactMapping, Client)
            .join(ContactMapping.client)
            .where(
                ContactMapping.connection_id == terms.connection_id,
                ContactMapping.client_id.in_([client.id for client in clients]),
            )
            .order_by(ContactMapping.client_id)
            .with_for_update(of=ContactMapping)
            .execution_options(populate_existing=True)
        )
    )


def _settle_one(
    settled: Settled,
    terms: Terms,
    mapping: ContactMapping,
    client: Client,
    contact: Contact | None,
    *,
    forced_by_hand: bool,
) -> None:
    if contact is None:
        _lost(settled, mapping, GONE)
        return
    if contact.id != mapping.xero_contact_id and not _move(settled, mapping, contact):
        return
    mapping.merged_into = None
    mapping.contact_updated_at, mapping.contact_status = contact.updated_at, contact.status
    if contact.status != ACTIVE:
        # An archived contact takes no change, and one that was erased on a person's wish says nothing more.
        _lost(settled, mapping, contact.status)
        return
    mapping.contact_name = contact.name
    comparison = compare(ours_of(client), of_contact(contact), mapping.agreed, terms.rules)
    if forced_by_hand:
        comparison = forced(comparison)
    take(mapping, client, comparison, settled.counts)
    if not comparison.send:
        return
    if terms.push or forced_by_hand:
        settled.sends.append(_send(mapping, client, contact, comparison.send))
    else:
        settled.counts["held"] += len(comparison.send)


def take(mapping: ContactMapping, client: Client, comparison: Comparison, counts: Counter[str]) -> None:
    """Write on our side what the comparison says: Xero's changes on the client, what both agree on, what a person must
    decide. The rows are locked by the caller."""
    if comparison.take:
        before = {name: getattr(client, name) for name in comparison.take}
        put_on_client(client, comparison.take)
        audit.record("client.from_xero", client, before, comparison.take, by=FROM_XERO)
        counts["taken"] += 1
    agreed = {**mapping.agreed, **comparison.same, **comparison.take}
    if agreed != mapping.agreed:
        mapping.agreed, mapping.agreed_at = agreed, now()
    conflicts.keep(mapping, comparison.conflicts)
    counts["conflicts"] += len(comparison.conflicts)


def _lost(settled: Settled, mapping: ContactMapping, status: str) -> None:
    if mapping.contact_status != status:
        mapping.contact_status = status
    conflicts.keep(mapping, [])
    settled.counts[status.lower()] += 1


def _move(settled: Settled, mapping: ContactMapping, survivor: Contact) -> bool:
    """Follow a merge: the mapping goes to the contact that lives on, unless that one is another client's already."""
    other = db.session.scalar(
        select(ContactMapping.id).where(
            ContactMapping.connection_id == mapping.connection_id,
            ContactMapping.xero_contact_id == survivor.id,
        )
    )
    if other is not None:
        mapping.merged_into = survivor.id
        _lost(settled, mapping, MERGED)
        return False
    mapping.xero_contact_id, mapping.found_by = survivor.id, "merged"
    # The one that lives on has a life of its own: what it lacks is filled, and where the two differ a person is asked.
    mapping.agreed, mapping.agreed_groups = {}, {}
    settled.counts["merged"] += 1
    db.session.flush()
    return True


def _send(mapping: ContactMapping, client: Client, contact: Contact, values: Values) -> Send:
    whole = dict(values)
    if whole.keys() & set(ADDRESS):
        # Xero replaces an address as a whole: what does not travel stays as it is there.
        theirs = of_contact(contact)
        whole |= {name: theirs[name] for name in ADDRESS if name not in whole}
    number = None if contact.number else client.number
    return Send(client.id, mapping.id, contact.id, number, values, whole)
