"""What the waiting work will need, whether it fits into today, and when it is done. Figures only.

The rules are the governor's (`app.sync.governor`): so many calls in any 60 seconds, so many in a day, a part of the
day kept for people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from app.sync.governor import Limits, Usage

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Work:
    """Open operations of one kind. `moving` can go on by themselves, `people` of them at a person's wish; `blocked`
    wait for a person to mend something. `each`: calls that one needs, learnt from `learnt_from` finished ones (0:
    assumed)."""

    kind: str
    moving: int
    blocked: int
    people: int
    each: float
    learnt_from: int

    @property
    def calls(self) -> int:
        """What those that can go on need, about."""
        return ceil(self.moving * self.each)

    @property
    def calls_when_mended(self) -> int:
        """What the blocked ones need once they can go on, about."""
        return ceil(self.blocked * self.each)


@dataclass(frozen=True)
class Forecast:
    """`calls` needed in all, `today` of them before the day starts again and `later` after it; `fits`: whether that
    is none (None: it is not known what is left). `minutes`: how long it takes at the limit of the minute from
    `begins_at` on. `done_at` is None where it cannot be said, or there is nothing to do."""

    operations: int
    blocked: int
    calls: int
    today: int
    later: int
    fits: bool | None
    minutes: int
    begins_at: datetime
    done_at: datetime | None


def reserve_of(day_limit: int | None) -> int:
    """The calls of a day that bulk work leaves to people."""
    return ceil((day_limit or 0) * Limits().day_reserve)


def forecast(work: Sequence[Work], usage: Usage | None, at: datetime) -> Forecast:
    """What becomes of this work from this instant on. `usage` None: the counter does not answer, so nothing is sent
    and no end can be told."""
    calls = sum(one.calls for one in work)
    moving, blocked = sum(one.moving for one in work), sum(one.blocked for one in work)
    if usage is None:
        return Forecast(moving, blocked, calls, 0, 0, None, 0, at, None)
    begins = max(at, usage.blocked_until or at)
    today = calls if usage.day_left is None else _today(work, calls, usage)
    later = calls - today
    minutes = _minutes(today, usage.minute_used if begins == at else 0, usage.minute_limit)
    done = begins + minutes * MINUTE if calls else None
    if later:
        done = _after_reset(later, usage)
    fits = None if usage.day_left is None else later == 0
    return Forecast(moving, blocked, calls, today, later, fits, minutes, begins, done)


def _today(work: Iterable[Work], calls: int, usage: Usage) -> int:
    """How many of the calls are made before the day starts again: people's all of what is left, the rest without
    what is kept."""
    left = usage.day_left or 0
    wished = min(calls, sum(ceil(one.people * one.each) for one in work))
    for_people = min(wished, left)
    for_bulk = max(0, left - for_people - reserve_of(usage.day_limit))
    return for_people + min(calls - wished, for_bulk)


def _minutes(calls: int, used: int, limit: int) -> int:
    return ceil((calls + used) / limit) if calls else 0


def _after_reset(later: int, usage: Usage) -> datetime | None:
    a_day = (usage.day_limit or 0) - reserve_of(usage.day_limit)
    if usage.day_ends_by is None or a_day <= 0:
        return None
    whole_days, rest = divmod(later - 1, a_day)
    return usage.day_ends_by + whole_days * DAY + _minutes(rest + 1, 0, usage.minute_limit) * MINUTE
