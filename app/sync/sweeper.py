"""The sweeper: rings for every operation that is due and that nobody came for. It makes Redis disposable."""

import logging
from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import update

from app import lookups
from app.extensions import db, task_queue
from app.lookups import DueOperation
from app.models import Operation, now
from app.sync.doorbell import ring
from app.tenancy import company_scope

log = logging.getLogger(__name__)

QUEUE_DEPTH = 64
"""How many rings may wait in the queue: enough to keep workers busy, few enough that a practice with thousands of
operations cannot stand before everybody else's."""
RING_AGAIN_AFTER = timedelta(seconds=2)


def sweep(app: Flask) -> int:
    """One sweep; how many operations were rung for. Needs no context; raises nothing when Redis is away."""
    with app.app_context():
        try:
            room = QUEUE_DEPTH - task_queue().count
        except RedisError:
            log.warning("Redis does not answer: the sweep is left out")
            return 0
        due = lookups.due_operations(db.session, room, now() - RING_AGAIN_AFTER) if room > 0 else []
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
        db.session.execute(update(Operation).where(Operation.id.in_(operation_ids)).values(rung_at=now()))
        db.session.commit()


def _ring_all(due: list[DueOperation]) -> int:
    for rung, operation in enumerate(due):
        try:
            ring(operation.company_id, operation.operation_id, operation.priority)
        except RedisError:
            log.warning("Redis went away in the middle of a sweep")
            return rung
    return len(due)
