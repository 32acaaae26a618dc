"""A worker that sleeps longer than its lease, between *sending* and the first byte, and then wakes."""

from pathlib import Path

import pytest

from tests.proof.invariant import doubled
from tests.proof.site import Site
from tests.support.stack import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]
KEY_LIVES = 360


def sleeps_through_its_lease(site: Site, build: str, nap: Path) -> list[str]:
    """The references that have two jobs when the sleeper, awake again, has done all it will do."""
    nap.touch()
    (piece,) = site.receive(1, "NAP")
    site.stack.start("clock")
    # What the clock plans at its start is done first: the sleeper shall have nothing else in its hands.
    site.stack.start("worker", "early")
    wait_until(lambda: _by_the_clock(site) == {"done"}, 60, "the clock's own work is done")
    site.stack.stop("early")
    site.stack.build = f"{build},naps_before_a_project"
    pid = site.stack.start("worker", "sleeper", NAP_FILE=str(nap))
    site.assign([piece])
    stat = Path(f"/proc/{pid}/stat")
    wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", 60, "the worker is asleep")
    site.stack.start("worker", "other", NAP_FILE=str(nap))
    site.settled("NAP", 60)
    # Xero has forgotten the key by then: only we can hold the sleeper back.
    site.simulator.advance(KEY_LIVES + 60)
    seen = len(site.calls())
    site.stack.wake("sleeper")
    wait_until(
        lambda: "taken over" in site.stack.log("sleeper") or len(site.calls()) > seen, 30, "the sleeper is up"
    )
    site.stack.stop("sleeper")
    return doubled(site.simulator.state(newest=0), [piece])


def _by_the_clock(site: Site) -> set[str]:
    """The states of what the clock has planned."""
    rows = site.rows.ask("select distinct state from operations where requested_by like '%by the clock'")
    return {str(state) for (state,) in rows}


def test_the_sleeper_sends_nothing(site: Site, tmp_path: Path) -> None:
    assert sleeps_through_its_lease(site, "generous", tmp_path / "nap") == []


@pytest.mark.proof
def test_without_the_fence_it_sends_a_second(site: Site, tmp_path: Path) -> None:
    assert sleeps_through_its_lease(site, "generous,no_fence", tmp_path / "nap") == ["NAP-0"]
