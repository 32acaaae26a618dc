"""`GET /api/usage`: the usage page for programs."""

import datetime as dt

from pydantic import Field

from app.api.endpoint import endpoint
from app.api.shapes import Answer
from app.auth.viewer import the_company
from app.usage.blueprint import bp
from app.usage.report import Report, State, make_report


class MinuteOut(Answer):
    """Calls in any 60 seconds."""

    used: int
    left: int
    limit: int
    free_at: dt.datetime | None = Field(description="When there is room again; null where there is room now.")


class DayOut(Answer):
    """Calls of Xero's day for this organisation, other programs' among them. Null where Xero has not told yet."""

    used: int | None
    left: int | None
    limit: int | None
    kept_for_people: int | None = Field(description="Bulk work leaves so many of the limit alone.")
    ends_by: dt.datetime | None = Field(description="It starts again then at the latest.")


class CountsOut(Answer):
    """Our own calls by how they went."""

    fine: int
    refused: int = Field(description="By one of Xero's limits.")
    failed: int


class DayOfCalls(CountsOut):
    """One day in the practice's time zone."""

    date: dt.date


class WorkOut(Answer):
    """Open operations of one kind."""

    kind: str = Field(examples=["job.create"])
    moving: int = Field(description="Queued, being sent or to be tried again.")
    blocked: int = Field(description="Waiting until a person mends something; not in `calls`.")
    calls_each: float
    learnt_from: int = Field(description="Finished operations behind `calls_each`; 0: it is assumed.")
    calls: int


class ForecastOut(Answer):
    """What the work that is moving needs."""

    calls: int
    calls_today: int
    calls_later: int = Field(description="They do not fit into today.")
    fits_today: bool | None = Field(description="Null where it is not known how many calls are left.")
    begins_at: dt.datetime
    done_at: dt.datetime | None = Field(description="About; null where it cannot be said, or nothing waits.")


class UsageOut(Answer):
    """A practice's calls to Xero: used, left, and needed by what waits."""

    state: State
    at: dt.datetime
    minute: MinuteOut | None = Field(description="Null without a connection, or when the counter is away.")
    day: DayOut | None
    paused_until: dt.datetime | None
    being_sent: int | None
    last_hour: CountsOut
    days: list[DayOfCalls] = Field(description="The last 14 days, oldest first.")
    queue: list[WorkOut]
    forecast: ForecastOut


@bp.get("/api/usage")
@endpoint(summary="Calls used, left and needed", tag="Xero", answer=UsageOut)
def figures() -> UsageOut:
    """Nothing is asked of Xero for it."""
    return written(make_report(the_company().time_zone))


def written(report: Report) -> UsageOut:
    usage, coming = report.usage, report.forecast
    return UsageOut(
        state=report.state,
        at=report.at,
        minute=_minute(report),
        day=_day(report),
        paused_until=usage.blocked_until if usage else None,
        being_sent=usage.in_flight if usage else None,
        last_hour=CountsOut.model_validate(report.calls.last_hour),
        days=[
            DayOfCalls(date=day, fine=counts.fine, refused=counts.refused, failed=counts.failed)
            for day, counts in report.calls.days
        ],
        queue=[
            WorkOut(
                kind=one.kind,
                moving=one.moving,
                blocked=one.blocked,
                calls_each=round(one.each, 2),
                learnt_from=one.learnt_from,
                calls=one.calls,
            )
            for one in report.work
        ],
        forecast=ForecastOut(
            calls=coming.calls,
            calls_today=coming.today,
            calls_later=coming.later,
            fits_today=coming.fits,
            begins_at=coming.begins_at,
            done_at=coming.done_at,
        ),
    )


def _minute(report: Report) -> MinuteOut | None:
    usage = report.usage
    if usage is None:
        return None
    return MinuteOut(
        used=usage.minute_used,
        left=report.minute_left or 0,
        limit=usage.minute_limit,
        free_at=report.minute_free_at,
    )


def _day(report: Report) -> DayOut | None:
    usage = report.usage
    if usage is None:
        return None
    return DayOut(
        used=usage.day_used,
        left=usage.day_left,
        limit=usage.day_limit,
        kept_for_people=report.reserve,
        ends_by=usage.day_ends_by,
    )
