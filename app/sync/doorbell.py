"""The doorbell: after a commit, tell a worker which operations were planned. Losing it is harmless: the row is the
truth, and the dispatcher rings again."""

import logging
from operator import itemgetter
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session, scoped_session

from app.extensions import task_queue
from app.models import Operation
from app.models.operation import INTERACTIVE
from app.tenancy import CompanySession

log = logging.getLogger(__name__)

RUN = "app.tasks.operations.run"
_PLANNED = "operations_to_ring"
AT_MOST = 5
"""Rings for one commit: as many as a company can have under way. The rest are the dispatcher's to hand over, fairly."""


def ring_after_commit(session: "Session | scoped_session[Any]", operation: Operation) -> None:
    """Remember to ring for this operation once the transaction is committed."""
    session.info.setdefault(_PLANNED, {})[(operation.company_id, operation.id)] = operation.priority


def ring(company_id: UUID, operation_id: UUID, priority: int) -> None:
    """Put the operation's ids into the queue; a person's wish goes to the front. Raises `RedisError`."""
    task_queue().enqueue(
        RUN,
        args=(str(company_id), str(operation_id)),
        at_front=priority <= INTERACTIVE,
        job_timeout=120,
        result_ttl=0,
        failure_ttl=0,
    )


@event.listens_for(CompanySession, "after_commit")
def _ring_planned(session: Session) -> None:
    planned = session.info.pop(_PLANNED, {})
    first = sorted(planned.items(), key=itemgetter(1))[:AT_MOST]
    for (company_id, operation_id), priority in first:
        try:
            ring(company_id, operation_id, priority)
        except RedisError:
            log.warning("Redis does not answer: operation %s waits for the dispatcher", operation_id)
            return


@event.listens_for(CompanySession, "after_rollback")
def _forget_planned(session: Session) -> None:
    session.info.pop(_PLANNED, None)
