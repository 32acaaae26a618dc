"""gunicorn's settings, read by `gunicorn wsgi:app` in this folder; what differs between machines is in the
environment: PORT, BIND, WEB_WORKERS, WEB_THREADS."""

import gc
import os
import sys
from pathlib import Path

from gunicorn.workers.base import Worker

_port = os.environ.get("PORT", "8000")
_demonstration = os.environ.get("COUNTINGHOUSE_DEMO", "0").lower() in {"1", "true", "yes", "on"}
_address = os.environ.get("BIND") or ("127.0.0.1" if _demonstration else "0.0.0.0")  # noqa: S104

bind = f"[{_address}]:{_port}" if ":" in _address else f"{_address}:{_port}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
# Most of them wait: for the database, or as uploads for their turn (app/lanes.py).
threads = int(os.environ.get("WEB_THREADS", "32"))
# Each worker has its own listening socket, so that the kernel spreads connections evenly over them.
reuse_port = True
# Each worker loads the application itself: no connection is shared over a fork.
preload_app = False
graceful_timeout = 10
keepalive = 5
accesslog = None
errorlog = "-"
loglevel = os.environ.get("WEB_LOG_LEVEL", "info")
# The sign of life of a worker is a file; on a disk that is busy it would look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True


def post_worker_init(worker: Worker) -> None:
    """Take what a worker has loaded out of the collector's sight: it stays for the life of the process.

    Full collections in the middle of a request are what the slowest answers are made of.
    """
    # A page gives Python's lock back at each question to the database: beside an upload that computes it would wait
    # five milliseconds each time until it gets it again.
    sys.setswitchinterval(0.0005)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    worker.log.debug("garbage collector frozen with %s objects", gc.get_freeze_count())
