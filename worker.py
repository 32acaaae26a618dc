"""A worker: takes operations' ids from the queue and runs them. Start as many as there is work for."""

import logging
import sys
from typing import Any

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from app.clients.csv.handing_over import WRITE as WRITE_CLIENTS
from app.exports.actions import WRITE
from app.extensions import redis_client, settings, task_queue
from app.mail.outbox import SEND
from app.sync.doorbell import RUN
from app.sync.leases import Heart
from app.sync.webhooks.bell import SORT
from app.tasks.crew import Crew
from app.tasks.erasing import ERASE

OURS = {RUN, SEND, SORT, WRITE, WRITE_CLIENTS, ERASE}


class ForeignTask(Exception):  # noqa: N818  nothing of ours went wrong
    """Something stands in the queue that Countinghouse did not put there; it is not carried out."""


class OperationsTask(Job):  # type: ignore[misc]
    """A ring for an operation. RQ calls whatever name stands in Redis, `os.system` too; this calls ours only, so that
    who can write to Redis cannot run programs here."""

    def restore(self, raw_data: Any) -> None:
        super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []

    def perform(self) -> Any:
        if self.func_name not in OURS or self.instance is not None:
            raise ForeignTask
        return super().perform()


class OperationsWorker(SimpleWorker):  # type: ignore[misc]
    """No fork for each task: the row, not RQ, is what survives a crash."""

    job_class = OperationsTask
    # When Redis comes back, work goes on within seconds; RQ's own longest pause between two looks is a minute.
    max_connection_wait_time = 2.0


def main() -> None:
    """Work until told to stop; the operations in hand are finished first. Ends when Redis goes away: a supervisor
    starts it again."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("rq").setLevel(logging.WARNING)
    from wsgi import app

    with app.app_context(), Heart(app), Crew(app, settings().worker_threads):
        try:
            # One queue: with several RQ pops unsafely.
            worker = OperationsWorker(
                [task_queue()], connection=redis_client(), serializer=JSONSerializer, worker_ttl=30
            )
            worker.log_job_description = False
            worker.work(logging_level="WARNING", with_scheduler=False)
        except RedisError as away:
            sys.exit(
                f"Redis does not answer ({type(away).__name__}); the worker ends and is to be started again."
            )


if __name__ == "__main__":
    main()
