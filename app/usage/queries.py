"""What the usage page reads: four statements, each over one practice's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ColumnElement, DateTime, func, literal, select, union_all

from app.extensions import db
from app.models import Invoice, Operation, XeroCall
from app.models.operation import INTERACTIVE, OPEN_STATES
from app.sync.operations import (
    CHANGE_INVOICE,
    CHECK_CONNECTION,
    CREATE_JOB,
    IMPORT_CONTACTS,
    MAKE_FOLDER,
    MAKE_TRACKING,
    PREVIEW_CONTACTS,
    PUSH_DOCUMENT,
    READ_INVOICES,
    READ_LISTS,
    READ_STAFF,
    READ_TIME,
    SEND_INVOICES,
    UNDO_CONTACTS,
)
from app.usage.forecast import Work
from app.xero.accounting.calls import BATCH

DAYS = 14
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LEARNT_FROM = 20
"""From how many of the last finished operations of a kind its calls are learnt."""
ASSUMED = {
    CREATE_JOB: 6.0,
    READ_STAFF: 1.0,
    CHECK_CONNECTION: 1.0,
    PREVIEW_CONTACTS: 2.0,
    IMPORT_CONTACTS: 1.0,
    UNDO_CONTACTS: 0.0,
    PUSH_DOCUMENT: 2.0,
    MAKE_FOLDER: 2.0,
    READ_LISTS: 6.0,
    MAKE_TRACKING: 3.0,
    SEND_INVOICES: 2.0,
    CHANGE_INVOICE: 2.0,
    READ_INVOICES: 1.0,
    READ_TIME: 2.0,
}
"""Calls of a kind that has not run yet: a job is its contact looked for and made, itself, and three tasks."""
ASSUMED_OF_OTHERS = 4.0


@dataclass(frozen=True)
class Counts:
    """Calls by how they went: answered, refused by one of Xero's limits, failed otherwise."""

    fine: int = 0
    refused: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.fine + self.refused + self.failed

    @property
    def parts(self) -> tuple[int, int, int]:
        return self.fine, self.refused, self.failed


NONE = Counts()


@dataclass(frozen=True)
class Calls:
    """Our own log. `days`: one for each of the last `DAYS` in the practice's time zone, oldest first, today last.

    `first_of_minute` and `last`: when the oldest call of the last 60 seconds, and the newest of all these days, was
    made.
    """

    days: list[tuple[date, Counts]]
    last_hour: Counts
    first_of_minute: datetime | None
    last: datetime | None

    @property
    def total(self) -> int:
        return sum(counts.total for _, counts in self.days)


def calls(time_zone: str, at: datetime) -> Calls:
    """The practice's calls of the last days, as they stood at this instant.

    All are counted from the index on time alone, and what went wrong, which is little, from the index of its own:
    70,000 rows with their bodies are not read.
    """
    today = at.astimezone(ZoneInfo(time_zone)).date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    midnights = [datetime.combine(day, time.min, ZoneInfo(time_zone)) for day in days]
    # Found among fourteen midnights, a row's day costs a third of what converting its instant does.
    day = func.width_bucket(XeroCall.at, literal(midnights, ARRAY(DateTime(timezone=True)))).label("day")
    lately = XeroCall.at > at - HOUR
    rows = db.session.execute(
        select(
            day,
            func.count(),
            func.count().filter(lately),
            func.min(XeroCall.at).filter(XeroCall.at > at - MINUTE),
            func.max(XeroCall.at),
        )
        .where(XeroCall.at >= midnights[0])
        .group_by(day)
    ).all()
    wrong, wrong_lately = _went_wrong(midnights[0], day, lately)
    made = {row[0]: row[1] for row in rows}
    return Calls(
        [(one, _counts(made.get(n, 0), wrong.get(n, NONE))) for n, one in enumerate(days, start=1)],
        _counts(sum(row[2] for row in rows), wrong_lately),
        min((row[3] for row in rows if row[3]), default=None),
        max((row[4] for row in rows), default=None),
    )


def _counts(made: int, wrong: Counts) -> Counts:
    # A call written between the two statements must not make a figure below nought.
    return Counts(max(0, made - wrong.total), wrong.refused, wrong.failed)


def _went_wrong(
    begin: datetime, day: ColumnElement[int], lately: ColumnElement[bool]
) -> tuple[dict[int, Counts], Counts]:
    """Calls with an error by the number of their day, and those of the last hour."""
    count, refused = func.count(), XeroCall.error_code.startswith("limit_")
    rows = db.session.execute(
        select(
            day,
            count.filter(refused),
            count.filter(~refused),
            count.filter(refused, lately),
            count.filter(~refused, lately),
        )
        .where(XeroCall.at >= begin, XeroCall.error_code.is_not(None))
        .group_by(day)
    ).all()
    by_day = {row[0]: Counts(0, row[1], row[2]) for row in rows}
    return by_day, Counts(0, sum(row[3] for row in rows), sum(row[4] for row in rows))


def waiting_work() -> list[Work]:
    """The open operations by kind, most first, each kind with the calls that one of it needs."""
    blocked = Operation.state == "waiting"
    count = func.count(Operation.id)
    rows = db.session.execute(
        select(
            Operation.kind,
            count.filter(~blocked),
            count.filter(blocked),
            count.filter(~blocked, Operation.priority <= INTERACTIVE),
        )
        .where(Operation.state.in_(OPEN_STATES))
        .group_by(Operation.kind)
        .order_by(count.desc(), Operation.kind)
    ).all()
    learnt = _calls_each([row[0] for row in rows])
    found = []
    for kind, moving, waiting, people in rows:
        each, learnt_from = learnt.get(kind, (ASSUMED.get(kind, ASSUMED_OF_OTHERS), 0))
        if kind == SEND_INVOICES:
            each = max(each, _calls_to_send())
        found.append(Work(kind, moving, waiting, people, each, learnt_from))
    return found


def _calls_to_send() -> float:
    """One operation sends all that wait, fifty a call."""
    waiting = select(func.count(Invoice.id)).where(
        Invoice.push_state == "to_send", Invoice.ended_at.is_(None)
    )
    return float(ceil((db.session.scalar(waiting) or 0) / BATCH))


def _calls_each(kinds: Sequence[str]) -> dict[str, tuple[float, int]]:
    """Kind → the calls that one took lately on average, and of how many.

    Operations whose calls are no longer in the log are left out.
    """
    if not kinds:
        return {}
    latest = [
        select(Operation.id, Operation.kind)
        .where(Operation.kind == kind, Operation.state == "done")
        .order_by(Operation.created_at.desc(), Operation.id)
        .limit(LEARNT_FROM)
        .subquery()
        for kind in kinds
    ]
    recent = union_all(*(select(one.c.id, one.c.kind) for one in latest)).subquery()
    finished = func.count(recent.c.id.distinct())
    rows = db.session.execute(
        select(recent.c.kind, func.count(XeroCall.id), finished)
        .join(XeroCall, XeroCall.operation_id == recent.c.id)
        .group_by(recent.c.kind)
    ).all()
    return {kind: (made / of, of) for kind, made, of in rows}
