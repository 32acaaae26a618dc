"""F1: a worker is killed at every named step of a job; another takes over, and nothing is lost or done twice."""

import time
from pathlib import Path

import pytest

from tests.proof.site import Site
from tests.support.stack import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

AT_LENGTH = pytest.mark.proof
STEPS = [
    "project",
    pytest.param("contact", marks=AT_LENGTH),
    pytest.param("task: Collect documents", marks=AT_LENGTH),
]
MOMENTS = ["sending", "answered", "recorded"]
EDGES = ["claim:taken", "end:before"]


def kill_at(site: Site, places: list[str], folder: Path, prefix: str, build: str = "generous") -> float:
    """One worker dies at each of the places, then a whole one comes; the seconds from the last death to the end of
    everything that was left behind."""
    for number, place in enumerate(places):
        trap = folder / f"trap {number}"
        trap.touch()
        site.stack.build = f"{build},dies_at"
        site.stack.start("worker", f"doomed {number}", DIES_AT=place, DIES_FILE=str(trap), WORKER_THREADS="1")
    site.stack.build = build
    site.stack.start("clock")
    pieces = site.receive(3 * len(places), prefix)
    site.assign(pieces)
    doomed = [f"doomed {number}" for number in range(len(places))]
    wait_until(lambda: not any(site.stack.alive(name) for name in doomed), 90, "every doomed worker is dead")
    died = time.monotonic()
    site.stack.start("worker")
    site.settled(prefix, 60)
    took = time.monotonic() - died
    verdict = site.verdict(pieces)
    assert verdict.holds, str(verdict)
    assert site.rows.states(prefix) == {"done": len(pieces)}
    return took


@pytest.mark.parametrize("step", STEPS)
def test_killed_in_a_step(site: Site, tmp_path: Path, step: str) -> None:
    took = kill_at(site, [f"{step}:{moment}" for moment in MOMENTS], tmp_path, "F1")
    assert took <= 30


def test_killed_at_the_edges(site: Site, tmp_path: Path) -> None:
    kill_at(site, EDGES, tmp_path, "F1")


def test_killed_again_and_again_over_the_same_job(site: Site, tmp_path: Path) -> None:
    """Four workers in a row die over one request, each a step further."""
    (piece,) = site.receive(1, "F1")
    site.stack.start("clock")
    site.assign([piece])
    for place in ("claim:taken", "contact:answered", "project:answered", "end:before"):
        trap = tmp_path / place
        trap.touch()
        site.stack.build = "generous,dies_at"
        site.stack.start("worker", place, DIES_AT=place, DIES_FILE=str(trap))
        wait_until(lambda place=place: not site.stack.alive(place), 40, f"died at {place}")
    site.stack.build = "generous"
    site.stack.start("worker")
    site.settled("F1", 40)
    verdict = site.verdict([piece])
    assert verdict.holds, str(verdict)


@pytest.mark.proof
def test_without_writing_ahead_a_kill_makes_two(site: Site, tmp_path: Path) -> None:
    """The weakened build: a step is written down only when it is answered."""
    with pytest.raises(AssertionError, match="doubled"):
        kill_at(site, ["project:answered"], tmp_path, "F1", build="generous,no_write_ahead")
