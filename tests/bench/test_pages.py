"""The list of requests over real HTTP beside a bare Flask hello on the same gunicorn settings (design 8)."""

import statistics
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import text

from tests.bench.asking import Line, at_once, one_by_one
from tests.bench.crowd import add_companies
from tests.conftest import free_port
from tests.support.database import ROOT
from tests.support.people import Browser
from tests.support.stack import wait_until

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
ROUNDS, LINES = 5, 16
SHARE, LONGER, SPREAD = 0.12, 6.0, 3.0
"""Of a hello's requests a second at least; of its p50 at most so many times; p99 to p50 at most."""


@pytest.fixture
def hello(stack) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "tests.bench.hello:app"],
        cwd=ROOT,
        env={**stack.environment, "PORT": str(port), "WEB_WORKERS": "2", "WEB_THREADS": "4"},
        stderr=subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}"
    wait_until(lambda: _answers(url), 30, "hello answers")
    yield url
    process.terminate()
    process.wait()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code < 500
    except requests.RequestException:
        return False


def test_the_list_of_requests_beside_a_hello(app, stack, hello, superuser, cast):
    (company_id,) = add_companies(superuser, 1, requests=20_000, clients=500)
    with superuser.begin() as connection:
        connection.exec_driver_sql("set local session_replication_role = replica")
        move = "update memberships set company_id = :c where user_id = (select id from users where email = :email)"
        connection.execute(text(move), {"c": company_id, "email": "admin@abc.test"})
    stack.start("web", WEB_WORKERS="2", WEB_THREADS="4")
    wait_until(lambda: _answers(f"{stack.url}/healthz"), 30, "the app answers")
    client = Browser(app, "admin@abc.test").raw
    client.get("/requests")
    cookie = f"countinghouse={client.get_cookie('countinghouse').value}"
    page, base = Line(stack.url, "/requests", cookie), Line(hello, "/")
    assert page.ask().count(b'class="row-link') == 50
    for line in (page, base):
        one_by_one(line, 100)
    single: dict[str, list[float]] = {"page": [], "hello": []}
    rates: dict[str, list[float]] = {"page": [], "hello": []}
    lines = {
        "page": [Line(stack.url, "/requests", cookie) for _ in range(LINES)],
        "hello": [Line(hello, "/") for _ in range(LINES)],
    }
    for _ in range(ROUNDS):
        single["page"] += one_by_one(page, 100)
        single["hello"] += one_by_one(base, 300)
        for name, several in lines.items():
            rates[name].append(at_once(several, 2.0))
    for line in (page, base, *lines["page"], *lines["hello"]):
        line.close()
    share = statistics.median(rates["page"]) / statistics.median(rates["hello"])
    longer = _at(single["page"], 0.5) / _at(single["hello"], 0.5)
    spread = _at(single["page"], 0.99) / _at(single["page"], 0.5)
    rate, base_rate = statistics.median(rates["page"]), statistics.median(rates["hello"])
    middle, base_middle = _at(single["page"], 0.5), _at(single["hello"], 0.5)
    print(
        f"\nlist of requests: {rate:.0f} a second over {LINES} connections, hello {base_rate:.0f}: {share:.3f}"
        f" (at least {SHARE}); p50 {middle:.2f} ms, hello {base_middle:.2f}: {longer:.1f} x (at most {LONGER});"
        f" p99 / p50 {spread:.1f} (at most {SPREAD})"
    )
    assert share >= SHARE
    assert longer <= LONGER
    assert spread <= SPREAD


def _at(seconds: list[float], share: float) -> float:
    """Milliseconds within which this share of the answers came."""
    return 1000 * sorted(seconds)[int(share * (len(seconds) - 1))]
