"""Taking an import back: what it made and filled goes, what people or work have built on since stays and is told.

`obstacles` says it beforehand with the same expression that decides when it is done, row by row under lock.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.sql.expression import null

from app.audit import record as audit
from app.audit.record import THE_APP
from app.extensions import db
from app.models import (
    Client,
    ClientTag,
    ContactConflict,
    ContactErrand,
    ContactImport,
    ContactImportRow,
    ContactMapping,
    ContactPlanRow,
    IgnoredContact,
    Invoice,
    Model,
    ServiceRequest,
    Tag,
    now,
)
from app.sync.contacts import imports
from app.sync.contacts.bulk import plan_afresh, update_rows
from app.sync.contacts.fields import BY_NAME
from app.sync.run import Run

REASONS = {
    "gone": "The client is no longer there.",
    "edited": "The client was changed after the import.",
    "tagged": "The client was given another tag after the import.",
    "requests": "The client has service requests.",
    "invoices": "The client has invoices.",
    "people": "People of the client may use the portal.",
    "merged": "Another client was merged into this one.",
    "used": "The client is used elsewhere by now.",
    "mapping": "The client’s contact was changed after the import.",
    "job": "A job was made for the client in Xero after the import.",
    "invoiced": "An invoice of the client was sent to Xero after the import.",
}
"""Why something stays."""
_WORDS = {
    "service_requests": "requests",
    "memberships": "people",
    "invoices": "invoices",
    "clients": "merged",
}
_OURS = {"client_tags", "contact_mappings", "contact_conflicts", "contact_errands", "contact_plan_rows"}
"""Tables whose rows an undo takes away with the client; those that PostgreSQL takes away by itself need no name."""


def carry_out(run: Run) -> None:
    """Take back what is left to take back. Asks nothing of Xero. Raises `Needless` when paused."""
    while not imports.is_over(run, "undo"):
        contact_import = imports.wanted(run, "undo")
        rows = _next(contact_import.id)
        if not rows:
            _finish(contact_import)
            run.save(attempts=0)
            return
        _portion(contact_import, rows)
        run.save(attempts=0)


def obstacles(import_id: UUID) -> dict[tuple[str, str | None], int]:
    """(outcome, why it stays or None) → rows, for all that an undo would look at."""
    reason = _obstacle().label("reason")
    statement = (
        select(ContactImportRow.outcome, reason, func.count())
        .where(ContactImportRow.import_id == import_id, imports.TO_UNDO)
        .group_by(ContactImportRow.outcome, reason)
    )
    return {(str(row[0]), row[1]): row[2] for row in db.session.execute(statement)}


def staying(import_id: UUID, most: int) -> list[Row[Any]]:
    """The first rows that would stay. Row: name, client_id, client_name, outcome, reason."""
    reason = _obstacle().label("reason")
    statement = (
        select(
            ContactImportRow.name,
            ContactImportRow.client_id,
            ContactImportRow.client_name,
            ContactImportRow.outcome,
            reason,
        )
        .where(ContactImportRow.import_id == import_id, imports.TO_UNDO, reason.is_not(None))
        .order_by(ContactImportRow.sort_name, ContactImportRow.id)
    )
    return list(db.session.execute(statement.limit(most)))


@cache
def _obstacle() -> ColumnElement[str | None]:
    """Why a row stays; null when it can be taken back."""
    row, client, mapping = ContactImportRow, Client, ContactMapping
    same = and_(client.company_id == row.company_id, client.id == row.client_id)
    its_mapping = and_(mapping.company_id == row.company_id, mapping.client_id == row.client_id)
    as_made = and_(mapping.id == row.mapping_id, mapping.xero_contact_id == row.contact_id)
    imported = row.outcome == "imported"
    used = [(and_(imported, found), literal(word)) for found, word in _references()]
    other_tag = exists().where(
        ClientTag.company_id == row.company_id,
        ClientTag.client_id == row.client_id,
        ~row.before["tags"].bool_op("?")(cast(ClientTag.tag_id, Text)),
    )
    job = exists().where(
        ServiceRequest.company_id == row.company_id,
        ServiceRequest.client_id == row.client_id,
        ServiceRequest.xero_job_id.is_not(None),
        ServiceRequest.xero_synced_at > row.client_at,
    )
    invoiced = exists().where(
        Invoice.company_id == row.company_id,
        Invoice.client_id == row.client_id,
        Invoice.push_state == "sent",
        Invoice.asked_at > row.client_at,
    )
    return case(
        (row.outcome == "ignored", null()),
        (~exists().where(same), literal("gone")),
        *used,
        (~exists().where(its_mapping, as_made), literal("mapping")),
        (and_(imported, exists().where(its_mapping, ~as_made)), literal("mapping")),
        (and_(imported, exists().where(same, client.updated_at != row.client_at)), literal("edited")),
        (and_(imported, other_tag), literal("tagged")),
        (job, literal("job")),
        (invoiced, literal("invoiced")),
        else_=null(),
    )


def _references() -> list[tuple[ColumnElement[bool], str]]:
    """Whether anything points at the row's client, table by table, and the word for it: read from the tables
    themselves, so that none is forgotten that comes later."""
    found = []
    for table in sorted(Model.metadata.tables.values(), key=lambda one: one.name):
        for key in table.foreign_key_constraints:
            goes_along = table.name in _OURS or (key.ondelete or "").upper() == "CASCADE"
            if key.referred_table.name == "clients" and not goes_along:
                word = _WORDS.get(table.name, "used")
                found.append((_points(table, key.column_keys[-1]), word))
    return found


def _points(table: Table, column: str) -> ColumnElement[bool]:
    other = table.alias()
    return exists().where(
        other.c.company_id == ContactImportRow.company_id, other.c[column] == ContactImportRow.client_id
    )


def _next(import_id: UUID) -> list[Row[Any]]:
    statement = (
        select(
            ContactImportRow.id,
            ContactImportRow.contact_id,
            ContactImportRow.outcome,
            ContactImportRow.client_id,
            ContactImportRow.mapping_id,
            ContactImportRow.before,
        )
        .where(ContactImportRow.import_id == import_id, imports.TO_UNDO)
        .order_by(ContactImportRow.id)
        .limit(imports.PORTION)
    )
    return list(db.session.execute(statement))


def _portion(contact_import: ContactImport, rows: Sequence[Row[Any]]) -> None:
    plan_afresh()
    ids = {row.client_id for row in rows if row.client_id}
    # Locked first and judged then: what points at a client needs its row, so nothing new comes in between.
    clients = {
        client.id: client
        for client in db.session.scalars(
            select(Client)
            .where(Client.id.in_(ids))
            .order_by(Client.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    reasons = _reasons([row.id for row in rows])
    going = [row for row in rows if reasons[row.id] is None]
    matched = [row for row in going if row.outcome == "matched"]
    notes = {row.id: _put_back(clients[row.client_id], row.before.get("filled", {})) for row in matched}
    db.session.flush()
    _forget_ignored(contact_import.connection_id, [row for row in going if row.outcome == "ignored"])
    _take_away(going)
    update_rows(
        ContactImportRow,
        [
            {
                "id": row.id,
                "undo_outcome": "kept" if reasons[row.id] else "undone",
                "undo_reason": REASONS[str(reasons[row.id])] if reasons[row.id] else notes.get(row.id),
            }
            for row in rows
        ],
    )
    contact_import.done += len(rows)


def _reasons(ids: list[UUID]) -> dict[UUID, str | None]:
    found = db.session.execute(select(ContactImportRow.id, _obstacle()).where(ContactImportRow.id.in_(ids)))
    return {row.id: row[1] for row in found}


def _put_back(client: Client, filled: dict[str, str]) -> str | None:
    """Empty again what the import filled and nobody has changed since; a sentence of what has been."""
    changed = []
    for name, value in filled.items():
        if getattr(client, name) == value:
            setattr(client, name, None)
        else:
            changed.append(BY_NAME[name].label.lower())
    if not changed:
        return None
    return f"Kept as it is, because it was changed after the import: {', '.join(changed)}."


def _forget_ignored(connection_id: UUID, rows: Sequence[Row[Any]]) -> None:
    if rows:
        db.session.execute(
            delete(IgnoredContact)
            .where(
                IgnoredContact.connection_id == connection_id,
                IgnoredContact.xero_contact_id.in_([row.contact_id for row in rows]),
            )
            .execution_options(synchronize_session=False)
        )


def _take_away(rows: Sequence[Row[Any]]) -> None:
    made = [row.client_id for row in rows if row.outcome == "imported"]
    tagged = [
        and_(ClientTag.client_id == row.client_id, ClientTag.tag_id.in_([UUID(tag) for tag in tags]))
        for row in rows
        if row.outcome == "matched" and (tags := row.before.get("tags"))
    ]
    mapped = [row.mapping_id for row in rows if row.mapping_id]
    for statement in (
        delete(ClientTag).where(or_(ClientTag.client_id.in_(made), *tagged, false())),
        delete(ContactConflict).where(ContactConflict.mapping_id.in_(mapped)),
        delete(ContactErrand).where(ContactErrand.client_id.in_(made)),
        delete(ContactPlanRow).where(ContactPlanRow.client_id.in_(made)),
        delete(ContactMapping).where(ContactMapping.id.in_(mapped)),
        delete(Client).where(Client.id.in_(made)),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))


def _finish(contact_import: ContactImport) -> None:
    contact_import.state, contact_import.problem, contact_import.undone_at = "done", None, now()
    made = [UUID(tag) for tag in contact_import.made_tags]
    worn = exists().where(ClientTag.company_id == Tag.company_id, ClientTag.tag_id == Tag.id)
    db.session.execute(
        delete(Tag).where(Tag.id.in_(made), ~worn).execution_options(synchronize_session=False)
    )
    counts = {
        outcome: imports.count(contact_import.id, ContactImportRow.undo_outcome == outcome)
        for outcome in ("undone", "kept")
    }
    audit.record("import.taken_back", contact_import, None, counts, by=THE_APP)
