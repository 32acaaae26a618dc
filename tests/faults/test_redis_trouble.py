"""F2: Redis is emptied, killed, away or full while requests are pending; they are all carried out, and people go on
assigning."""

import time
from collections.abc import Callable
from statistics import median

import pytest
from redis import Redis

from tests.proof.practices import Piece
from tests.proof.site import Site
from tests.support.stack import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]
PENDING = 24


def flushed(site: Site) -> Callable[[], None]:
    with Redis.from_url(site.redis.url) as redis:
        redis.flushall()
    return lambda: None


def killed(site: Site) -> Callable[[], None]:
    site.redis.kill()
    return site.redis.start


def wiped(site: Site) -> Callable[[], None]:
    """Killed, and its disk is gone with it."""
    site.redis.kill()
    for file in site.redis.folder.glob("appendonlydir/*"):
        file.unlink()
    return site.redis.start


def full(site: Site) -> Callable[[], None]:
    """No memory left: `noeviction` refuses every write."""
    with Redis.from_url(site.redis.url) as redis:
        redis.config_set("maxmemory", 1)

    def room() -> None:
        with Redis.from_url(site.redis.url) as redis:
            redis.config_set("maxmemory", 0)

    return room


def assigned(site: Site, pieces: list[Piece]) -> float:
    """Assign them; the median seconds one took."""
    took = []
    for piece in pieces:
        began = time.monotonic()
        site.practices[0].assign(piece)
        took.append(time.monotonic() - began)
    return median(took)


def trouble_while_pending(
    site: Site, trouble: Callable[[Site], Callable[[], None]], pending: int, away: float
) -> None:
    before, meanwhile = site.receive(pending, "F2a"), site.receive(pending // 2, "F2b")
    crowd = site.crowd(workers=2)
    quick = assigned(site, before)
    wait_until(lambda: site.rows.states("F2a").get("done", 0) >= 2, 60, "work has begun")
    mend = trouble(site)
    slow = assigned(site, meanwhile)
    until = time.monotonic() + away
    while time.monotonic() < until:
        crowd.tend()
        time.sleep(0.1)
    mend()
    site.settled("F2", 120, crowd)
    verdict = site.verdict(before + meanwhile)
    assert verdict.holds, str(verdict)
    assert site.rows.states("F2") == {"done": len(before + meanwhile)}
    assert slow <= 2 * quick + 0.1, f"assigning took {slow:.3f} s instead of {quick:.3f} s"


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(flushed, id="flushed"),
        pytest.param(full, id="full"),
        pytest.param(killed, id="killed", marks=pytest.mark.proof),
        pytest.param(wiped, id="wiped", marks=pytest.mark.proof),
    ],
)
def test_pending_requests_survive(site: Site, trouble: Callable[[Site], Callable[[], None]]) -> None:
    trouble_while_pending(site, trouble, PENDING, away=2)


@pytest.mark.proof
@pytest.mark.parametrize("trouble", [flushed, killed, full], ids=lambda trouble: trouble.__name__)
def test_many_survive_a_long_one(site: Site, trouble: Callable[[Site], Callable[[], None]]) -> None:
    trouble_while_pending(site, trouble, 100, away=20)


@pytest.mark.proof
def test_without_the_rows_a_flush_loses_work(site: Site) -> None:
    """The weakened build: what is not in Redis is not anywhere."""
    site.stack.build = "generous,no_outbox"
    pieces = site.receive(6, "F2")
    site.assign(pieces)
    flushed(site)
    crowd = site.crowd()
    with pytest.raises(AssertionError, match="all is decided"):
        site.settled("F2", 10, crowd)
    assert len(site.verdict(pieces).lost) == 6
