"""F6: three organisations with Xero's limits switched on, more work than a minute holds, Redis wiped in the middle."""

import time
from typing import Any

import pytest
from redis import Redis

from tests.proof.practices import Piece, Practice
from tests.proof.site import Site
from tests.support.stack import wait_until

pytestmark = [pytest.mark.proof, pytest.mark.fault, pytest.mark.timeout(420)]
EACH = 26
"""About 120 calls for each organisation: two minutes' worth."""


def work_within_limits(site: Site, window: str, *, wipe: bool) -> tuple[list[dict[str, Any]], list[Piece]]:
    """The calls that were made until every request of three practices had its job."""
    site.simulator.limits(enabled=True, minute=60, day=5000, app_minute=10_000, concurrent=5, window=window)
    pieces = [
        (practice, piece)
        for place, practice in enumerate(site.practices)
        for piece in practice.receive(EACH, f"F6p{place}", clients=EACH // 4)
    ]
    for practice, piece in pieces:
        practice.assign(piece)
    crowd = site.crowd(workers=2)
    if wipe:
        wait_until(lambda: site.rows.states("F6").get("done", 0) >= 9, 60, "it is under way")
        time.sleep(1)
        with Redis.from_url(site.redis.url) as redis:
            redis.flushall()
    site.settled("F6", 300, crowd)
    for practice in site.practices:
        own = [piece for one, piece in pieces if one is practice]
        _judge(site, practice, own)
    return site.calls(), [piece for _, piece in pieces]


def _judge(site: Site, practice: Practice, pieces: list[Piece]) -> None:
    from tests.proof.invariant import judge

    verdict = judge(site.simulator.state(newest=0), pieces, practice.tasks)
    assert verdict.holds, str(verdict)


def refused(calls: list[dict[str, Any]]) -> list[str]:
    return [f"{call['organisation']} {call['time']}" for call in calls if call["status"] == 429]


@pytest.mark.parametrize("window", ["fixed", "rolling"])
@pytest.mark.parametrize("wipe", [False, True], ids=["left alone", "Redis wiped"])
def test_no_call_is_refused(site: Site, window: str, wipe: bool) -> None:
    site.stack.build = ""
    began = time.monotonic()
    calls, _ = work_within_limits(site, window, wipe=wipe)
    took = time.monotonic() - began
    print(
        f"\n{window}{', wiped' if wipe else ''}: {len(calls)} calls in {took:.0f} s, refused {len(refused(calls))}"
    )
    # After a wipe one call learns how things stand; each organisation may be told once.
    assert len(refused(calls)) <= (len(site.practices) if wipe else 0), refused(calls)


def test_without_the_governor_calls_are_refused(site: Site) -> None:
    site.stack.build = "no_governor"
    site.simulator.limits(enabled=True, minute=20, day=5000, app_minute=10_000, concurrent=5)
    pieces = site.receive(8, "F6")
    site.assign(pieces)
    site.stack.start("worker")
    site.stack.start("clock")
    wait_until(lambda: refused(site.calls()), 60, "a call is refused")
