"""Planning pushes, in the transaction that accepts a document or switches filing on. Nothing here calls Xero."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.errors import WrongState
from app.extensions import db
from app.models import Company, Document, Operation, database_now, now
from app.models.operation import BULK, NORMAL, OPEN_STATES
from app.sync import operations
from app.sync.operations import PUSH_DOCUMENT
from app.tenancy import current_company_id

SWITCHED_OFF = (
    "Filing in Xero was switched off when this was accepted. An admin switches it on under Settings → Integrations →"
    " Xero → Documents."
)
MOST_AT_ONCE = 5_000
"""Documents that one press plans; press again for more."""
CALLS_EACH = 2
"""Putting the file there, and tying it to its contact."""


def plan_push(document: Document, requested_by: str, priority: int = NORMAL) -> Operation | None:
    """Plan the document's way into Xero Files; None, and the reason on the document, where filing is switched off.

    Raises `WrongState` for a document that is not accepted.
    """
    if document.state != "accepted":
        raise WrongState("Only an accepted document is filed in Xero.")
    if not db.session.scalars(select(Company.push_documents)).one():
        document.push_state, document.push_error = "skipped", SWITCHED_OFF
        return None
    if document.push_state != "associated":
        document.push_state, document.push_error = "pending", None
    return operations.plan(PUSH_DOCUMENT, document.id, document.name, requested_by, priority)


def push_again(document: Document, requested_by: str) -> Operation | None:
    """A person wants it tried now, whatever it waits for. Raises `WrongState` while it is being sent."""
    existing = operations.latest(PUSH_DOCUMENT, document.id)
    if existing is not None and existing.is_open:
        operations.retry(existing, requested_by)
        document.push_state, document.push_error = "pending", None
        return existing
    return plan_push(document, requested_by)


def waiting_to_be_filed() -> int:
    """How many accepted documents failed, were skipped, or were never sent, counted up to 10,001."""
    return db.session.scalar(select(func.count()).select_from(_waiting(10_001).subquery())) or 0


def push_all_again(requested_by: str) -> int:
    """Plan every one of those, `MOST_AT_ONCE` at a press; how many were planned. Filing must be switched on."""
    names = {row.id: row.name for row in db.session.execute(_waiting(MOST_AT_ONCE))}
    if not names:
        return 0
    document_ids = list(names)
    for reopened in _open_again(document_ids, requested_by):
        del names[reopened]
    _plan_new(names, requested_by)
    db.session.execute(
        update(Document)
        .where(Document.id.in_(document_ids))
        .values(push_state="pending", push_error=None)
        .execution_options(synchronize_session=False)
    )
    return len(document_ids)


def _waiting(limit: int) -> Select[UUID, str]:
    never_or_stuck: ColumnElement[bool] = or_(
        Document.push_state.is_(None), Document.push_state.in_(("skipped", "failed"))
    )
    return (
        select(Document.id, Document.name)
        .where(Document.state == "accepted", never_or_stuck)
        .order_by(Document.created_at, Document.id)
        .limit(limit)
    )


def _open_again(document_ids: Sequence[UUID], requested_by: str) -> set[UUID]:
    """Those with a row of their own are opened again with the steps they had; which those are."""
    return set(
        db.session.scalars(
            update(Operation)
            .where(
                Operation.kind == PUSH_DOCUMENT,
                Operation.subject_id.in_(document_ids),
                Operation.state.in_(("failed", "cancelled", "waiting", "retry")),
            )
            .values(
                state="queued",
                cause_id=None,
                attempts=0,
                not_before=database_now(),
                finished_at=None,
                requested_by=requested_by,
                error=None,
                error_code=None,
                whose_move=None,
            )
            .returning(Operation.subject_id)
            .execution_options(synchronize_session=False)
        )
    )


def _plan_new(names: Mapping[UUID, str], requested_by: str) -> None:
    """In few statements: the dispatcher hands them over, a few at a time."""
    rows = [
        {
            "company_id": current_company_id(),
            "id": uuid4(),
            "kind": PUSH_DOCUMENT,
            "subject_id": document_id,
            "subject_label": name,
            "state": "queued",
            "priority": BULK,
            "attempts": 0,
            "requested_by": requested_by,
            "created_at": now(),
            "not_before": database_now(),
            "rung_at": database_now(-3600),
            "result": {},
        }
        for document_id, name in names.items()
    ]
    for at in range(0, len(rows), 500):
        db.session.execute(
            insert(Operation)
            .values(rows[at : at + 500])
            .on_conflict_do_nothing(
                index_elements=["company_id", "kind", "subject_id"],
                index_where=Operation.state.in_(OPEN_STATES),
            )
        )
