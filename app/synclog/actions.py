"""What people do in the sync log: try again, one or a group, or give up. The caller commits."""

from sqlalchemy import select, update

from app.audit import record as audit
from app.extensions import db
from app.models import Document, Operation, ServiceRequest
from app.sync import operations
from app.sync.invoices import asking
from app.synclog.queries import same_error

MOST_AT_ONCE = 200


def retry_group(error_code: str, by: str) -> tuple[int, int]:
    """Try again all failed operations with this error, at most 200, oldest first: how many, and how many are left."""
    failed = db.session.scalars(
        select(Operation)
        .where(Operation.state == "failed", same_error(error_code))
        .order_by(Operation.created_at, Operation.id)
        .limit(MOST_AT_ONCE + 1)
        .with_for_update(skip_locked=True)
    ).all()
    again = failed[:MOST_AT_ONCE]
    for operation in again:
        operations.retry(operation, by)
    if again:
        subject = audit.Subject("operation", None, error_code)
        audit.record("operation.retried_group", subject, None, {"count": len(again)})
    return len(again), len(failed) - len(again)


def retry(operation: Operation, by: str) -> None:
    """Try it again now. Raises `WrongState`."""
    operations.retry(operation, by)
    audit.record("operation.retried", operation)


def cancel(operation: Operation) -> None:
    """Give it up; a request whose job is given up says nothing of it any more. Raises `WrongState`."""
    operations.cancel(operation)
    audit.record("operation.cancelled", operation)
    if operation.kind == operations.CREATE_JOB:
        db.session.execute(
            update(ServiceRequest)
            .where(ServiceRequest.id == operation.subject_id)
            .values(xero_sync_error=None)
        )
    if operation.kind == operations.SEND_INVOICES:
        asking.give_up(operation.subject_id)
    if operation.kind == operations.CHANGE_INVOICE:
        asking.forget_change(operation.subject_id)
    if operation.kind == operations.PUSH_DOCUMENT:
        db.session.execute(
            update(Document)
            .where(Document.id == operation.subject_id, Document.push_state != "associated")
            .values(push_state="skipped", push_error="Somebody gave the filing up. Retry files it after all.")
        )
