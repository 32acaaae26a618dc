"""Counting the stream: whatever the order, what never came is missing, and nothing else."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as some

from app.sync.webhooks.sequence import BEGUN_ANEW, Count, Missing, count_on, still_missing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def counted(posts: list[tuple[int, int]]) -> list[Missing]:
    """The gaps after these deliveries, in this order; each happened at the minute of its last number."""
    count, gaps = Count(), list[Missing]()
    for first, last in posts:
        gaps = [left for gap in gaps for left in still_missing(gap, first, last)]
        count, missing = count_on(count, first, last, NOON + timedelta(seconds=last))
        gaps += [missing] if missing else []
    return gaps


def test_a_gap_is_between_its_neighbours():
    count, missing = count_on(Count(4, at(2)), 8, 9, at(5))
    assert (count, missing) == (Count(9, at(5)), Missing(5, 7, at(2), at(5)))


def test_what_says_nothing_of_the_order_changes_nothing():
    count = Count(9, NOON)
    for first, last in ((0, 0), (5, 3), (-1, 4), (2, 9), (9, 9)):
        assert count_on(count, first, last, at(1)) == (count, None)
    assert count_on(Count(), 70, 71, NOON) == (Count(71, NOON), None)


def test_a_webhook_that_was_made_anew_begins_at_one():
    later = NOON + BEGUN_ANEW + timedelta(seconds=1)
    assert count_on(Count(900, NOON), 1, 2, later) == (Count(2, later), None)
    assert count_on(Count(900, NOON), 1, 2, NOON + BEGUN_ANEW) == (Count(900, NOON), None)


@given(some.integers(0, 10_000), some.integers(1, 60), some.floats(0, 0.5), some.booleans())
def test_what_never_came_is_what_is_missing(seed: int, size: int, lost: float, doubled: bool):
    random, posts, number = Random(seed), list[tuple[int, int]](), 1
    while number <= size:
        last = min(size, number + random.randrange(3))
        posts.append((number, last))
        number = last + 1
    came = [posts[0], *(one for one in posts[1:-1] if random.random() >= lost), posts[-1]]
    if doubled:
        came += random.choices(came, k=5)
    first, *rest = came
    random.shuffle(rest)
    expected = set(range(1, size + 1)) - {n for a, b in came for n in range(a, b + 1)}
    assert {n for gap in counted([first, *rest]) for n in range(gap.first, gap.last + 1)} == expected
