"""What the audit log's pages, exports and JSON API read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from app.audit.words import ROLES
from app.checks import one_line
from app.extensions import db
from app.models import AuditEvent, AuditView, Client, JobTemplate, Membership, Office, Service, User
from app.paging import PAGE, Page, Rows, counted, page_of

EXPORT_AT_ONCE = 1000
_Table = type[AuditEvent] | type[AuditView]


@dataclass(frozen=True)
class AuditFilters:
    """Which rows. `who`: a user's id, or one of the roles client, super, system. `since` and `until`: days in the
    practice's time zone, both included."""

    who: UUID | str | None = None
    what: str | None = None
    subject: str = ""
    subject_id: UUID | None = None
    since: date | None = None
    until: date | None = None
    time_zone: str = "UTC"


_SAID = ("id", "at", "actor_id", "actor_name", "actor_role", "entry_id", "what", "subject_kind", "subject_id")
_SAID_TOO = ("subject_label", "address", "agent", "correlation_id")


def _columns(table: _Table) -> list[Any]:
    own = ("sequence", "before", "after", "previous_hash", "hash") if table is AuditEvent else ("details",)
    return [getattr(table, name) for name in (*_SAID, *_SAID_TOO, *own)]


def _filtered(table: _Table, filters: AuditFilters) -> Rows:
    statement: Rows = select(*_columns(table))
    if isinstance(filters.who, UUID):
        statement = statement.where(table.actor_id == filters.who)
    elif filters.who in ROLES:
        statement = statement.where(table.actor_role == filters.who)
    if filters.what:
        # A whole slug, or the first part of it with its point: `client.`
        group = filters.what.endswith(".")
        statement = statement.where(
            table.what.startswith(filters.what, autoescape=True) if group else table.what == filters.what
        )
    words = one_line(filters.subject)
    if words:
        statement = statement.where(table.subject_label.icontains(words, autoescape=True))
    if filters.subject_id:
        statement = statement.where(table.subject_id == filters.subject_id)
    if filters.since:
        statement = statement.where(table.at >= _midnight(filters.since, filters.time_zone))
    if filters.until:
        following = _midnight(filters.until, filters.time_zone, days=1)
        statement = statement.where(table.at < following)
    return statement


def _midnight(day: date, time_zone: str, days: int = 0) -> datetime:
    try:
        local = datetime.combine(day + timedelta(days=days), time.min, ZoneInfo(time_zone))
        return local.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if days else datetime.min.replace(tzinfo=UTC)


def list_events(
    filters: AuditFilters, *, after: str | None = None, before: str | None = None, size: int = PAGE
) -> Page:
    """What was done, newest first."""
    keys = (AuditEvent.at, AuditEvent.sequence)
    statement = _filtered(AuditEvent, filters)
    return page_of(statement, keys, after=after, before=before, size=size, descending=True)


def list_views(filters: AuditFilters, *, after: str | None = None, before: str | None = None) -> Page:
    """What was looked at, newest first."""
    keys = (AuditView.at, AuditView.id)
    return page_of(_filtered(AuditView, filters), keys, after=after, before=before, descending=True)


def count_events(filters: AuditFilters) -> int:
    return counted(_filtered(AuditEvent, filters))


def count_views(filters: AuditFilters) -> int:
    return counted(_filtered(AuditView, filters))


def every_event(filters: AuditFilters) -> Iterator[Row[Any]]:
    """All that was done under these filters, newest first, read in portions."""
    after: str | None = None
    while True:
        page = list_events(filters, after=after, size=EXPORT_AT_ONCE)
        yield from page.rows
        after = page.next
        if after is None:
            return


def find_event(event_id: UUID) -> AuditEvent | None:
    return db.session.scalar(select(AuditEvent).where(AuditEvent.id == event_id))


def together_with(event: AuditEvent, most: int = 50) -> list[Row[Any]]:
    """What else the same request of a browser or program did, in its order."""
    if event.correlation_id is None:
        return []
    # By its time first, which an index serves: a request's rows are written in one go.
    return list(
        db.session.execute(
            select(*_columns(AuditEvent))
            .where(
                AuditEvent.at.between(event.at - timedelta(minutes=1), event.at + timedelta(minutes=1)),
                AuditEvent.correlation_id == event.correlation_id,
                AuditEvent.id != event.id,
            )
            .order_by(AuditEvent.sequence)
            .limit(most)
        )
    )


def people_to_choose() -> list[tuple[str, str]]:
    """Who may be asked for: staff by name, and those who are named by what they are."""
    rows = db.session.execute(
        select(Membership.user_id, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.role != "client")
        .order_by(User.name, Membership.user_id)
    )
    staff = [(str(user_id), name) for user_id, name in rows]
    return [*staff, ("client", "Any client"), ("super", ROLES["super"]), ("system", ROLES["system"])]


_NAMES: dict[str, Any] = {
    "client_id": Client.name,
    "service_id": Service.name,
    "office_id": Office.name,
    "job_template_id": JobTemplate.name,
}


def names_of(fields: dict[str, Any]) -> dict[str, str]:
    """What the ids among these values are called now: id → name."""
    found: dict[str, str] = {}
    for name, value in fields.items():
        key = _as_id(value)
        if key is None:
            continue
        if name in _NAMES:
            column = _NAMES[name]
            called = db.session.scalar(select(column).where(column.class_.id == key))
        elif name in {"assignee_id", "accountant_id"}:
            called = db.session.scalar(
                select(User.name).join(Membership, Membership.user_id == User.id).where(Membership.id == key)
            )
        else:
            continue
        if called:
            found[str(value)] = called
    return found


def _as_id(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
