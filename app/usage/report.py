"""Everything about a practice's calls at one instant, for the page and for its JSON twin."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.models import Connection, now
from app.sync.connections import current_connection, governor
from app.sync.governor import Usage
from app.usage import queries
from app.usage.forecast import MINUTE, Forecast, Work, forecast, reserve_of

State = Literal[
    "not_connected",
    "needs_admin",
    "counter_away",
    "day_used_up",
    "paused",
    "only_people",
    "nothing_yet",
    "ok",
]


@dataclass(frozen=True)
class Report:
    """`usage`: as the governor counts, None without a connection or when Redis is away."""

    state: State
    at: datetime
    connection: Connection | None
    usage: Usage | None
    calls: queries.Calls
    work: list[Work]
    forecast: Forecast

    @property
    def minute_left(self) -> int | None:
        return max(0, self.usage.minute_limit - self.usage.minute_used) if self.usage else None

    @property
    def minute_free_at(self) -> datetime | None:
        """When the minute has room again; None: it has room now, or the counter is away."""
        if self.usage is None or self.minute_left:
            return None
        # A call of another program of theirs is not in our log: then it is a minute at most.
        return (self.calls.first_of_minute or self.at) + MINUTE

    @property
    def reserve(self) -> int | None:
        """Calls of the day that are kept for people."""
        return reserve_of(self.usage.day_limit) if self.usage and self.usage.day_limit else None


def make_report(time_zone: str) -> Report:
    """The report of the company in whose scope we are; days are those of this time zone."""
    at = now()
    connection = current_connection()
    usage = governor().snapshot(connection.xero_tenant_id) if connection else None
    calls, work = queries.calls(time_zone, at), queries.waiting_work()
    state = _state(connection, usage, calls, at)
    return Report(state, at, connection, usage, calls, work, forecast(work, usage, at))


def _state(connection: Connection | None, usage: Usage | None, calls: queries.Calls, at: datetime) -> State:
    if connection is None:
        return "not_connected"
    if not connection.is_live:
        return "needs_admin"
    if usage is None:
        return "counter_away"
    if usage.day_left == 0:
        return "day_used_up"
    if usage.blocked_until and usage.blocked_until > at:
        return "paused"
    if usage.day_left is not None and usage.day_left <= reserve_of(usage.day_limit):
        return "only_people"
    return "ok" if calls.total or usage.day_left is not None else "nothing_yet"
