"""How clients and contacts stand, as pages show it. Plain rows."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select

from app.extensions import db
from app.models import Client, Connection, ContactConflict, ContactErrand, ContactMapping
from app.paging import Page, Rows, counted, page_of
from app.sync.connections import current_connection
from app.sync.contacts import settling
from app.sync.contacts.fields import BY_NAME

CONFLICT_COLUMNS = (
    ContactConflict.id,
    ContactConflict.client_id,
    ContactConflict.field,
    ContactConflict.ours,
    ContactConflict.theirs,
    ContactConflict.agreed,
    ContactConflict.created_at,
)


def token(ours: str, theirs: str) -> str:
    """Stands in a form for the two values it showed, so that nobody decides between others than those seen."""
    return sha256(f"{ours}\0{theirs}".encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Shown:
    """A conflict as a page shows it."""

    id: UUID
    client_id: UUID
    client: str
    field: str
    label: str
    ours: str
    theirs: str
    agreed: str | None
    token: str


@dataclass(frozen=True)
class Standing:
    """How one client stands beside its contact. `trouble`: heading and sentence of what a person should know, if
    anything; `other`: the client whose contact this one's was merged into."""

    mapped: bool
    agreed_at: datetime | None
    waiting: bool
    """Whether the two are about to be compared."""
    trouble: tuple[str, str] | None
    other: Row[UUID, str] | None
    refused: str | None
    refused_code: str | None
    conflicts: list[Shown]


def standing_of(client_id: UUID) -> Standing | None:
    """How this client stands with the organisation in use; None while there is none."""
    connection = current_connection()
    if connection is None:
        return None
    mapping = db.session.execute(
        select(
            ContactMapping.contact_status,
            ContactMapping.agreed_at,
            ContactMapping.merged_into,
            ContactMapping.contact_name,
        ).where(ContactMapping.client_id == client_id, ContactMapping.connection_id == connection.id)
    ).one_or_none()
    errand = db.session.execute(
        select(ContactErrand.refused, ContactErrand.refused_code).where(ContactErrand.client_id == client_id)
    ).one_or_none()
    return Standing(
        mapped=mapping is not None,
        agreed_at=mapping.agreed_at if mapping else None,
        waiting=errand is not None and errand.refused is None,
        trouble=_trouble(mapping.contact_status, mapping.contact_name) if mapping else None,
        other=_owner(connection, mapping.merged_into) if mapping and mapping.merged_into else None,
        refused=errand.refused if errand else None,
        refused_code=errand.refused_code if errand else None,
        conflicts=shown(_conflicts(client_id=client_id)),
    )


_STOPPED = "Until then nothing travels between the two, and a new job or invoice needs another contact."
_TROUBLES = {
    settling.GONE: (
        "The contact is gone from Xero",
        "Xero no longer knows “{name}”. Choose another contact for this client. " + _STOPPED,
    ),
    settling.MERGED: (
        "The contact was merged into another client’s",
        "In Xero “{name}” was merged with a contact that belongs to another client here. Are the two one client? Merge"
        " them here as well, or choose another contact. " + _STOPPED,
    ),
    "ARCHIVED": (
        "The contact is archived in Xero",
        "“{name}” is archived there. Restore it in Xero, or choose another contact. " + _STOPPED,
    ),
    "GDPRREQUEST": (
        "The contact was erased in Xero",
        "Somebody asked Xero to erase “{name}”. What stands here is kept; decide whether you may keep it, or archive"
        " the client. " + _STOPPED,
    ),
}


def _trouble(status: str, name: str) -> tuple[str, str] | None:
    if status == settling.ACTIVE:
        return None
    title, sentence = _TROUBLES.get(
        status,
        (f"The contact is {status.lower()} in Xero", "“{name}” is not in use in Xero any more. " + _STOPPED),
    )
    return title, sentence.replace("{name}", name)


def _owner(connection: Connection, contact_id: str) -> Row[UUID, str] | None:
    return db.session.execute(
        select(Client.id, Client.name)
        .join(ContactMapping, ContactMapping.client_id == Client.id)
        .where(ContactMapping.connection_id == connection.id, ContactMapping.xero_contact_id == contact_id)
    ).one_or_none()


# Lists.


def _conflicts(*, client_id: UUID | None = None, field: str | None = None) -> list[Row[Any]]:
    return list(db.session.execute(_open(client_id, field).order_by(ContactConflict.field)))


def _open(client_id: UUID | None, field: str | None) -> Rows:
    statement: Rows = (
        select(*CONFLICT_COLUMNS, Client.name, Client.sort_name)
        .join(ContactConflict.client)
        .where(ContactConflict.resolved_at.is_(None))
    )
    if client_id is not None:
        statement = statement.where(ContactConflict.client_id == client_id)
    if field:
        statement = statement.where(ContactConflict.field == field)
    return statement


def list_conflicts(field: str | None, *, after: str | None = None, before: str | None = None) -> Page:
    """Open conflicts by the client's name. Row: the columns of a conflict, name, sort_name."""
    keys = (Client.sort_name, ContactConflict.client_id, ContactConflict.id)
    return page_of(_open(None, field), keys, after=after, before=before)


def count_conflicts(field: str | None) -> int:
    return counted(_open(None, field))


def shown(rows: list[Row[Any]]) -> list[Shown]:
    """Conflicts with their labels and what a form needs."""
    return [
        Shown(
            row.id,
            row.client_id,
            row.name,
            row.field,
            BY_NAME[row.field].label,
            row.ours,
            row.theirs,
            row.agreed,
            token(row.ours, row.theirs),
        )
        for row in rows
    ]


def list_refused(most: int = 200) -> list[Row[Any]]:
    """Clients whose contact could not be written, by name. Row: client_id, name, refused, refused_code."""
    return list(
        db.session.execute(
            select(ContactErrand.client_id, Client.name, ContactErrand.refused, ContactErrand.refused_code)
            .join(ContactErrand.client)
            .where(ContactErrand.refused.is_not(None))
            .order_by(Client.sort_name, Client.id)
            .limit(most)
        )
    )


def list_stopped(connection_id: UUID, most: int = 200) -> list[Row[Any]]:
    """Clients whose contact is archived, merged, erased or gone, by name. Row: client_id, name, contact_status,
    contact_name."""
    return list(
        db.session.execute(
            select(
                ContactMapping.client_id,
                Client.name,
                ContactMapping.contact_status,
                ContactMapping.contact_name,
            )
            .join(ContactMapping.client)
            .where(
                ContactMapping.connection_id == connection_id,
                ContactMapping.contact_status != settling.ACTIVE,
                Client.archived_at.is_(None),
            )
            .order_by(Client.sort_name, Client.id)
            .limit(most)
        )
    )


@dataclass(frozen=True)
class Figures:
    """How many clients there are, how many have a contact, and how many wait to be compared."""

    clients: int
    mapped: int
    waiting: int


def figures(connection_id: UUID) -> Figures:
    """One statement; clients that are archived do not count."""
    here = and_(
        ContactMapping.company_id == Client.company_id,
        ContactMapping.client_id == Client.id,
        ContactMapping.connection_id == connection_id,
    )
    waiting = select(func.count(ContactErrand.id)).where(ContactErrand.refused.is_(None)).scalar_subquery()
    row = db.session.execute(
        select(func.count(Client.id), func.count(ContactMapping.id), waiting)
        .outerjoin(ContactMapping, here)
        .where(Client.archived_at.is_(None))
    ).one()
    return Figures(*row)
