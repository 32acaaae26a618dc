"""The life of an export: asked for, claimed by a worker, ready, gone.

A worker holds it by a lease that it renews while it writes. One that dies leaves a half file under its run's own name
and a lease that runs out: the next one begins anew, and the half file is never offered.
"""

import hashlib
import logging
import time
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from redis.exceptions import RedisError
from sqlalchemy import and_, or_, select, update

from app.audit.record import Actor, record
from app.companies import locked_company
from app.errors import WrongState
from app.exports import storage
from app.exports.writing import write
from app.extensions import db, task_queue
from app.models import Company, CompanyExport, database_now, now
from app.models.company_export import OPEN_EXPORTS
from app.sync.own_session import own_transaction
from app.tenancy import company_scope

log = logging.getLogger(__name__)

WRITE = "app.tasks.exports.write"
KEPT = timedelta(days=7)
LEASE_SECONDS, RENEW_SECONDS = 60.0, 10.0
MOST_TRIES = 3
_BROKEN = "The export could not be written; the fault is on our side and has been recorded. Ask for it again."


class LeaseLostError(Exception):
    """Somebody else writes this export by now, or it is not wanted any more."""


def ask(asked_by: Actor, reason: str | None = None, *, by_platform: bool = False) -> CompanyExport:
    """Have everything of the scope's practice exported (not committed; then `ring`). Raises `WrongState` while one is
    under way."""
    company = locked_company()
    under_way = select(CompanyExport.id).where(CompanyExport.state.in_(OPEN_EXPORTS)).limit(1)
    if db.session.scalar(under_way) is not None:
        raise WrongState("An export is being written already. This page offers it when it is ready.")
    export = CompanyExport(id=uuid4(), asked_by=asked_by.name, by_platform=by_platform, reason=reason)
    db.session.add(export)
    db.session.flush()
    after = {"reason": reason} if reason else None
    record("practice.export_asked", company, None, after, by=asked_by)
    return export


def ring(company_id: UUID, export_id: UUID) -> None:
    """Tell a worker; when Redis is away, the clock does it later."""
    try:
        task_queue().enqueue(
            WRITE, args=(str(company_id), str(export_id)), job_timeout=3600, result_ttl=0, failure_ttl=0
        )
    except RedisError:
        log.warning("Redis does not answer: export %s waits for the clock", export_id)


def carry_out(company_id: UUID, export_id: UUID) -> str | None:
    """Write the export if it is ours to write; its state afterwards. Needs no scope; commits."""
    run = uuid4()
    with company_scope(company_id):
        export = _claim(export_id, run)
        if export is None:
            return None
        if export.attempts > MOST_TRIES:
            return _end(export, run, state="failed", error=_BROKEN)
        practice = db.session.scalars(select(Company.name).where(Company.id == company_id)).one()
        db.session.commit()
        try:
            with storage.unfinished(company_id, run) as file:
                rows = write(file, export, practice, _Lease(company_id, export_id, run).renew)
                size, sha256 = file.seek(0, 2), _digest(file)
        except LeaseLostError:
            log.warning("Export %s was taken over while it was written", export_id)
            return None
        except Exception:
            log.exception("Export %s of company %s was broken off", export_id, company_id)
            return _end(export, run, state="failed", error=_BROKEN)
        return _offer(export, run, rows=rows, size=size, sha256=sha256)


def _claim(export_id: UUID, run: UUID) -> CompanyExport | None:
    abandoned = and_(CompanyExport.state == "running", CompanyExport.lease_until < database_now())
    claimed = db.session.scalar(
        update(CompanyExport)
        .where(CompanyExport.id == export_id, or_(CompanyExport.state == "queued", abandoned))
        .values(
            state="running",
            lease=run,
            lease_until=database_now(LEASE_SECONDS),
            attempts=CompanyExport.attempts + 1,
        )
        .returning(CompanyExport.id)
    )
    found = db.session.scalar(select(CompanyExport).where(CompanyExport.id == export_id)) if claimed else None
    if found is not None:
        db.session.expunge(found)
    db.session.commit()  # the claim stands, and nothing stays open while rows are read elsewhere
    return found


