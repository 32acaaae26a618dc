"""What the call log shows: every request that was sent to Xero."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.checks import one_line
from app.extensions import db
from app.models import XeroCall
from app.paging import PAGE, Page, Rows, page_of
from app.synclog.queries import EXPORT_AT_ONCE, in_portions


@dataclass(frozen=True)
class CallFilters:
    """Which calls. `outcome`: ok, failed or limited."""

    outcome: str | None = None
    q: str = ""
    operation_id: UUID | None = None


_CALL_COLUMNS = (
    XeroCall.id,
    XeroCall.at,
    XeroCall.method,
    XeroCall.path,
    XeroCall.status,
    XeroCall.duration_ms,
    XeroCall.minute_left,
    XeroCall.day_left,
    XeroCall.retry_after,
    XeroCall.error_code,
    XeroCall.correlation_id,
    XeroCall.operation_id,
    XeroCall.idempotency_key,
)


def calls_of(operation_id: UUID, most: int = 100) -> list[Row[Any]]:
    """The operation's calls, newest first, bodies included."""
    statement = (
        select(*_CALL_COLUMNS, XeroCall.request_body, XeroCall.reply_body)
        .where(XeroCall.operation_id == operation_id)
        .order_by(XeroCall.at.desc(), XeroCall.id)
        .limit(most)
    )
    return list(db.session.execute(statement))


def find_call(call_id: UUID) -> XeroCall | None:
    return db.session.scalar(select(XeroCall).where(XeroCall.id == call_id))


def every_call(filters: CallFilters) -> Iterator[Row[Any]]:
    """All calls of the filters, newest first, without their bodies: for an export of any length."""
    return in_portions(lambda after: list_calls(filters, after=after, size=EXPORT_AT_ONCE))


def list_calls(
    filters: CallFilters, *, after: str | None = None, before: str | None = None, size: int = PAGE
) -> Page:
    """Calls, newest first, without their bodies."""
    statement: Rows = select(*_CALL_COLUMNS)
    if filters.operation_id:
        statement = statement.where(XeroCall.operation_id == filters.operation_id)
    if filters.outcome == "ok":
        statement = statement.where(XeroCall.error_code.is_(None))
    elif filters.outcome == "failed":
        statement = statement.where(XeroCall.error_code.is_not(None))
    elif filters.outcome == "limited":
        statement = statement.where(XeroCall.error_code.startswith("limit_"))
    words = one_line(filters.q)
    if words:
        statement = statement.where(
            XeroCall.path.contains(words, autoescape=True) | (XeroCall.correlation_id == words)
        )
    keys = (XeroCall.at, XeroCall.id)
    return page_of(statement, keys, after=after, before=before, size=size, descending=True)
