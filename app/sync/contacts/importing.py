"""Carrying an import out: what people chose, in portions, each one transaction. Nothing is written to Xero.

What changed since the preview, in Xero or here, is set aside and told, never done: before the first portion Xero is
asked what has changed since reading began, and each portion looks at its clients under lock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from app.audit import record as audit
from app.audit.record import THE_APP
from app.extensions import db
from app.models import ContactImport, ContactImportRow, now
from app.sync.contacts import imports
from app.sync.contacts.bulk import plan_afresh, update_rows
from app.sync.contacts.deciding import Decisions, Recent
from app.sync.contacts.writing import Writer
from app.sync.live import connection_of, transport_of
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.contacts import Contact

OVERLAP = timedelta(minutes=5)
"""What Xero is late to tell; a contact that did not change is known by its own time."""
CHANGED_IN_XERO = (
    "The contact was changed in Xero after the preview. Start another import to see it as it is now."
)
ARCHIVED_IN_XERO = "The contact was archived in Xero after the preview."
TRIES = 3


def carry_out(run: Run) -> None:
    """Do what is left. Raises as `jobs.create`, and `Needless` when paused."""
    if imports.is_over(run, "import"):
        return
    contact_import = imports.wanted(run, "import")
    connection = connection_of(run)
    imports.same_organisation(contact_import, connection)
    if contact_import.checked_at is None:
        since = (contact_import.xero_read_from or contact_import.read_from) - OVERLAP
        _set_changed_aside(run, since, AccountingApi(transport_of(run, connection)))
    recent, collisions = Recent(connection.id, contact_import.read_from), 0
    while True:
        contact_import = imports.wanted(run, "import")
        rows = _next(contact_import.id)
        if not rows:
            _finish(contact_import)
            run.save(attempts=0)
            return
        try:
            _portion(contact_import, rows, recent)
            run.save(attempts=0)
        except IntegrityError:
            # Somebody mapped one of these contacts or clients at this very moment; seen anew, it is set aside.
            db.session.rollback()
            collisions += 1
            if collisions > TRIES:
                raise


def _next(import_id: UUID) -> list[Row[Any]]:
    columns = (
        ContactImportRow.id,
        ContactImportRow.contact_id,
        ContactImportRow.name,
        ContactImportRow.number,
        ContactImportRow.status,
        ContactImportRow.contact_updated_at,
        ContactImportRow.details,
        ContactImportRow.groups,
        ContactImportRow.why,
        ContactImportRow.client_id,
        ContactImportRow.client_at,
        ContactImportRow.candidates,
        ContactImportRow.choice,
    )
    statement = select(*columns).where(ContactImportRow.import_id == import_id, imports.TO_DO)
    return list(db.session.execute(statement.order_by(ContactImportRow.id).limit(imports.PORTION)))


def _portion(contact_import: ContactImport, rows: Sequence[Row[Any]], recent: Recent) -> None:
    plan_afresh()
    decisions = Decisions(contact_import.connection_id, rows, recent)
    writer = Writer(contact_import)
    recent.wrote(writer.at)
    results = [
        *writer.imported(decisions.of("import")),
        *writer.matched(decisions.of("match"), decisions.clients),
        *writer.ignored(decisions.of("ignore")),
    ]
    update_rows(ContactImportRow, results)
    contact_import.done += len(results) + _aside(decisions.aside)


def _aside(reasons: Mapping[UUID, str]) -> int:
    update_rows(
        ContactImportRow,
        [{"id": row_id, "outcome": "set_aside", "reason": reason} for row_id, reason in reasons.items()],
    )
    return len(reasons)


def _set_changed_aside(run: Run, since: datetime, accounting: AccountingApi) -> None:
    """Ask Xero what changed since reading began, and set those rows aside: one call a thousand changes."""
    number, last = 0, False
    while not last:
        number += 1
        page = accounting.contacts_page(number, since=since, include_archived=True)
        last = page.last
        contact_import = imports.wanted(run, "import")
        contact_import.done += _set_aside(contact_import.id, page.contacts)
        if last:
            contact_import.checked_at = now()
        run.save(attempts=0)


def _set_aside(import_id: UUID, contacts: list[Contact]) -> int:
    by_id = {contact.id: contact for contact in contacts}
    found = db.session.execute(
        select(
            ContactImportRow.id,
            ContactImportRow.contact_id,
            ContactImportRow.contact_updated_at,
            ContactImportRow.status,
        ).where(
            ContactImportRow.import_id == import_id,
            ContactImportRow.contact_id.in_(by_id),
            imports.TO_DO,
        )
    )
    reasons = {}
    for row in found:
        contact = by_id[row.contact_id]
        if contact.updated_at != row.contact_updated_at or contact.status != row.status:
            gone = contact.status == "ARCHIVED" != row.status
            reasons[row.id] = ARCHIVED_IN_XERO if gone else CHANGED_IN_XERO
    return _aside(reasons)


def _finish(contact_import: ContactImport) -> None:
    contact_import.state, contact_import.problem, contact_import.imported_at = "done", None, now()
    outcomes = ("imported", "matched", "ignored", "set_aside")
    counts = {
        outcome: imports.count(contact_import.id, ContactImportRow.outcome == outcome) for outcome in outcomes
    }
    audit.record("import.finished", contact_import, None, counts, by=THE_APP)
