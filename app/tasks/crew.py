"""The threads of a worker process: RQ's loop takes ids from the queue and gives them to whoever is free."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self
from uuid import UUID

from flask import Flask

from app.sync.dispatcher import ring_next
from app.sync.runner import run_operation

log = logging.getLogger(__name__)


class Crew:
    """`with Crew(app, threads) as crew`: leaving waits until what was begun is finished."""

    def __init__(self, app: Flask, threads: int) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="operations")
        # Nothing waits in memory: while everybody is busy, the queue keeps the rest for other workers.
        self._free = threading.BoundedSemaphore(threads)

    def __enter__(self) -> Self:
        self._app.extensions["crew"] = self
        return self

    def __exit__(self, *_: object) -> None:
        self._app.extensions.pop("crew", None)
        self._pool.shutdown(wait=True)

    def give(self, company_id: UUID, operation_id: UUID) -> None:
        """Have the operation run; returns at once when somebody is free, else as soon as somebody is."""
        self._free.acquire()
        self._pool.submit(self._run, company_id, operation_id)

    def lend(self, work: Callable[[], object], what: str) -> None:
        """Have something else done, such as a mail sent. `what` names it in the log when it breaks off."""
        self._free.acquire()
        self._pool.submit(self._do, work, what)

    def _do(self, work: Callable[[], object], what: str) -> None:
        try:
            work()
        except Exception:
            log.exception("%s was broken off", what)
        finally:
            self._free.release()

    def _run(self, company_id: UUID, operation_id: UUID) -> None:
        try:
            carry_out(self._app, company_id, operation_id)
        except Exception:
            # The lease runs out and the operation is taken up again; here it must only not vanish unseen.
            log.exception("Operation %s of company %s was broken off", operation_id, company_id)
        finally:
            self._free.release()


def carry_out(app: Flask, company_id: UUID, operation_id: UUID) -> None:
    """Run one operation in an app context of its own, then ring for the company's next, so that its place is not
    empty until the next sweep."""
    with app.app_context():
        ending = run_operation(company_id, operation_id)
    if ending in {"done", "failed", "cancelled", "waiting"}:
        with app.app_context():
            ring_next(company_id)
