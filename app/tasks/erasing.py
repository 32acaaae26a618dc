"""What RQ calls to delete a practice whose time has come, and the clock's ring for it. Arguments are ids, as text."""

import logging
from uuid import UUID

from flask import Flask, current_app
from redis.exceptions import RedisError

from app import lookups
from app.extensions import db, task_queue
from app.platform.erasing import erase
from app.tasks.crew import Crew

log = logging.getLogger(__name__)

ERASE = "app.tasks.erasing.run"


def run(company_id: str) -> None:
    """Delete one practice: by the worker's crew when there is one. Twice at once is harmless: each step may be
    repeated."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    crew: Crew | None = app.extensions.get("crew")
    if crew is not None:
        crew.lend(lambda: _run(app, UUID(company_id)), f"Deleting practice {company_id}")
    else:
        _run(app, UUID(company_id))


def _run(app: Flask, company_id: UUID) -> None:
    with app.app_context():
        erase(company_id)


def ring_due(app: Flask) -> None:
    """Have every practice deleted whose delay is over; again and again until it is gone."""
    with app.app_context():
        due = [one.company_id for one in lookups.closings(db.session()) if one.due]
        db.session.rollback()
        for company_id in due:
            try:
                task_queue().enqueue(
                    ERASE, args=(str(company_id),), job_timeout=3600, result_ttl=0, failure_ttl=0
                )
            except RedisError:
                log.warning("Redis does not answer: practice %s is deleted later", company_id)
                return
