"""Operations from the outside: plan one in the transaction that causes it, retry it, cancel it, find it.

Nothing here commits, and nothing here calls Xero: `app.sync.runner` does, in a worker.
"""

from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.errors import WrongState
from app.extensions import db
from app.models import Operation, OperationStep, database_now, now
from app.models.operation import INTERACTIVE, OPEN_STATES
from app.sync.doorbell import ring_after_commit
from app.tenancy import current_company_id

CREATE_JOB = "job.create"
READ_STAFF = "staff.read"
CHECK_CONNECTION = "connection.check"
READ_CHANGES = "contacts.changes"
RECONCILE_CONTACTS = "contacts.reconcile"
EXCHANGE_CONTACTS = "contacts.exchange"
PREVIEW_CONTACTS = "contacts.preview"
IMPORT_CONTACTS = "contacts.import"
UNDO_CONTACTS = "contacts.undo"
SYNC_GROUPS = "contacts.groups"
PLAN_CONTACTS = "contacts.dry_run"
DO_PLAN = "contacts.plan"
PUSH_DOCUMENT = "document.push"
MAKE_FOLDER = "document.folder"
READ_LISTS = "lists.read"
MAKE_TRACKING = "tracking.make"
SEND_INVOICES = "invoices.send"
CHANGE_INVOICE = "invoice.change"
READ_INVOICES = "invoices.changes"
READ_TIME = "time.read"
KINDS = {
    CREATE_JOB: "Make the job",
    READ_STAFF: "Read the people",
    CHECK_CONNECTION: "Check the connection",
    READ_CHANGES: "Read changed contacts",
    RECONCILE_CONTACTS: "Compare all contacts",
    EXCHANGE_CONTACTS: "Bring clients and contacts together",
    PREVIEW_CONTACTS: "Read contacts for an import",
    IMPORT_CONTACTS: "Import contacts",
    UNDO_CONTACTS: "Undo an import",
    SYNC_GROUPS: "Bring tags and groups together",
    PLAN_CONTACTS: "Work out what a sync would change",
    DO_PLAN: "Do what a dry run showed",
    READ_LISTS: "Read accounts, tax rates and tracking",
    MAKE_TRACKING: "Make tracking options",
    SEND_INVOICES: "Send invoices",
    CHANGE_INVOICE: "Change an invoice",
    READ_INVOICES: "Read how invoices stand",
    READ_TIME: "Read the time of a job",
    PUSH_DOCUMENT: "File the document",
    MAKE_FOLDER: "Make the folder for documents",
}
"""What each kind does, in words for pages."""
CONTACT_KINDS = {READ_CHANGES, RECONCILE_CONTACTS, EXCHANGE_CONTACTS, SYNC_GROUPS, PLAN_CONTACTS, DO_PLAN}
"""What keeps clients and contacts in agreement."""
ONCE = {CREATE_JOB, PUSH_DOCUMENT, MAKE_FOLDER}
"""Kinds of which a subject has one row for ever: its steps remember what may already stand in Xero."""


def plan(
    kind: str, subject_id: UUID, label: str, requested_by: str, priority: int = INTERACTIVE
) -> Operation:
    """The operation of this kind for this subject, planned with the caller's transaction.

    An open one is returned as it is, so that two clicks, two tabs or two admins make one. A kind in `ONCE` that has
    failed or was cancelled is opened again with the steps it had; one that is done stays done.
    """
    existing = latest(kind, subject_id)
    if existing and existing.is_open:
        return existing
    if existing and kind in ONCE:
        if existing.state != "done":
            _open_again(existing, requested_by)
        return existing
    values = {
        "company_id": current_company_id(),
        "id": uuid4(),
        "kind": kind,
        "subject_id": subject_id,
        "subject_label": label,
        "state": "queued",
        "priority": priority,
        "attempts": 0,
        "requested_by": requested_by,
        "created_at": now(),
        "not_before": database_now(),
        "rung_at": database_now(),
        "result": {},
    }
    # The partial unique index decides between two that plan at the same moment: the second waits for the first to
    # commit, writes nothing, and finds the first one's row.
    planned_id = db.session.scalar(
        insert(Operation)
        .values(values)
        .on_conflict_do_nothing(
            index_elements=["company_id", "kind", "subject_id"], index_where=Operation.state.in_(OPEN_STATES)
        )
        .returning(Operation.id)
    )
    operation = latest(kind, subject_id)
    assert operation is not None
    if planned_id:
        ring_after_commit(db.session, operation)
    return operation


def latest(kind: str, subject_id: UUID) -> Operation | None:
    """The newest operation of this kind for this subject, locked so that its state holds until the commit."""
    return db.session.scalar(
        select(Operation)
        .where(Operation.kind == kind, Operation.subject_id == subject_id)
        .order_by(Operation.created_at.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def begin_anew(operation: Operation, requested_by: str) -> None:
    """Open one that is done again, its steps forgotten: what it made was removed in Xero."""
    db.session.execute(delete(OperationStep).where(OperationStep.operation_id == operation.id))
    _open_again(operation, requested_by)


def retry(operation: Operation, requested_by: str) -> None:
    """A person wants it tried again now. Raises `WrongState` when it is running, done or cancelled."""
    if operation.state not in {"failed", "retry", "waiting", "queued"}:
        raise WrongState(
            {
                "running": "This is being carried out right now.",
                "done": "This is done already; there is nothing to retry.",
                "cancelled": "This was cancelled; assign the request again to start afresh.",
            }[operation.state]
        )
    _open_again(operation, requested_by)


def cancel(operation: Operation) -> None:
    """Give the wish up. Raises `WrongState` when it is running (it may be in Xero in a moment) or over."""
    if operation.state == "running":
        raise WrongState("This is being carried out right now; try again in a moment.")
    if not operation.is_open and operation.state != "failed":
        raise WrongState("This is over already.")
    operation.state = "cancelled"
    operation.cause_id = None
    operation.finished_at = now()


def _open_again(operation: Operation, requested_by: str) -> None:
    operation.state = "queued"
    operation.cause_id = None
    operation.attempts = 0
    operation.not_before = operation.rung_at = database_now()
    operation.finished_at = None
    operation.requested_by = requested_by
    operation.error = operation.error_code = operation.whose_move = None
    ring_after_commit(db.session, operation)
