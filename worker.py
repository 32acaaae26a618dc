"""A worker: takes operations' ids from the queue and runs them. Start as many as there is work for."""

import logging
import sys

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app.extensions import redis_client, settings, task_queue
from app.sync.leases import Heart
from app.tasks.crew import Crew


class OperationsWorker(SimpleWorker):  # type: ignore[misc]
    """No fork for each task: the row, not RQ, is what survives a crash."""

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
