"""Fixtures of the tests with real processes: each has its own database, Redis, web, worker and clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from launcher.redis import EmbeddedRedis
from tests.conftest import free_port
from tests.proof.site import Site, site_of
from tests.support.database import Databases
from tests.support.people import Cast
from tests.support.stack import ApiClient, Stack


@pytest.fixture
def own_redis(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A Redis that this test may stop, kill and flush."""
    redis = EmbeddedRedis(folder / f"redis-{tmp_path_factory.mktemp('r').name}")
    redis.start()
    yield redis
    redis.discard()


@pytest.fixture
def stack(
    request: pytest.FixtureRequest,
    app: Flask,
    simulator,
    environment: dict[str, str],
    own_redis: EmbeddedRedis,
    tmp_path: Path,
) -> Iterator[Stack]:
    """Nothing is started yet; leases and sweeps are short so that a test is."""
    # What is measured is started as it is started in life.
    forked = not any(request.node.get_closest_marker(mark) for mark in ("bench", "proof"))
    settings = app.extensions["settings"]
    port = free_port()
    made = Stack(
        {
            **environment,
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": own_redis.url,
            "PORT": str(port),
            "PUBLIC_URL": f"http://localhost:{port}",
            "XERO_REDIRECT_URI": f"http://localhost:{port}/api/integrations/xero/callback",
            "WEB_WORKERS": "1",
            "WEB_THREADS": "12",
            "LEASE_SECONDS": "3",
            "SWEEP_SECONDS": "0.3",
            "READ_BACK_AFTER_SECONDS": "0.5",
        },
        tmp_path,
        request.getfixturevalue("nursery") if forked else None,
    )
    yield made
    made.stop_all()
    for log in sorted(tmp_path.glob("*.log")):  # shown by pytest when the test failed
        print(f"--- {log.name}\n{log.read_text(errors='replace')[-6000:]}")


@pytest.fixture
def running(stack: Stack) -> Stack:
    """Web, one worker and the clock, ready."""
    for kind in ("web", "worker", "clock"):
        stack.start(kind)
    stack.wait_ready()
    return stack


@pytest.fixture
def admin(running: Stack) -> ApiClient:
    return ApiClient(running.url, "admin@abc.test")


@pytest.fixture
def site(
    stack: Stack, simulator, own_redis: EmbeddedRedis, databases: Databases, database: str, cast: Cast
) -> Iterator[Site]:
    """An installation to break; nothing is started yet, and Xero's limits are off."""
    with site_of(stack, simulator, own_redis, databases.postgres, database, cast) as made:
        yield made
