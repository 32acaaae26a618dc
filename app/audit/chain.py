"""The chain of a company's audit log: how a row is hashed, and how rows are appended.

Rows gathered in a session (`app.audit.record`) are appended when it commits, in the same transaction as the change,
after everything else has been written: the company's chain is locked last and for the shortest time, so whoever
holds it waits for nobody.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, event, insert, select, text
from sqlalchemy.orm import Session, SessionTransaction

from app.extensions import db
from app.models import AuditEvent
from app.tenancy import CompanySession, scoped_company_id

FORMAT = 1
"""Of the canonical form. A new one keeps the old: rows that stand are never hashed anew."""
BEGINNING = "0" * 64
"""The previous hash of a company's first row."""
_PENDING = "audit_pending"
_COLUMNS = tuple(column.name for column in AuditEvent.__table__.columns)
_SET_COMPANY = text("select set_config('app.company_id', :company_id, true)")
# Two 32-bit keys are a space of their own among advisory locks, apart from those with one 64-bit key.
_LOCK = text("select pg_advisory_xact_lock(1095975252, hashtext(:company_id))")
_HEAD = text(
    "select clock_timestamp() as now, head.sequence, head.hash, head.at from (select 1) as one left join lateral"
    " (select sequence, hash, at from audit_events where company_id = :company_id"
    "   order by sequence desc limit 1) as head on true"
)


@dataclass(frozen=True)
class Entry:
    """A row to be appended: all of it but its time and its place in the chain."""

    company_id: UUID
    values: dict[str, Any]
    transaction: SessionTransaction | None = None
    """The savepoint it was recorded in, with whose rollback it goes."""


def canonical(row: dict[str, Any]) -> bytes:
    """The form of a row that is hashed: its columns but `hash` as JSON, keys sorted, no spaces, ASCII only, instants in
    UTC with microseconds."""
    said = {name: _written(value) for name, value in row.items() if name != "hash"}
    return json.dumps({"format": FORMAT, **said}, sort_keys=True, separators=(",", ":")).encode("ascii")


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value


def hash_of(row: dict[str, Any]) -> str:
    """What the `hash` of this row must be, in hex."""
    return sha256(canonical(row)).hexdigest()


def as_values(row: "Row[Any] | AuditEvent") -> dict[str, Any]:
    """A stored row as `hash_of` takes it."""
    return {name: getattr(row, name) for name in _COLUMNS}


def append(connection: Connection, company_id: UUID, entries: Sequence[dict[str, Any]]) -> None:
    """Append rows to the company's chain, in a transaction that has been told of the company. Locks the chain until its
    end. Three statements, however many rows."""
    named = {"company_id": str(company_id)}
    connection.execute(_LOCK, named)
    # A statement of its own: it sees what was committed while the lock was waited for.
    head = connection.execute(_HEAD, named).one()
    # The chain's own clock never goes backwards, so a row with an older time than the one before it is a forged one.
    at = max(head.now, head.at) if head.at else head.now
    sequence, previous = head.sequence or 0, head.hash or BEGINNING
    rows = []
    for values in entries:
        sequence += 1
        row = {"company_id": company_id, "id": uuid4(), "sequence": sequence, "at": at, **values}
        row["previous_hash"] = previous
        row["hash"] = previous = hash_of(row)
        rows.append(row)
    connection.execute(insert(AuditEvent.__table__), rows)  # type: ignore[arg-type]


def append_apart(company_id: UUID, entries: Sequence[dict[str, Any]]) -> None:
    """`append` in a transaction of its own, committed: for what happens outside the company's scope (signing in)."""
    with db.engine.begin() as connection:
        connection.execute(_SET_COMPANY, {"company_id": str(company_id)})
        append(connection, company_id, entries)


def gather(session: Session, company_id: UUID, values: dict[str, Any]) -> None:
    """Have a row appended when the session commits, to this company's chain, whatever scope that is in."""
    entry = Entry(company_id, values, session.get_nested_transaction())
    session.info.setdefault(_PENDING, []).append(entry)


@event.listens_for(CompanySession, "before_commit")
def _append_gathered(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.get(_PENDING):
        return
    # What is left to write goes first: its locks are taken before the chain's.
    session.flush()
    entries: list[Entry] = session.info.pop(_PENDING)
    connection, ours = session.connection(), scoped_company_id()
    # What is told to several companies (a person's own account) locks their chains in one order for everybody.
    for company_id in sorted({entry.company_id for entry in entries}):
        connection.execute(_SET_COMPANY, {"company_id": str(company_id)})
        append(connection, company_id, [one.values for one in entries if one.company_id == company_id])
    connection.execute(_SET_COMPANY, {"company_id": str(ours or "")})


@event.listens_for(CompanySession, "after_soft_rollback")
def _forget_gathered(session: Session, previous: SessionTransaction) -> None:
    """What was not done is not told."""
    entries: list[Entry] = session.info.get(_PENDING, [])
    if entries:
        session.info[_PENDING] = [
            entry for entry in entries if previous.nested and not _within(entry, previous)
        ]


def _within(entry: Entry, transaction: SessionTransaction) -> bool:
    inner = entry.transaction
    while inner is not None and inner is not transaction:
        inner = inner.parent
    return inner is transaction


def head_of(company_id: UUID) -> tuple[int, str] | None:
    """The last row's sequence and hash, in the company's scope; None while nothing stands there."""
    row = db.session.execute(
        select(AuditEvent.sequence, AuditEvent.hash)
        .where(AuditEvent.company_id == company_id)
        .order_by(AuditEvent.sequence.desc())
        .limit(1)
    ).one_or_none()
    return (row.sequence, row.hash) if row else None
