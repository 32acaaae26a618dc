"""An import's life: preview, import, undo, each an operation that may be broken off anywhere and goes on.

The import's row says what people want (go on, pause, cancel); a run reads it, locked, before each portion and commits
the portion with it. So pausing waits for one portion at most, and nothing is done twice.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update

from app.extensions import db
from app.models import Connection, ContactImport, ContactImportRow, Operation, XeroCall, now
from app.models.contact_import import PHASES
from app.models.operation import BULK
from app.sync import operations
from app.sync.outcomes import Needless
from app.sync.run import Run

OPERATIONS = {
    "preview": operations.PREVIEW_CONTACTS,
    "import": operations.IMPORT_CONTACTS,
    "undo": operations.UNDO_CONTACTS,
}
OTHER_ORGANISATION = (
    "The practice is connected to another organisation now. This import was for the"
    " one before; start a new one."
)
PORTION = 500
"""Rows of one transaction."""

TO_DO: ColumnElement[bool] = and_(
    ContactImportRow.outcome.is_(None), ContactImportRow.choice.in_(("import", "match", "ignore"))
)
TO_UNDO: ColumnElement[bool] = and_(
    ContactImportRow.outcome.in_(("imported", "matched", "ignored")),
    ContactImportRow.undo_outcome.is_(None),
)


def locked(import_id: UUID) -> ContactImport | None:
    """The import, locked until the commit."""
    return db.session.scalar(
        select(ContactImport)
        .where(ContactImport.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def wanted(run: Run, phase: str) -> ContactImport:
    """The import of this run, locked. Raises `Needless` unless it is to go on with this phase."""
    found = locked(run.operation.subject_id)
    if found is None or found.phase != phase or found.state != "working":
        db.session.rollback()
        raise Needless("Paused." if found and found.state == "paused" else "This is no longer wanted.")
    return found


def is_over(run: Run, phase: str) -> bool:
    """Whether the phase was finished by a run that died before it could say so."""
    found = locked(run.operation.subject_id)
    if found is None or found.state in {"paused", "cancelled", "failed"}:
        return False
    return PHASES.index(found.phase) > PHASES.index(phase) or (
        found.phase == phase and found.state in {"ready", "done"}
    )


def same_organisation(contact_import: ContactImport, connection: Connection) -> None:
    """Raises `Needless` when the practice is connected to another organisation now."""
    if contact_import.connection_id != connection.id:
        raise Needless(OTHER_ORGANISATION)


def set_going(contact_import: ContactImport, by: str) -> None:
    """Plan the operation of its phase (not committed)."""
    contact_import.state = "working"
    contact_import.problem = None
    operations.plan(OPERATIONS[contact_import.phase], contact_import.id, contact_import.title, by, BULK)


def confirm(contact_import: ContactImport, by: str) -> None:
    """Carry the choices out (not committed)."""
    contact_import.phase = "import"
    contact_import.confirmed_by, contact_import.confirmed_at = by, now()
    contact_import.to_do, contact_import.done = count(contact_import.id, TO_DO), 0
    set_going(contact_import, by)


def choose(contact_import: ContactImport, kind: str, choice: str | None) -> int:
    """The same choice for all rows of a kind that can have it; how many (not committed)."""
    statement = update(ContactImportRow).where(
        ContactImportRow.import_id == contact_import.id, ContactImportRow.kind == kind
    )
    if choice == "match":
        free = and_(ContactImportRow.client_id.is_not(None), ContactImportRow.why != "client_taken")
        statement = statement.where(free)
    changed = db.session.execute(
        statement.values(choice=choice)
        .returning(ContactImportRow.id)
        .execution_options(synchronize_session=False)
    )
    contact_import.choices_version += 1
    return len(changed.all())


def count(import_id: UUID, which: ColumnElement[bool]) -> int:
    """How many rows."""
    statement = select(func.count()).where(ContactImportRow.import_id == import_id, which)
    return db.session.scalar(statement.select_from(ContactImportRow)) or 0


def tell(run: Run, state: str, sentence: str | None) -> None:
    """Write on the import how the run ended; what it wrote itself (ready, done) stays."""
    found = locked(run.operation.subject_id)
    if found is None:
        return
    mine = run.operation.kind == OPERATIONS[found.phase]
    found.calls = _calls(found.id)
    if state in {"waiting", "retry"} and mine:
        found.problem = sentence
    elif state == "failed" and mine:
        found.state, found.problem = "failed", sentence
    elif state == "cancelled" and mine and found.state == "working":
        found.state, found.problem = "cancelled", sentence


def _calls(import_id: UUID) -> int:
    its_operations = select(Operation.id).where(Operation.subject_id == import_id)
    made = select(func.count(XeroCall.id)).where(XeroCall.operation_id.in_(its_operations.scalar_subquery()))
    return db.session.scalar(made) or 0
