"""The count of the stream: which numbers have come, which are missing. Plain figures, no rows.

Xero numbers the events of an application's webhook one after the other, all organisations together (facts 8: inferred,
so nothing here refuses what does not fit; at worst a gap is read for in vain).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

BEGUN_ANEW = timedelta(minutes=5)
"""A smaller number of something that happened so much later than the highest number is not late: the webhook was made
anew at Xero."""


@dataclass(frozen=True)
class Missing:
    """Numbers that did not come, both ends included, of what happened between the two moments."""

    first: int
    last: int
    after: datetime
    before: datetime


@dataclass(frozen=True)
class Count:
    """The highest number seen, and when what it told of happened; None before the first one."""

    highest: int | None = None
    at: datetime | None = None


def count_on(count: Count, first: int, last: int, at: datetime) -> tuple[Count, Missing | None]:
    """The count after a delivery of the numbers `first` to `last`, of which the latest happened `at`; and what is
    missing before it."""
    if not 0 < first <= last:
        return count, None
    if count.highest is None or count.at is None:
        return Count(last, at), None
    if last <= count.highest:
        return (Count(last, at) if at - count.at > BEGUN_ANEW else count), None
    missing = None
    if first > count.highest + 1:
        missing = Missing(count.highest + 1, first - 1, min(count.at, at), max(count.at, at))
    return Count(last, max(count.at, at)), missing


def still_missing(gap: Missing, first: int, last: int) -> list[Missing]:
    """What is left of the gap after the numbers `first` to `last` came late: none, one or two gaps; the gap itself
    when they are not of it."""
    if not 0 < first <= last or last < gap.first or first > gap.last:
        return [gap]
    sides = (
        replace(gap, last=first - 1) if first > gap.first else None,
        replace(gap, first=last + 1) if last < gap.last else None,
    )
    return [side for side in sides if side]