class _Lease:
    """Renews the lease in a transaction of its own, now and then."""

    def __init__(self, company_id: UUID, export_id: UUID, run: UUID) -> None:
        self._company_id, self._export_id, self._run = company_id, export_id, run
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Raises `LeaseLostError`."""
        if time.monotonic() - self._renewed < RENEW_SECONDS:
            return
        self._renewed = time.monotonic()
        with own_transaction(self._company_id) as session:
            held = session.scalar(
                update(CompanyExport)
                .where(CompanyExport.id == self._export_id, CompanyExport.lease == self._run)
                .values(lease_until=database_now(LEASE_SECONDS))
                .returning(CompanyExport.id)
            )
        if held is None:
            raise LeaseLostError


def _offer(export: CompanyExport, run: UUID, *, rows: int, size: int, sha256: str) -> str | None:
    """The file takes its place while the row is locked by us: nobody else's run can come in between."""
    done = {"rows": rows, "size": size, "sha256": sha256, "expires_at": now() + KEPT}
    if not _set(export, run, state="ready", **done):
        db.session.rollback()
        storage.drop(export.company_id, run)
        return None
    # First the row of the one before: whoever removes its file (`expire`) holds it until that is done.
    before = update(CompanyExport).where(CompanyExport.id != export.id, CompanyExport.state == "ready")
    db.session.execute(before.values(state="gone"))
    storage.take_its_place(export.company_id, run)
    db.session.commit()
    return "ready"


def _end(export: CompanyExport, run: UUID, *, state: str, error: str) -> str | None:
    db.session.rollback()
    ended = _set(export, run, state=state, error=error)
    db.session.commit()
    return state if ended else None


def _set(export: CompanyExport, run: UUID, **values: object) -> bool:
    mine = (CompanyExport.id == export.id, CompanyExport.lease == run)
    ending = (
        update(CompanyExport).where(*mine).values(lease=None, lease_until=None, finished_at=now(), **values)
    )
    return db.session.scalar(ending.returning(CompanyExport.id)) is not None


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def downloaded(by: Actor) -> Path:
    """The finished file of the scope's practice, and a line in its audit log (not committed). Raises `WrongState`
    when there is none to be had."""
    export = db.session.scalar(
        select(CompanyExport).where(CompanyExport.state == "ready", CompanyExport.expires_at > now())
    )
    if export is None:
        raise WrongState("There is no finished export, or its time is over. Ask for a new one.")
    path = storage.finished(export.company_id)
    if not path.is_file():
        log.error("The file of export %s is not in EXPORT_FOLDER: web and worker must share it", export.id)
        raise WrongState("The file of this export is not there any more. Ask for a new one.")
    company = db.session.scalars(select(Company).where(Company.id == export.company_id)).one()
    record("practice.export_downloaded", company, None, {"sha256": export.sha256}, by=by)
    return path


def expire(export_id: UUID) -> None:
    """Its time is over: offer it no more and remove the file (commits). In the practice's scope."""
    over = update(CompanyExport).where(
        CompanyExport.id == export_id, CompanyExport.state == "ready", CompanyExport.expires_at <= now()
    )
    company_id = db.session.scalar(over.values(state="gone").returning(CompanyExport.company_id))
    if company_id is not None:
        storage.finished(company_id).unlink(missing_ok=True)
    db.session.commit()


def ring_again(export_id: UUID) -> None:
    """Tell a worker once more of an export that nobody came for (commits). In the practice's scope."""
    company_id = db.session.scalar(
        update(CompanyExport)
        .where(CompanyExport.id == export_id)
        .values(rung_at=now())
        .returning(CompanyExport.company_id)
    )
    db.session.commit()
    if company_id is not None:
        ring(company_id, export_id)
