"""A person decides where a client and its contact disagree. The caller commits."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.audit import record as audit
from app.companies import locked_company
from app.extensions import db
from app.models import Client, Connection, ContactConflict, ContactMapping
from app.models.operation import INTERACTIVE
from app.sync.contacts import conflicts, errands
from app.sync.contacts.changed import plan_exchange
from app.sync.contacts.fields import put_on_client, tidy
from app.sync.contacts.shown import token


@dataclass(frozen=True)
class Choice:
    """`side`: ours or theirs; `seen`: `shown.token` of the values that the person had before them."""

    conflict_id: UUID
    side: str
    seen: str


@dataclass(frozen=True)
class Decided:
    """How many were decided, and how many had moved meanwhile and stand as they are now."""

    done: int
    moved: int


def decide(choices: Iterable[Choice], connection: Connection, by: str) -> Decided:
    """Keep the side chosen in each; what has moved since the person looked is left for another look.

    What is kept of ours is sent at once if the practice sends changes; Xero's is written here now. Before anything is
    written to Xero the contact is read once more: if it moved there meanwhile, the conflict opens anew.
    """
    wanted = {choice.conflict_id: choice for choice in choices}
    done, moved, client_ids = 0, 0, set[UUID]()
    for conflict, client, mapping in _locked(list(wanted)):
        choice = wanted[conflict.id]
        ours = tidy(conflict.field, getattr(client, conflict.field) or "")
        if choice.seen != token(conflict.ours, conflict.theirs) or ours != conflict.ours:
            moved += 1
            continue
        _settle(conflict, client, mapping, choice.side, by)
        client_ids.add(client.id)
        done += 1
    if client_ids:
        errands.note(client_ids, by)
        plan_exchange(connection, by, INTERACTIVE)
    return Decided(done, moved + len(wanted) - done - moved)


def make_rule(field: str, side: str, connection: Connection, by: str) -> None:
    """From now on this side counts for the field, in all that is open as well."""
    company = locked_company()
    company.contact_rules = {**company.contact_rules, field: side}
    audit.changed("practice.changed", company)
    open_ones = select(ContactConflict.client_id).where(
        ContactConflict.field == field, ContactConflict.resolved_at.is_(None)
    )
    client_ids = db.session.scalars(open_ones).all()
    if client_ids:
        errands.note(client_ids, by)
        plan_exchange(connection, by, INTERACTIVE)


def _locked(ids: list[UUID]) -> list[tuple[ContactConflict, Client, ContactMapping]]:
    """The open ones of these conflicts; clients, then mappings locked, as `sync.contacts.settling` does."""
    about = select(ContactConflict.client_id).where(
        ContactConflict.id.in_(ids), ContactConflict.resolved_at.is_(None)
    )
    clients = {
        client.id: client
        for client in db.session.scalars(
            select(Client).where(Client.id.in_(about)).order_by(Client.id).with_for_update()
        )
    }
    mappings = {
        mapping.id: mapping
        for mapping in db.session.scalars(
            select(ContactMapping)
            .where(ContactMapping.client_id.in_(list(clients)))
            .order_by(ContactMapping.client_id)
            .with_for_update()
        )
    }
    found = db.session.scalars(
        select(ContactConflict)
        .where(ContactConflict.id.in_(ids), ContactConflict.resolved_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return [
        (one, clients[one.client_id], mappings[one.mapping_id]) for one in found if one.mapping_id in mappings
    ]


def _settle(conflict: ContactConflict, client: Client, mapping: ContactMapping, side: str, by: str) -> None:
    # Xero's value is acknowledged either way: kept ours is then a change of ours, and travels like any other. Should
    # Xero's have moved meanwhile, it differs from this, and what a comparison finds is a conflict again.
    mapping.agreed = {**mapping.agreed, conflict.field: conflict.theirs}
    kept, given_up = conflict.ours, conflict.theirs
    if side == "theirs":
        kept, given_up = conflict.theirs, conflict.ours
        put_on_client(client, {conflict.field: conflict.theirs})
    conflicts.close(conflict, side, by)
    audit.record("client.conflict", client, {conflict.field: given_up}, {conflict.field: kept, "kept": side})
