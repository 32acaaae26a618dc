"""A large file of clients, confirmed by a person and written by a worker.

The row's state is the truth, the queue only rings. The worker writes all of it in one transaction with the row locked:
one that dies has done nothing and is rung for again, and of two that come at once the second finds nothing to do.
"""

import logging
from datetime import timedelta
from uuid import UUID

from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from app.audit.record import Actor, acting
from app.clients.csv import imports
from app.extensions import db, task_queue
from app.models import ClientImport, now
from app.tenancy import company_scope, current_company_id

log = logging.getLogger(__name__)

WRITE = "app.tasks.client_files.write"
AT_ONCE = 500
"""Rows that are written while the person waits: a second or so."""
RING_AGAIN = timedelta(minutes=1)
_BROKEN = (
    "The file could not be imported; the fault is on our side and has been recorded. Nothing was written."
)


def ask(upload: ClientImport, by: Actor) -> None:
    """Have a worker write it (not committed; then `ring`). Raises `WrongState` as `imports.still_checked`."""
    imports.still_checked(upload)
    upload.state, upload.confirmed_by, upload.problem, upload.rung_at = "confirmed", by.name, None, now()
    ids = {"user_id": by.user_id, "entry_id": by.entry_id}
    texts = {name: str(value) for name, value in ids.items() if value}
    upload.acting = {"name": by.name, "role": by.role, **texts}


def ring(company_id: UUID, import_id: UUID) -> None:
    """Tell a worker; when Redis is away, the clock does it later."""
    try:
        args = (str(company_id), str(import_id))
        task_queue().enqueue(WRITE, args=args, job_timeout=600, result_ttl=0, failure_ttl=0)
    except RedisError:
        log.warning("Redis does not answer: file %s of clients waits for the clock", import_id)


def ring_again() -> None:
    """Ring for what nobody came for, or whose worker died, in the company's scope (not committed)."""
    waiting = select(ClientImport).where(
        ClientImport.state == "confirmed", ClientImport.rung_at < now() - RING_AGAIN
    )
    for upload in db.session.scalars(waiting):
        upload.rung_at = now()
        ring(current_company_id(), upload.id)


def carry_out(company_id: UUID, import_id: UUID) -> None:
    """Write the file if it is still to be written and nobody is at it. Needs no scope; commits."""
    with company_scope(company_id):
        upload = _ours(import_id)
        if upload is None:
            db.session.rollback()
            return
        try:
            with acting(_who(upload)):
                imports.write(upload, upload.confirmed_by or "")
            db.session.commit()
        except (OperationalError, InterfaceError):
            # The database went away, or somebody held a lock for long: it stays confirmed, and is rung for again.
            db.session.rollback()
            raise
        except Exception:
            log.exception("File %s of clients of company %s was broken off", import_id, company_id)
            db.session.rollback()
            _give_back(import_id)


def _ours(import_id: UUID) -> ClientImport | None:
    wanted = select(ClientImport).where(ClientImport.id == import_id, ClientImport.state == "confirmed")
    return db.session.scalar(wanted.with_for_update(skip_locked=True))


def _who(upload: ClientImport) -> Actor:
    said = upload.acting
    user_id, entry_id = (UUID(said[name]) if name in said else None for name in ("user_id", "entry_id"))
    return Actor(user_id, said.get("name", ""), said.get("role"), entry_id)


def _give_back(import_id: UUID) -> None:
    upload = _ours(import_id)
    if upload is not None:
        upload.state, upload.confirmed_by, upload.problem = "checked", None, _BROKEN
    db.session.commit()
