"""F3: PostgreSQL restarts at once, or cuts its connections between Xero's answer and our commit."""

import threading
import time
from collections import Counter

import pytest
import requests

from tests.proof.site import Site
from tests.support.stack import ApiClient, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]


class Visitor:
    """Somebody who keeps loading pages and asking the API while the database is away."""

    def __init__(self, site: Site) -> None:
        self.url = site.stack.url
        self.api = ApiClient(self.url, "admin@abc.test")
        self.seen: Counter[int] = Counter()
        self.bad: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Visitor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _look(self) -> None:
        while not self._stop.is_set():
            for reply in (
                requests.get(f"{self.url}/sign-in", timeout=20),
                self.api.get("/api/requests"),
                requests.get(f"{self.url}/readyz", timeout=20),
            ):
                self.seen[reply.status_code] += 1
                if reply.status_code not in (200, 503) or "Traceback" in reply.text:
                    self.bad.append(f"{reply.status_code} {reply.url}: {reply.text[:200]}")
            time.sleep(0.05)


def restart_in_the_middle(site: Site, pending: int, times: int) -> None:
    site.stack.start("web")
    crowd = site.crowd(workers=2)
    site.stack.wait_ready()
    pieces = site.receive(pending, "F3")
    site.assign(pieces)
    with Visitor(site) as visitor:
        for number in range(times):
            share = pending * (number + 1) // (times + 2)
            wait_until(
                lambda share=share: site.rows.states("F3").get("done", 0) >= share, 90, f"{share} done"
            )
            site.postgres.restart_immediately()
            back = time.monotonic()
            site.stack.wait_ready()
            assert time.monotonic() - back <= 5, "the pools are healthy again"
        site.settled("F3", 120, crowd)
    assert not visitor.bad, visitor.bad[:5]
    assert visitor.seen[200]
    verdict = site.verdict(pieces)
    assert verdict.holds, str(verdict)
    assert site.rows.states("F3") == {"done": pending}


def test_restarted_in_the_middle(site: Site) -> None:
    restart_in_the_middle(site, pending=12, times=1)


@pytest.mark.proof
def test_restarted_again_and_again(site: Site) -> None:
    restart_in_the_middle(site, pending=100, times=4)


def cut_between_answer_and_commit(site: Site, path: str, build: str = "generous") -> None:
    """Xero has made it and is slow to say so; meanwhile the server ends all our sessions, so the commit fails."""
    method = "PUT" if path == "/Contacts" else "POST"
    site.stack.build = build
    site.stack.start("worker")
    site.stack.start("clock")
    (piece,) = site.receive(1, "F3")
    # Three seconds: longer than the heart's pause, so that its session is cut as well and the lease runs out.
    site.simulator.fault("slow_after", path=path, method=method, count=1, seconds=3)
    site.assign([piece])
    wait_until(
        lambda: (
            any(fault["hits"] for fault in site.simulator.state(newest=0)["faults"])
            or not site.simulator.state(newest=0)["faults"]
        ),
        40,
        "the call is under way",
    )
    site.rows.cut_connections()
    site.settled("F3", 60)
    verdict = site.verdict([piece])
    assert verdict.holds, str(verdict)


@pytest.mark.parametrize(
    "path",
    [
        "/Projects$",
        pytest.param("/Contacts", marks=pytest.mark.proof),
        pytest.param("/Tasks$", marks=pytest.mark.proof),
    ],
)
def test_cut_between_answer_and_commit(site: Site, path: str) -> None:
    cut_between_answer_and_commit(site, path)


@pytest.mark.proof
def test_without_writing_ahead_a_worker_that_dies_meanwhile_makes_two(site: Site) -> None:
    """The weakened build, with the sessions cut and then the worker gone."""
    site.stack.build = "generous,no_write_ahead"
    site.stack.start("worker")
    site.stack.start("clock")
    (piece,) = site.receive(1, "F3")
    site.simulator.fault("slow_after", path="/Projects$", method="POST", count=1, seconds=4)
    site.assign([piece])
    wait_until(lambda: site.verdict([piece]).lost == [], 40, "the project is made")
    site.rows.cut_connections()
    site.stack.kill("worker")
    site.stack.start("worker")
    wait_until(lambda: site.verdict([piece]).doubled, 60, "the second project")
