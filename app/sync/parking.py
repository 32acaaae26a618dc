"""Which companies' operations cannot go on now, because a limit of Xero's is used up: the dispatcher leaves them alone.

Kept in Redis and of no weight: lost, an operation or two is handed over too early and waits again.
"""

import logging
import time
from dataclasses import dataclass
from uuid import UUID

from redis.exceptions import RedisError

from app.extensions import redis_client
from app.models import Operation
from app.models.operation import INTERACTIVE

log = logging.getLogger(__name__)

_BULK, _ALL = "countinghouse:parked:bulk", "countinghouse:parked:all"


@dataclass(frozen=True)
class Parked:
    """Companies whose every operation waits, and those where only bulk does (people have a reserve)."""

    wholly: list[UUID]
    bulk: list[UUID]


def park(operation: Operation, seconds: float) -> None:
    """Note that the company's limit has no room for operations like this one for so long."""
    until = time.time() + seconds
    names = (_BULK, _ALL) if operation.priority <= INTERACTIVE else (_BULK,)
    try:
        for name in names:
            redis_client().zadd(name, {str(operation.company_id): until})
    except RedisError as away:
        log.warning("A company was not parked (%s)", type(away).__name__)


def parked() -> Parked:
    """Who is parked now. Raises `RedisError`."""
    redis, until = redis_client(), time.time()
    pipeline = redis.pipeline()
    for name in (_ALL, _BULK):
        pipeline.zremrangebyscore(name, "-inf", until)
        pipeline.zrange(name, 0, -1)
    _, wholly, _, bulk = pipeline.execute()
    return Parked([UUID(name.decode()) for name in wholly], [UUID(name.decode()) for name in bulk])
