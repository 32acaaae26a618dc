"""The clock: one process that sweeps and runs the periodic table. Started twice, the second stands by."""

import logging
import signal
import threading
from types import FrameType

from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db, settings
from app.mail import dispatcher as mails
from app.sync.dispatcher import sweep
from app.sync.webhooks.dispatcher import Dispatcher as Webhooks
from app.tasks.periodic import run_due

log = logging.getLogger(__name__)

LOCK = 0x636C6F636B  # "clock": the advisory lock of the one clock
PERIODIC_SECONDS = 10.0
STAND_BY_SECONDS = 2.0


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from wsgi import app

    stop = threading.Event()

    def told_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, told_to_stop)
    signal.signal(signal.SIGINT, told_to_stop)
    while not stop.is_set():
        try:
            with app.app_context(), db.engine.connect() as connection:
                _tick_while_ours(app, connection, stop)
        except SQLAlchemyError as away:
            log.warning("The database does not answer (%s); the clock tries again", type(away).__name__)
        stop.wait(STAND_BY_SECONDS)


def _tick_while_ours(app: Flask, connection: Connection, stop: threading.Event) -> None:
    """Tick as long as this connection holds the advisory lock; the server frees it when we or the connection die."""
    autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
    if not autocommit.scalar(text("select pg_try_advisory_lock(:key)"), {"key": LOCK}):
        return
    log.info("This is the clock")
    try:
        since_periodic, webhooks = PERIODIC_SECONDS, Webhooks()
        while not stop.is_set():
            autocommit.execute(text("select 1"))  # raises when the lock is gone with its connection
            sweep(app)
            webhooks.sweep(app)
            if since_periodic >= PERIODIC_SECONDS:
                mails.sweep(app)
                run_due(app)
                since_periodic = 0.0
            stop.wait(settings().sweep_seconds)
            since_periodic += settings().sweep_seconds
    finally:
        # The pool keeps the connection, and with it the lock, unless it is given back here.
        if not connection.closed and not connection.invalidated:
            autocommit.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK})


if __name__ == "__main__":
    main()
