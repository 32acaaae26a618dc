"""What waiting work needs, and when it is done: figures against the governor's rules."""

from datetime import UTC, datetime, timedelta

import pytest

from app.sync.governor import Usage
from app.usage.forecast import Forecast, Work, forecast, reserve_of

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
RESET = AT + timedelta(hours=5)
MINUTE = timedelta(minutes=1)


def jobs(moving: int, each: float = 4.0, *, people: int = 0, blocked: int = 0) -> Work:
    return Work("job.create", moving, blocked, people, each, 20)


def standing(**like: object) -> Usage:
    usual = {
        "minute_used": 0,
        "minute_limit": 60,
        "day_used": 0,
        "day_left": 5000,
        "day_limit": 5000,
        "day_ends_by": RESET,
        "blocked_until": None,
        "in_flight": 0,
    }
    return Usage(**{**usual, **like})  # type: ignore[arg-type]


def told(work: list[Work], **like: object) -> Forecast:
    return forecast(work, standing(**like), AT)


def test_a_few_jobs_are_done_within_the_minute():
    found = told([jobs(12)])
    assert (found.operations, found.calls, found.today, found.later, found.fits) == (12, 48, 48, 0, True)
    assert found.done_at == AT + MINUTE


@pytest.mark.parametrize(
    ("calls", "used", "minutes"), [(60, 0, 1), (61, 0, 2), (5, 55, 1), (6, 55, 2), (4000, 0, 67)]
)
def test_sixty_a_minute(calls: int, used: int, minutes: int):
    assert told([jobs(calls, 1.0)], minute_used=used).minutes == minutes


def test_parts_of_calls_are_rounded_up():
    assert told([jobs(3, 4.1)]).calls == 13


@pytest.mark.parametrize(
    ("left", "people", "today"),
    [
        (1000, 0, 400),  # 500 of 5,000 are kept: bulk may go down to them
        (900, 0, 400),
        (899, 0, 399),
        (500, 0, 0),
        (500, 100, 400),  # people may use what is kept
        (300, 100, 300),
        (700, 50, 200),  # 200 for people leave 500: bulk has none of the kept ones
        (600, 50, 200),
    ],
)
def test_the_days_reserve_is_for_people(left: int, people: int, today: int):
    found = told([jobs(100, people=people)], day_left=left)
    assert (found.today, found.later, found.fits) == (today, 400 - today, today == 400)


def test_what_does_not_fit_goes_after_the_day_starts_again():
    found = told([jobs(100)], day_left=500)
    assert found.done_at == RESET + 7 * MINUTE


def test_what_fills_several_days_takes_several_days():
    found = told([jobs(10_000, 1.0)], day_left=500)
    assert found.later == 10_000
    assert (
        found.done_at == RESET + timedelta(days=2) + 17 * MINUTE
    )  # 4,500 a day without the reserve, then 1,000


def test_an_organisation_of_a_thousand_a_day():
    assert reserve_of(1000) == 100
    assert told([jobs(250)], day_left=1000, day_limit=1000).later == 100


def test_a_pause_puts_it_off():
    until = AT + timedelta(seconds=40)
    found = told([jobs(12)], blocked_until=until, minute_used=60)
    assert (found.begins_at, found.done_at) == (until, until + MINUTE)


def test_blocked_work_is_not_counted():
    found = told([jobs(0, blocked=8)])
    assert (found.operations, found.blocked, found.calls, found.done_at) == (0, 8, 0, None)
    assert jobs(0, blocked=8).calls_when_mended == 32


def test_what_xero_has_not_told_is_not_promised():
    found = told([jobs(12)], day_left=None, day_limit=None, day_used=None, day_ends_by=None)
    assert (found.fits, found.today, found.done_at) == (None, 48, AT + MINUTE)


def test_without_the_counter_no_end_is_told():
    found = forecast([jobs(12)], None, AT)
    assert (found.calls, found.fits, found.done_at) == (48, None, None)
