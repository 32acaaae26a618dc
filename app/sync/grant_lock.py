"""One caller at a time for a grant: over all threads, processes and machines.

A session-level advisory lock of PostgreSQL, because it must be held over two transactions with a commit between
them (`app.sync.tokens` says why). The server frees it the moment the process or its connection dies, so nothing
has to expire, and a lock that is free although a refresh was begun means that whoever began it is gone. It needs
a connection to the server itself, or a pooler in session mode.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.extensions import db

LONGEST_WAIT = 45
"""Seconds: longer than the transport's time limits together."""


class BusyError(Exception):
    """Somebody else holds the lock."""


@contextmanager
def alone(grant_id: UUID, *, wait: bool) -> Iterator[DatabaseConnection]:
    """Hold the grant's lock on the database connection given, which is outside any transaction.

    Raises `BusyError`: at once without `wait`, else after `LONGEST_WAIT` seconds.
    """
    # Callers of one process queue in memory first, so that waiting does not empty the connection pool.
    with _in_this_process(grant_id, wait=wait), db.engine.connect() as connection:
        key = _key(grant_id)
        _take(connection, key, wait=wait)
        try:
            yield connection
        finally:
            _give_back(connection, key)


def _take(connection: DatabaseConnection, key: int, *, wait: bool) -> None:
    try:
        with connection.begin():
            connection.execute(text(f"set local lock_timeout = '{LONGEST_WAIT}s'"))
            function = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
            # Waiting answers with nothing, trying with whether it was got.
            taken = connection.scalar(text(f"select {function}(:key)"), {"key": key}) is not False
    except OperationalError:
        connection.invalidate()
        raise BusyError from None
    if not taken:
        raise BusyError


def _give_back(connection: DatabaseConnection, key: int) -> None:
    try:
        with connection.begin():
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": key})
    except OperationalError:
        # The pool must not hand on a connection that holds the lock; when it is closed, the server frees it.
        connection.invalidate()


def _key(grant_id: UUID) -> int:
    return int.from_bytes(sha256(b"grant:" + grant_id.bytes).digest()[:8], "big", signed=True)


_locks: dict[UUID, threading.Lock] = {}
_locks_guard = threading.Lock()


@contextmanager
def _in_this_process(grant_id: UUID, *, wait: bool) -> Iterator[None]:
    with _locks_guard:
        lock = _locks.setdefault(grant_id, threading.Lock())
    if not lock.acquire(timeout=LONGEST_WAIT if wait else 0):
        raise BusyError
    try:
        yield
    finally:
        lock.release()
