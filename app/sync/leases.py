"""Signs of life: while a call is under way, the leases of this process's runs are made to last.

A lease is short, so that a killed worker's operation runs again within seconds; a call to Xero may take longer. A
thread beside the runs renews their leases. A process that is paused or killed renews nothing, and its operations are
taken over; when it wakes, `Run.still_ours` keeps it from sending anything more.
"""

import logging
import threading
import time
from typing import Self

from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import settings
from app.models import Operation, database_now
from app.sync.own_session import own_transaction
from app.sync.run import Run

log = logging.getLogger(__name__)


class Heart:
    """`with Heart(app): …` in a worker process; runs enter and leave by `beating`."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="leases", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(5)

    def _beat(self) -> None:
        with self._app.app_context():
            every = settings().lease_seconds / 4
            while not self._stop.wait(every):
                for run in Run.under_way():
                    self._renew(run)

    def _renew(self, run: Run) -> None:
        lasts = settings().lease_seconds
        if not run.needs_renewal(lasts):
            return
        asked_at = time.monotonic()
        try:
            with own_transaction(run.company_id, lock_seconds=1) as session:
                renewed = session.execute(
                    update(Operation)
                    .where(Operation.id == run.operation_id, Operation.lease == run.lease)
                    .values(lease_until=database_now(lasts))
                    .returning(Operation.id)
                ).scalar_one_or_none()
        except SQLAlchemyError as problem:
            log.warning("A lease was not renewed (%s)", type(problem).__name__)
            return
        if renewed is not None:
            run.renewed(asked_at, lasts)
