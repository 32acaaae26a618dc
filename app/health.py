"""For supervisors and load balancers: alive, and ready."""

from datetime import UTC, datetime, timedelta

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db, redis_client, task_queue

bp = Blueprint("health", __name__)

WORKER_SEEN = timedelta(seconds=90)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="alive")


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """200 when database, Redis, migrations and a worker are there; else 503 naming what is missing."""
    checks = {"database": False, "migrations": False, "redis": False, "worker": False}
    try:
        connection = db.session.connection()
        checks["database"] = True
        heads = set(ScriptDirectory(str(current_app.extensions["migrate"].directory)).get_heads())
        checks["migrations"] = set(MigrationContext.configure(connection).get_current_heads()) == heads
    except SQLAlchemyError:
        db.session.rollback()
    try:
        checks["redis"] = bool(redis_client().ping())
        checks["worker"] = _worker_seen()
    except RedisError:
        pass
    ready = all(checks.values())
    return jsonify(status="ready" if ready else "not ready", checks=checks), 200 if ready else 503


def _worker_seen() -> bool:
    # Worker keys only: looking at RQ's started registry would clean it, and two lookers double jobs.
    newest = max(
        (worker.last_heartbeat for worker in Worker.all(queue=task_queue()) if worker.last_heartbeat),
        default=None,
    )
    return newest is not None and datetime.now(UTC) - newest.replace(tzinfo=UTC) < WORKER_SEEN
