"""What the sync log shows: operations and causes. Plain rows for lists."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, func, select

from app.checks import one_line
from app.extensions import db
from app.models import Cause, Operation, OperationStep
from app.paging import PAGE, Page, Rows, counted, page_of

LATEST = 10
EXPORT_AT_ONCE = 1000
UNNAMED = "unknown"
"""Stands for an error without a code."""


@dataclass(frozen=True)
class LogFilters:
    """Which operations. `since` and `until` are days in the practice's time zone, both included."""

    state: str | None = None
    kind: str | None = None
    q: str = ""
    since: date | None = None
    until: date | None = None
    error_code: str | None = None
    time_zone: str = "UTC"


_COLUMNS = (
    Operation.id,
    Operation.kind,
    Operation.subject_id,
    Operation.subject_label,
    Operation.state,
    Operation.attempts,
    Operation.error_code,
    Operation.error,
    Operation.whose_move,
    Operation.requested_by,
    Operation.created_at,
    Operation.not_before,
    Operation.started_at,
    Operation.finished_at,
    Operation.cause_id,
)
_KEYS = (Operation.created_at, Operation.id)


def _filtered(filters: LogFilters) -> Rows:
    statement: Rows = select(*_COLUMNS)
    if filters.state:
        statement = statement.where(Operation.state == filters.state)
    if filters.kind:
        statement = statement.where(Operation.kind == filters.kind)
    if filters.error_code:
        statement = statement.where(same_error(filters.error_code))
    words = one_line(filters.q)
    if words:
        statement = statement.where(
            func.lower(Operation.subject_label).contains(words.lower(), autoescape=True)
        )
    if filters.since:
        statement = statement.where(Operation.created_at >= _midnight(filters.since, filters.time_zone))
    if filters.until:
        following = filters.until + timedelta(days=1)
        statement = statement.where(Operation.created_at < _midnight(following, filters.time_zone))
    return statement


def same_error(error_code: str) -> ColumnElement[bool]:
    return Operation.error_code.is_(None) if error_code == UNNAMED else Operation.error_code == error_code


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(time_zone)).astimezone(UTC)


def list_operations(
    filters: LogFilters, *, after: str | None = None, before: str | None = None, size: int = PAGE
) -> Page:
    """Operations, newest first. Row: the columns of the log."""
    return page_of(_filtered(filters), _KEYS, after=after, before=before, size=size, descending=True)


def count_operations(filters: LogFilters) -> int:
    return counted(_filtered(filters))


def latest_operations(count: int = LATEST) -> list[Row[Any]]:
    """The newest operations, whatever their state."""
    return list_operations(LogFilters(), size=count).rows


def every_operation(filters: LogFilters) -> Iterator[Row[Any]]:
    """All operations of the filters, newest first, read in portions: for an export of any length."""
    return in_portions(lambda after: list_operations(filters, after=after, size=EXPORT_AT_ONCE))


def in_portions(read: Callable[[str | None], Page]) -> Iterator[Row[Any]]:
    """Every row of a paged list, a page at a time."""
    after: str | None = None
    while True:
        page = read(after)
        yield from page.rows
        after = page.next
        if after is None:
            return


def find_operation(operation_id: UUID, *, locked: bool = False) -> Operation | None:
    statement = select(Operation).where(Operation.id == operation_id)
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(statement)


def steps_of(operation_id: UUID) -> list[Row[Any]]:
    """The operation's steps in order. Row: name, state, sent_at, done_at, read_back, idempotency_key."""
    statement = (
        select(
            OperationStep.name,
            OperationStep.state,
            OperationStep.sent_at,
            OperationStep.done_at,
            OperationStep.read_back,
            OperationStep.idempotency_key,
        )
        .where(OperationStep.operation_id == operation_id)
        .order_by(OperationStep.position)
    )
    return list(db.session.execute(statement))


@dataclass(frozen=True)
class FailedGroup:
    """Failed operations with the same error."""

    error_code: str
    error: str
    whose_move: str | None
    count: int


def failed_groups() -> list[FailedGroup]:
    """Failed operations by kind of error, most first. The sentence is the newest one's."""
    count = func.count(Operation.id)
    # One sentence of the group: sentences may differ in the name of what they concern.
    sentence = func.max(Operation.error)
    rows = db.session.execute(
        select(func.coalesce(Operation.error_code, UNNAMED), sentence, func.max(Operation.whose_move), count)
        .where(Operation.state == "failed")
        .group_by(Operation.error_code)
        .order_by(count.desc(), sentence)
    )
    return [FailedGroup(code, error or "", whose_move, found) for code, error, whose_move, found in rows]


def failed_examples(error_code: str, most: int = 5) -> list[Row[Any]]:
    """The newest failed operations with this error."""
    return list_operations(LogFilters(state="failed", error_code=error_code), size=most).rows


def latest_of(kind: str, subject_id: UUID) -> Row[Any] | None:
    """The newest operation of this kind for this subject. Row: the columns of the log."""
    statement = _filtered(LogFilters(kind=kind)).where(Operation.subject_id == subject_id)
    return db.session.execute(statement.order_by(Operation.created_at.desc()).limit(1)).one_or_none()


def find_cause(cause_id: UUID) -> Cause | None:
    return db.session.scalar(select(Cause).where(Cause.id == cause_id))
