"""The dispatcher: hands work over fairly between companies, and rings for every operation that nobody came for.

It makes Redis disposable. Fairness does not depend on the order of arrival: each company has at most a handful of
operations in workers' hands, as many as Xero lets one organisation do at once, and a company whose limit is used up
has none. So ten thousand waiting operations of one practice stand behind nobody else's one.
"""

import logging
from collections import defaultdict
from uuid import UUID

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import select, update

from app import lookups
from app.extensions import db, task_queue
from app.lookups import DueOperation
from app.models import Operation, database_now
from app.sync.doorbell import ring
from app.sync.parking import parked
from app.tenancy import company_scope

log = logging.getLogger(__name__)

QUEUE_DEPTH = 256
"""How many rings may wait in the queue: enough to keep workers busy, few enough to stay fair."""
RING_AGAIN_AFTER = 2.0


def sweep(app: Flask) -> int:
    """One sweep; how many operations were rung for. Needs no context; raises nothing when Redis is away."""
    with app.app_context():
        try:
            room, parking = QUEUE_DEPTH - task_queue().count, parked()
        except RedisError:
            log.warning("Redis does not answer: the sweep is left out")
            return 0
        due = lookups.due_operations(db.session, room, RING_AGAIN_AFTER, parking) if room > 0 else []
        db.session.rollback()
    by_company: dict[UUID, list[DueOperation]] = defaultdict(list)
    for operation in due:
        by_company[operation.company_id].append(operation)
    for company_id, operations in by_company.items():
        _note_rung(app, company_id, [operation.operation_id for operation in operations])
    with app.app_context():
        return _ring_all(due)


def _note_rung(app: Flask, company_id: UUID, operation_ids: list[UUID]) -> None:
    with app.app_context(), company_scope(company_id):
        db.session.execute(
            update(Operation).where(Operation.id.in_(operation_ids)).values(rung_at=database_now())
        )
        db.session.commit()


def _ring_all(due: list[DueOperation]) -> int:
    for rung, operation in enumerate(due):
        try:
            ring(operation.company_id, operation.operation_id, operation.priority)
        except RedisError:
            log.warning("Redis went away in the middle of a sweep")
            return rung
    return len(due)


def ring_next(company_id: UUID) -> None:
    """Ring for the company's next due operation: called by a worker that has just finished one of them.

    It goes to the end of the queue, behind other companies', whatever its priority: the finished one had its turn.
    """
    with company_scope(company_id):
        due = select(Operation.id).where(
            Operation.state.in_(("queued", "retry")),
            Operation.not_before <= database_now(),
            Operation.rung_at < database_now(-RING_AGAIN_AFTER),
        )
        following = due.order_by(Operation.priority, Operation.not_before, Operation.id).limit(1)
        operation_id = db.session.scalar(following.with_for_update(skip_locked=True))
        if operation_id is None:
            db.session.rollback()
            return
        db.session.execute(
            update(Operation).where(Operation.id == operation_id).values(rung_at=database_now())
        )
        db.session.commit()
    try:
        ring(company_id, operation_id, priority=100)
    except RedisError:
        log.warning("Redis does not answer: the next operation waits for the sweep")
