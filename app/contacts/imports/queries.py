"""What the pages and the JSON API read of imports. Lists are plain rows, by key."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select

from app.checks import one_line
from app.extensions import db
from app.models import (
    Client,
    Connection,
    ContactImport,
    ContactImportRow,
    ContactMapping,
    IgnoredContact,
    Operation,
)
from app.models.contact_import import KINDS
from app.models.operation import OPEN_STATES
from app.paging import PAGE, Page, Rows, counted, page_of
from app.sync.contacts import imports
from app.sync.contacts.fields import FIELDS

_ROW = ContactImportRow
ACTING = ("import", "match", "ignore")
"""Choices that do something."""
LIST_KEYS = (_ROW.rank, _ROW.sort_name, _ROW.id)


@dataclass(frozen=True)
class RowFilters:
    """Which rows. `choice`: a choice, or "none"; `outcome`: an outcome, "left" for those left out, "pending" for those
    still to be done, or "kept" and "undone" after an undo."""

    kind: str | None = None
    choice: str | None = None
    outcome: str | None = None
    q: str = ""


def find_import(import_id: UUID, *, locked: bool = False) -> ContactImport | None:
    if locked:
        return imports.locked(import_id)
    return db.session.scalar(select(ContactImport).where(ContactImport.id == import_id))


def open_import(connection_id: UUID) -> ContactImport | None:
    """The import of this organisation that is not over."""
    return db.session.scalar(
        select(ContactImport).where(
            ContactImport.connection_id == connection_id,
            ContactImport.state.in_(("working", "ready", "paused")),
        )
    )


def at_work(import_id: UUID) -> bool:
    """Whether an operation of it is open: queued, under way, or waiting."""
    its = exists().where(Operation.subject_id == import_id, Operation.state.in_(OPEN_STATES))
    return bool(db.session.scalar(select(its)))


def list_imports(*, after: str | None = None, before: str | None = None, size: int = PAGE) -> Page:
    """Imports, newest first. Row: the columns of the import and `organisation`."""
    columns = select(
        ContactImport.id,
        ContactImport.number,
        ContactImport.phase,
        ContactImport.state,
        ContactImport.problem,
        ContactImport.rows,
        ContactImport.done,
        ContactImport.to_do,
        ContactImport.requested_by,
        ContactImport.created_at,
        ContactImport.imported_at,
        ContactImport.undone_at,
        Connection.organisation_name.label("organisation"),
    ).join(
        Connection,
        and_(Connection.id == ContactImport.connection_id, Connection.company_id == ContactImport.company_id),
    )
    return page_of(columns, (ContactImport.number,), after=after, before=before, size=size, descending=True)


@dataclass(frozen=True)
class Counts:
    """How many rows there are, by kind, by choice of what is still open, by outcome and by how the undo ended."""

    kinds: dict[str, int] = field(default_factory=dict)
    choices: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    undone: dict[str, int] = field(default_factory=dict)
    undecided: dict[str, int] = field(default_factory=dict)
    """Kind → rows without a choice."""

    @property
    def all(self) -> int:
        return sum(self.kinds.values())

    pending: int = 0
    """Rows that are chosen and not done."""

    @property
    def left(self) -> int:
        """Rows of which nothing became anything: left out or never decided."""
        return self.all - sum(self.outcomes.values()) - self.pending


def counts_of(import_id: UUID) -> Counts:
    """One statement."""
    found, pending = Counts(kinds=dict.fromkeys(KINDS, 0)), 0
    grouped = (_ROW.kind, _ROW.choice, _ROW.outcome, _ROW.undo_outcome)
    statement = select(*grouped, func.count()).where(_ROW.import_id == import_id).group_by(*grouped)
    for kind, choice, outcome, undone, count in db.session.execute(statement):
        found.kinds[kind] += count
        for group, word in ((found.choices, choice), (found.outcomes, outcome), (found.undone, undone)):
            if word:
                group[word] = group.get(word, 0) + count
        if outcome is None and choice in ACTING:
            pending += count
        if choice is None:
            found.undecided[kind] = found.undecided.get(kind, 0) + count
    return replace(found, pending=pending)


_COLUMNS = (
    _ROW.id,
    _ROW.contact_id,
    _ROW.name,
    _ROW.sort_name,
    _ROW.rank,
    _ROW.number,
    _ROW.status,
    _ROW.details,
    _ROW.groups,
    _ROW.kind,
    _ROW.why,
    _ROW.client_id,
    _ROW.candidates,
    _ROW.differs,
    _ROW.client_at,
    _ROW.choice,
    _ROW.outcome,
    _ROW.reason,
    _ROW.client_name,
    _ROW.undo_outcome,
    _ROW.undo_reason,
)


def list_rows(
    import_id: UUID,
    filters: RowFilters,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE,
) -> Page:
    """Rows, those that need a person first, then by name. Row: the columns of `ContactImportRow` that pages show."""
    statement = _filtered(select(*_COLUMNS), import_id, filters)
    return page_of(statement, LIST_KEYS, after=after, before=before, size=size)


def count_rows(import_id: UUID, filters: RowFilters) -> int:
    return counted(_filtered(select(_ROW.id), import_id, filters))


def _filtered(statement: Rows, import_id: UUID, filters: RowFilters) -> Rows:
    statement = statement.where(_ROW.import_id == import_id)
    if filters.kind:
        statement = statement.where(_ROW.kind == filters.kind)
    if filters.choice:
        chosen = _ROW.choice.is_(None) if filters.choice == "none" else _ROW.choice == filters.choice
        statement = statement.where(chosen)
    if filters.outcome:
        statement = statement.where(_ended(filters.outcome))
    words = one_line(filters.q).casefold()
    if words:
        email = func.lower(_ROW.details["email"].astext)
        statement = statement.where(
            or_(
                _ROW.sort_name.contains(words, autoescape=True),
                email.startswith(words, autoescape=True),
                func.lower(_ROW.number).startswith(words, autoescape=True),
            )
        )
    return statement


def _ended(outcome: str) -> ColumnElement[bool]:
    if outcome == "left":
        return and_(_ROW.outcome.is_(None), or_(_ROW.choice.is_(None), _ROW.choice == "skip"))
    if outcome == "pending":
        return imports.TO_DO
    return _ROW.undo_outcome == outcome if outcome in {"kept", "undone"} else _ROW.outcome == outcome


def rows_by_id(import_id: UUID, ids: Collection[UUID]) -> list[Row[Any]]:
    statement = select(*_COLUMNS).where(_ROW.import_id == import_id, _ROW.id.in_(ids))
    return list(db.session.execute(statement))


def clients_by_id(ids: Iterable[UUID | None]) -> dict[UUID, Row[Any]]:
    """Clients as they stand beside a contact: id, number, archived_at, updated_at, the shared fields, and
    `contact_name`, the contact of theirs in the organisation in use, if they have one."""
    live = (
        select(Connection.id)
        .where(Connection.kind == "accounting", Connection.status != "disconnected")
        .scalar_subquery()
    )
    mapping = and_(
        ContactMapping.company_id == Client.company_id,
        ContactMapping.client_id == Client.id,
        ContactMapping.connection_id == live,
    )
    statement = (
        select(
            Client.id,
            Client.number,
            Client.archived_at,
            Client.updated_at,
            *(getattr(Client, one.name) for one in FIELDS),
            ContactMapping.contact_name,
        )
        .outerjoin(ContactMapping, mapping)
        .where(Client.id.in_([one for one in ids if one]))
    )
    return {row.id: row for row in db.session.execute(statement)}


def moved(import_id: UUID, most: int) -> tuple[int, list[Row[Any]]]:
    """Rows chosen to be matched whose client was changed, merged or matched since: how many (counted to 10,001), and
    the first of them. Row: name, client_name."""
    mapped = exists().where(
        ContactMapping.company_id == _ROW.company_id,
        ContactMapping.client_id == _ROW.client_id,
        ContactMapping.connection_id == ContactImport.connection_id,
    )
    statement = (
        select(_ROW.name, Client.name.label("client_name"), _ROW.sort_name, _ROW.id)
        .join(
            ContactImport,
            and_(ContactImport.id == _ROW.import_id, ContactImport.company_id == _ROW.company_id),
        )
        .outerjoin(Client, and_(Client.id == _ROW.client_id, Client.company_id == _ROW.company_id))
        .where(
            _ROW.import_id == import_id,
            _ROW.choice == "match",
            _ROW.outcome.is_(None),
            or_(
                Client.id.is_(None),
                Client.merged_into_id.is_not(None),
                Client.updated_at != _ROW.client_at,
                mapped,
            ),
        )
    )
    first = statement.order_by(_ROW.sort_name, _ROW.id).limit(most)
    return counted(statement), list(db.session.execute(first))


def list_ignored(
    connection_id: UUID, q: str = "", *, after: str | None = None, before: str | None = None
) -> tuple[Page, int]:
    """The ignore list by name, and how many fit. Row: id, name, sort_name, ignored_by, created_at."""
    statement: Rows = select(
        IgnoredContact.id,
        IgnoredContact.name,
        IgnoredContact.sort_name,
        IgnoredContact.ignored_by,
        IgnoredContact.created_at,
    ).where(IgnoredContact.connection_id == connection_id)
    words = one_line(q).casefold()
    if words:
        statement = statement.where(IgnoredContact.sort_name.contains(words, autoescape=True))
    keys = (IgnoredContact.sort_name, IgnoredContact.id)
    return page_of(statement, keys, after=after, before=before), counted(statement)
