"""Telling a worker that webhooks wait to be sorted. Losing it is harmless: the clock looks for them too.

The web process must answer Xero within moments whether or not Redis answers, and many come at once, so a thread of its
own rings, a few times a second at most.
"""

import logging
import threading

from flask import Flask
from redis.exceptions import RedisError

from app.extensions import task_queue

log = logging.getLogger(__name__)

SORT = "app.tasks.webhooks.sort"
BETWEEN_RINGS = 0.2
"""Seconds."""


def ring() -> None:
    """Put the task into the queue. Raises `RedisError`."""
    task_queue().enqueue(SORT, at_front=True, job_timeout=600, result_ttl=0, failure_ttl=0)


class Bell:
    """One for a process. `press` returns at once; the thread lives while it is pressed."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._pressed = False
        self._ringing = False

    def press(self) -> None:
        with self._lock:
            self._pressed = True
            if self._ringing:
                return
            self._ringing = True
        threading.Thread(target=self._ring, name="webhook-bell", daemon=True).start()

    def _ring(self) -> None:
        while self._still_pressed():
            with self._app.app_context():
                try:
                    ring()
                except RedisError:
                    log.warning("Redis does not answer: webhooks wait for the clock")
                except Exception:
                    # The thread must not end with the bell still thought to be ringing.
                    log.exception("The bell could not be rung: webhooks wait for the clock")
            threading.Event().wait(BETWEEN_RINGS)

    def _still_pressed(self) -> bool:
        with self._lock:
            self._ringing, self._pressed = self._pressed, False
            return self._ringing
