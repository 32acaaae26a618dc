"""When each kind of sync last succeeded, how far it has read, and what it found."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import LastSync, now
from app.sync.run import Run
from app.tenancy import current_company_id


def progress_of(connection_id: UUID, kind: str) -> LastSync:
    """The row of this connection and kind, made if there is none (not committed)."""
    db.session.execute(
        insert(LastSync)
        .values(
            company_id=current_company_id(),
            id=uuid4(),
            connection_id=connection_id,
            kind=kind,
            page=0,
            counts={},
        )
        .on_conflict_do_nothing(index_elements=["company_id", "connection_id", "kind"])
    )
    return db.session.scalars(
        select(LastSync).where(LastSync.connection_id == connection_id, LastSync.kind == kind)
    ).one()


def succeeded(run: Run, connection_id: UUID, counts: Counter[str]) -> None:
    """The run reached its end (written with it): the time, and what it found, here and on the operation."""
    row = progress_of(connection_id, run.operation.kind)
    row.succeeded_at, row.begun_at, row.page = now(), None, 0
    row.counts = dict(counts)
    run.operation.result = {"counts": dict(counts)}


def last_of(connection_id: UUID) -> Mapping[str, LastSync]:
    """Kind → its row."""
    rows = db.session.scalars(select(LastSync).where(LastSync.connection_id == connection_id))
    return {row.kind: row for row in rows}
