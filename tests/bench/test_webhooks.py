"""Webhooks: 500 a second into one web process with gunicorn's own settings, on a PostgreSQL that waits for its disk,
while worker and Redis are down for a part of it; beside a bare Flask answer on the same server."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from launcher.postgres import EmbeddedPostgres
from tests.conftest import free_port
from tests.proof.rows import Rows
from tests.support.database import ROOT, Databases
from tests.support.posting import Posted, post_all
from tests.support.stack import Stack, wait_until
from tests.support.webhooks import KEY, event, moment, post

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
RATE = float(os.environ.get("RATE", "500"))
SECONDS = float(os.environ.get("SECONDS", "10"))
FAST = 2500
"""How many are sent as fast as they are answered."""
LINES = 32
"""Connections of the sender."""


@pytest.fixture
def durable(folder: Path, environment: dict[str, str]) -> Iterator[Databases]:
    """A cluster as people run it: a commit is on the disk when it returns."""
    with EmbeddedPostgres(folder / "pgd") as postgres:
        made = Databases(postgres)
        urls = {"DATABASE_URL": postgres.app_url, "DATABASE_OWNER_URL": postgres.owner_url}
        made.make_template({**environment, **urls})
        yield made


@pytest.fixture
def site(
    durable: Databases, environment: dict[str, str], own_redis, tmp_path: Path
) -> Iterator[tuple[Stack, Rows]]:
    name, port = durable.copy(), free_port()
    stack = Stack(
        {
            **environment,
            "DATABASE_URL": durable.postgres.url("countinghouse_app", name),
            "REDIS_URL": own_redis.url,
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "WEB_WORKERS": "1",
            "XERO_WEBHOOK_KEY": KEY,
        },
        tmp_path,
    )
    yield stack, Rows(durable.engine(name, "postgres"))
    stack.stop_all()


@dataclass
class Server:
    """gunicorn with one web process."""

    url: str
    pid: int

    def post_all(self, bodies: list[bytes], **how: Any) -> tuple[Posted, float]:
        """What came of them, and the web process's own milliseconds of work for each."""
        before = self._worked()
        posted = post_all(self.url, bodies, **how)
        return posted, 1000 * (self._worked() - before) / len(bodies)

    def _worked(self) -> float:
        """Seconds of processor time of the web process."""
        tick = os.sysconf("SC_CLK_TCK")
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        stats = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split() for child in children]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / tick


@pytest.fixture
def unstored() -> Iterator[Server]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "tests.bench.unstored:app"],
        cwd=ROOT,
        env={
            **os.environ,
            "PORT": str(port),
            "BIND": "127.0.0.1",
            "WEB_WORKERS": "1",
            "XERO_WEBHOOK_KEY": KEY,
        },
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    _wait_for(url)
    yield Server(url, process.pid)
    process.terminate()
    process.wait(15)


def _wait_for(url: str) -> None:
    def listens() -> bool:
        try:
            requests.get(url, timeout=2)
        except requests.RequestException:
            return False
        return True

    wait_until(listens, 30, f"{url} answers")


def _bodies(tenant: str, count: int, first: int) -> list[bytes]:
    return [post([event(tenant, str(uuid4()), moment())], first + number) for number in range(count)]


def test_500_a_second(site: tuple[Stack, Rows], unstored: Server, own_redis):
    stack, rows = site
    ours = Server(stack.url, stack.start("web"))
    for kind in ("worker", "clock"):
        stack.start(kind)
    stack.wait_ready()
    tenant = rows.ask("select xero_tenant_id from connections order by company_id limit 1")[0][0]
    count = int(RATE * SECONDS)
    warm, bodies = _bodies(tenant, 200, 1), _bodies(tenant, count, 201)
    for server in (ours, unstored):
        server.post_all(warm, lines=LINES)
    for setting in ("fsync", "synchronous_commit"):
        assert rows.ask(f"show {setting}")[0][0] == "on"

    away = threading.Thread(target=_workless_for_a_while, args=(stack, own_redis))
    away.start()
    steady = ours.post_all(bodies, lines=LINES, rate=RATE)
    away.join()
    bare = unstored.post_all(bodies, lines=LINES, rate=RATE)
    more = _bodies(tenant, FAST, 201 + count)
    fastest, fastest_bare = (server.post_all(more, lines=16) for server in (ours, unstored))
    began = time.monotonic()
    waiting = "select count(*) from webhook_deliveries where sorted_at is null"
    behind = rows.ask(waiting)[0][0]
    wait_until(lambda: rows.ask(waiting)[0][0] == 0, 120, "everything is sorted")
    print(
        f"\nwebhooks at {RATE:.0f} a second, one web process, {os.cpu_count()} cores shared with the sender:"
    )
    _print(steady, bare)
    print("as fast as they are answered:")
    _print(fastest, fastest_bare)
    print(f"  {fastest[0].rate / fastest_bare[0].rate:.2f} of the bare answer's rate")
    print(f"  {behind} deliveries waited at the end and were sorted {time.monotonic() - began:.1f} s later")
    taken, doubled = rows.ask("select count(*), sum(told) - count(*) from webhook_events")[0]
    assert taken == len(warm) + steady[0].accepted + fastest[0].accepted
    assert (doubled, steady[0].accepted) == (0, count), "lost, refused or doubled"
    assert steady[0].within(0.95) < 50
    assert steady[0].rate > 0.97 * RATE


def _workless_for_a_while(stack: Stack, redis) -> None:
    """From the third second on neither worker nor Redis; both come back at two thirds."""
    time.sleep(SECONDS * 0.3)
    stack.kill("worker")
    redis.kill()
    time.sleep(SECONDS * 0.35)
    redis.start()
    stack.start("worker")


def _print(ours: tuple[Posted, float], bare: tuple[Posted, float]) -> None:
    for name, (posted, work) in (("stored", ours), ("bare, not stored", bare)):
        print(f"  {name:17}{posted}, {work:.2f} ms of the web process's work each")
    ratios = [
        f"p{share} {ours[0].within(share / 100) / bare[0].within(share / 100):.2f}" for share in (50, 95, 99)
    ]
    print(f"  times the bare answer's: {', '.join(ratios)}, work {ours[1] / bare[1]:.2f}")
