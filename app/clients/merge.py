"""Two clients who are one. What the loser has goes to the survivor; the loser is archived and its address leads there.

What refers to a client is read from the tables themselves, so that a table made later is not forgotten: it moves,
unless it is named here as staying. Nothing here commits.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Table, UniqueConstraint, and_, exists, func, or_, select, update

from app.audit import record as audit
from app.clients.details import ClientDetails
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import Client, Connection, ContactMapping, Model, now
from app.sync import causes
from app.sync.contacts.changed import client_changed
from app.sync.contacts.fields import ADDRESS
from app.tenancy import current_company_id

STAYS = {
    "client_words",  # kept by the database itself
    "contact_conflicts",  # about a mapping: it goes where that goes
    "contact_errands",  # a wish to compare this very client, which is archived now
    "contact_plan_rows",  # what was planned then
}
CHOICES: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in ClientDetails.__annotations__ if name not in ADDRESS},
    "address": ADDRESS,
}
"""What is chosen together: name of the choice → columns."""
_MOVED_WORDS = {
    "service_requests": ("request", "requests"),
    "memberships": ("person with access to the portal", "people with access to the portal"),
    "invitations": ("invitation to the portal", "invitations to the portal"),
    "client_tags": ("tag", "tags"),
    "contact_mappings": ("contact in Xero", "contacts in Xero"),
    "document_asks": ("document asked for", "documents asked for"),
    "document_erasures": ("record of an erasure", "records of erasures"),
    "document_uploads": ("upload under way", "uploads under way"),
    "documents": ("document", "documents"),
    "invoices": ("invoice", "invoices"),
    "clients": ("client merged earlier", "clients merged earlier"),
}


@dataclass(frozen=True)
class Reference:
    """A column that refers to a client."""

    table: Table
    column: str


@dataclass(frozen=True)
class Moved:
    """How many rows go to the survivor, in words."""

    count: int
    what: str


def references() -> list[Reference]:
    """Every column of the company's tables that refers to a client and moves, by table."""
    return [one for one in every_reference() if one.table.name not in STAYS]


def every_reference() -> Iterator[Reference]:
    """Every foreign key to a client, from the metadata."""
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if key.referred_table.name == "clients":
                [column] = [name for name in key.column_keys if name != "company_id"]
                yield Reference(table, column)


def what_moves(loser: Client, survivor: Client) -> list[Moved]:
    """What the survivor gets; kinds of which there is nothing are left out."""
    found = []
    for reference in references():
        movable = (
            select(func.count())
            .select_from(reference.table)
            .where(*_moving(reference, loser.id, survivor.id))
        )
        count = db.session.scalar(movable) or 0
        if count:
            name = reference.table.name
            one, many = _MOVED_WORDS.get(name, (name.replace("_", " "), name.replace("_", " ")))
            found.append(Moved(count, one if count == 1 else many))
    return found


def contacts_of_both(survivor: Client, loser: Client) -> list[tuple[str, str, str]]:
    """Where both are mapped to contacts of one organisation, which are two: organisation, the survivor's contact, the
    loser's."""
    kept, left = (
        select(ContactMapping.connection_id, ContactMapping.contact_name)
        .where(ContactMapping.client_id == one.id)
        .subquery()
        for one in (survivor, loser)
    )
    rows = db.session.execute(
        select(Connection.organisation_name, kept.c.contact_name, left.c.contact_name)
        .join(kept, kept.c.connection_id == Connection.id)
        .join(left, left.c.connection_id == Connection.id)
        .order_by(Connection.created_at.desc())
    )
    return [(organisation, ours, theirs) for organisation, ours, theirs in rows]


def gaps(survivor: Client, loser: Client) -> set[str]:
    """The choices in which the survivor says nothing and the loser something: taken unless a person says otherwise."""
    return {name for name in CHOICES if not said(survivor, name) and said(loser, name)}


def differing(survivor: Client, loser: Client) -> list[str]:
    """The choices in which the two are not the same."""
    return [name for name in CHOICES if said(survivor, name) != said(loser, name)]


def said(client: Client, choice: str) -> tuple[Any, ...]:
    """What the client has there; empty when nothing."""
    values = tuple(getattr(client, column) for column in CHOICES[choice])
    return values if any(values) else ()


