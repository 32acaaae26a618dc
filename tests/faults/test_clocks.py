"""F7: two clocks, none, one that is killed, one whose own time is wrong: each period is run once, by one of them."""

import time
from collections import defaultdict
from pathlib import Path

import pytest

from tests.proof.site import Site
from tests.support.stack import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]
PERIOD = 1.0
ENTRIES = 3
BUILD = "quick_periods,notes_periods"


class Periods:
    """What the clocks have run, as they wrote it down themselves."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.file = site, folder / "periods"

    def start(self, name: str, build: str = BUILD) -> int:
        self.site.stack.build = build
        return self.site.stack.start("clock", name, PERIODS_FILE=str(self.file))

    def lines(self) -> list[tuple[float, str, int]]:
        if not self.file.exists():
            return []
        split = [line.rsplit(" ", 1) for line in self.file.read_text().splitlines()]
        return [(float(left.split(" ", 1)[0]), left.split(" ", 1)[1], int(pid)) for left, pid in split]

    def too_soon(self) -> list[str]:
        """Entries that ran twice in one period. The file is written a moment after the row was taken."""
        last: dict[str, float] = {}
        found = []
        for at, name, pid in sorted(self.lines()):
            if name in last and at - last[name] < PERIOD - 0.3:
                found.append(f"{name} after {at - last[name]:.2f} s by {pid}")
            last[name] = at
        return found

    def runs(self) -> dict[str, int]:
        counted: dict[str, int] = defaultdict(int)
        for _, name, _ in self.lines():
            counted[name] += 1
        return counted

    def clocks(self) -> set[int]:
        return {pid for _, _, pid in self.lines()}

    def wait_for(self, runs: int, seconds: float = 40) -> None:
        def enough() -> bool:
            counted = self.runs()
            return len(counted) >= ENTRIES and min(counted.values()) >= runs

        wait_until(enough, seconds, f"every entry has run {runs} times: {dict(self.runs())}")


@pytest.fixture
def periods(site: Site, tmp_path: Path) -> Periods:
    return Periods(site, tmp_path)


@pytest.mark.proof
def test_two_clocks_tick_as_one(periods: Periods) -> None:
    periods.start("clock 1")
    periods.start("clock 2")
    periods.wait_for(4)
    assert periods.too_soon() == []
    assert len(periods.clocks()) == 1, "the second stands by"


def test_the_second_takes_over_when_the_first_is_killed(periods: Periods, site: Site) -> None:
    names = {periods.start(name): name for name in ("clock 1", "clock 2")}
    periods.wait_for(2)
    (first,) = periods.clocks()
    site.stack.kill(names[first])
    killed_at, before = time.monotonic(), min(periods.runs().values())
    periods.wait_for(before + 2)
    assert time.monotonic() - killed_at <= 15
    assert periods.clocks() == set(names)
    assert periods.too_soon() == []


def test_no_clock_for_a_while_and_each_entry_catches_up_once(periods: Periods, site: Site) -> None:
    periods.start("clock 1")
    periods.wait_for(2)
    site.stack.kill("clock 1")
    runs = dict(periods.runs())
    time.sleep(3 * PERIOD)  # three periods are missed
    assert dict(periods.runs()) == runs
    periods.start("clock 2")
    wait_until(lambda: all(periods.runs()[name] > runs[name] for name in runs), 40, "all have caught up")
    assert periods.too_soon() == [], "once, not once for each period that was missed"


@pytest.mark.proof
def test_a_clock_an_hour_slow_keeps_the_databases_time(periods: Periods) -> None:
    """Its own time goes back by an hour, as at the end of summer time; then a right one takes over."""
    periods.start("slow clock", f"{BUILD},an_hour_slow")
    periods.wait_for(3)
    periods.site.stack.kill("slow clock")
    runs = min(periods.runs().values())
    periods.start("clock")
    periods.wait_for(runs + 2)
    assert periods.too_soon() == []


@pytest.mark.proof
def test_without_the_lock_both_clocks_sweep(periods: Periods) -> None:
    periods.start("clock 1", f"{BUILD},no_advisory_lock")
    periods.start("clock 2", f"{BUILD},no_advisory_lock")
    periods.wait_for(3)
    for name in ("clock 1", "clock 2"):
        wait_until(lambda name=name: "This is the clock" in periods.site.stack.log(name), 30, name)
    # Even so each period is run once: the row decides.
    assert periods.too_soon() == []


@pytest.mark.proof
def test_without_lock_and_row_periods_are_run_twice(periods: Periods) -> None:
    for name in ("clock 1", "clock 2"):
        periods.start(name, f"{BUILD},no_advisory_lock,own_periods")
    periods.wait_for(6)
    wait_until(periods.too_soon, 20, "a period is run twice")
