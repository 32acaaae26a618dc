"""Rings for webhooks that nobody came to sort, and for gaps that are due, so that Redis may be wiped and web
processes may die between storing and ringing."""

import logging
import time
from datetime import timedelta

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import select

from app.extensions import db, task_queue
from app.models import WebhookDelivery, now
from app.sync.dispatcher import QUEUE_DEPTH
from app.sync.webhooks import gaps
from app.sync.webhooks.bell import ring

log = logging.getLogger(__name__)

RUNG_FOR = timedelta(seconds=1)
"""What came so lately was rung for by the process that stored it."""
RING_AGAIN_AFTER = 2.0
"""Seconds."""


class Dispatcher:
    """The clock's; one for a process."""

    def __init__(self) -> None:
        self._rung = float("-inf")

    def sweep(self, app: Flask) -> bool:
        """Ring if anything waits; whether it was rung. Needs no context; raises nothing when Redis is away."""
        if time.monotonic() - self._rung < RING_AGAIN_AFTER:
            return False
        with app.app_context():
            waits = _anything_waits()
            db.session.rollback()
            if not waits:
                return False
            try:
                if task_queue().count >= QUEUE_DEPTH:
                    return False
                ring()
            except RedisError:
                log.warning("Redis does not answer: webhooks wait for the next sweep")
                return False
        self._rung = time.monotonic()
        return True


def _anything_waits() -> bool:
    waiting = select(WebhookDelivery.id).where(
        WebhookDelivery.sorted_at.is_(None), WebhookDelivery.received_at < now() - RUNG_FOR
    )
    return db.session.scalar(waiting.limit(1)) is not None or gaps.any_due()