def check_pair(survivor: Client, loser: Client) -> None:
    """Raises `Problem` for one client twice, `WrongState` for one who is archived or merged already."""
    if survivor.id == loser.id:
        raise Problem("These are one and the same client. Choose another one.")
    if survivor.archived_at is not None:
        raise WrongState(f"{survivor.name} is archived. Bring the client back first, or keep the other one.")
    if loser.merged_into_id is not None:
        raise WrongState(f"{loser.name} ({loser.number}) was merged into another client already.")


def merge(survivor: Client, loser: Client, take: Collection[str]) -> None:
    """Make one client of two. `take`: the `CHOICES` in which what the loser says is kept.

    Raises as `check_pair`. It is not taken back: requests of the two are told apart no more.
    """
    _lock(survivor, loser)
    check_pair(survivor, loser)
    moved = {one.what: one.count for one in what_moves(loser, survivor)}
    changed = _take(survivor, loser, take)
    for reference in references():
        db.session.execute(
            update(reference.table)
            .where(*_moving(reference, loser.id, survivor.id))
            .values({reference.column: survivor.id})
        )
    _move_conflicts(loser, survivor)
    loser.merged_into_id = survivor.id
    loser.archived_at = loser.archived_at or now()
    _tell(survivor, loser, changed, moved)
    db.session.flush()
    # What waited for the loser's contact is the survivor's now, and finds its contact.
    causes.resolve(causes.CONTACT, loser.id)
    client_changed(survivor, {*changed, "merged"})


def _lock(*clients: Client) -> None:
    # In one order for everybody: two who merge the same pair both ways wait for each other.
    for client in sorted(clients, key=lambda one: one.id):
        db.session.refresh(client, with_for_update={"of": Client})


def _take(survivor: Client, loser: Client, take: Collection[str]) -> dict[str, tuple[Any, Any]]:
    """Column → what the survivor said before and says now."""
    changed = {}
    for column in (column for choice in take for column in CHOICES[choice]):
        before, after = getattr(survivor, column), getattr(loser, column)
        if before != after:
            setattr(survivor, column, after)
            changed[column] = (before, after)
    survivor.sort_name = survivor.name.casefold()
    return changed


def _tell(
    survivor: Client, loser: Client, changed: dict[str, tuple[Any, Any]], moved: dict[str, int]
) -> None:
    before = {column: old for column, (old, _) in changed.items()}
    after = {column: new for column, (_, new) in changed.items()}
    got = [f"{count} {what}" for what, count in moved.items()]
    other = f"{loser.name} ({loser.number})"
    audit.record("client.merged", survivor, before, {**after, "merged_with": other, "got": got})
    into = f"{survivor.name} ({survivor.number})"
    audit.record("client.merged_away", loser, {}, {"merged_into": into, "gave": got})


def _moving(reference: Reference, loser_id: UUID, survivor_id: UUID) -> list[ColumnElement[bool]]:
    """The loser's rows of this table but those that the survivor has already, as the table's unique keys see it."""
    table, column = reference.table, reference.table.c[reference.column]
    ours = [table.c.company_id == current_company_id(), column == loser_id]
    if table.name == "clients":
        ours.append(table.c.id != survivor_id)
    twins = []
    other = table.alias("kept")
    for names in _unique_with(table, reference.column):
        same = (other.c[name] == table.c[name] for name in names if name != reference.column)
        twins.append(exists().where(and_(other.c[reference.column] == survivor_id, *same)))
    return [*ours, ~or_(*twins)] if twins else ours


def _unique_with(table: Table, column: str) -> Iterator[list[str]]:
    unique: list[UniqueConstraint | Index] = [one for one in table.indexes if one.unique]
    unique += [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    for one in unique:
        names = [part.name for part in one.columns]
        if column in names:
            yield names


def _move_conflicts(loser: Client, survivor: Client) -> None:
    """What is disputed about a mapping goes with it."""
    table = Model.metadata.tables.get("contact_conflicts")
    if table is None:
        return
    theirs = select(ContactMapping.id).where(ContactMapping.client_id == survivor.id)
    db.session.execute(
        update(table)
        .where(
            table.c.company_id == current_company_id(),
            table.c.client_id == loser.id,
            table.c.mapping_id.in_(theirs),
        )
        .values(client_id=survivor.id)
    )
