"""`make chaos` (REQUESTS, SEED) and, smaller, `make proof`: everything at once, and still one job each."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app import create_app
from app.config import load_settings
from app.extensions import db
from tests.proof.chaos import Chaos
from tests.proof.practices import Practice
from tests.proof.rows import Rows
from tests.support.database import Databases

REQUESTS, SEED = int(os.environ.get("REQUESTS", "200")), int(os.environ.get("SEED", "1"))
LIMITS_OFF = {"enabled": False, "minute": 1_000_000, "day": 10_000_000, "app_minute": 1_000_000}

pytestmark = [pytest.mark.proof, pytest.mark.fault]


@pytest.fixture
def chaos(database: str, databases: Databases, simulator, stack, cast, own_redis) -> Iterator[Chaos]:
    # The product's own times: a lease of ten seconds, a sweep each half second.
    for name in ("LEASE_SECONDS", "SWEEP_SECONDS"):
        stack.environment.pop(name)
    stack.environment |= {"READ_BACK_AFTER_SECONDS": "5"}
    stack.build = ",".join(["generous", "impatient", *filter(None, [os.environ.get("WEAKENED", "")])])
    simulator.limits(**LIMITS_OFF)
    app = create_app(load_settings(**stack.environment))
    practices = [
        Practice(app, cast.abc, "ABC Pty Ltd", "admin@abc.test"),
        Practice(app, cast.smith, "Smith & Co", "admin@smith.test"),
        Practice(app, cast.xyz, "XYZ Partners Pty Ltd", "admin@xyz.test"),
    ]
    practices[2].connect()
    superuser = create_engine(databases.postgres.url("postgres", database), poolclass=NullPool)
    yield Chaos(stack, practices, simulator, own_redis, databases.postgres, Rows(superuser), SEED, REQUESTS)
    with app.app_context():
        db.engine.dispose()
    app.extensions["redis"].close()
    simulator.clear_faults()


@pytest.mark.timeout(120 + REQUESTS * 3)
def test_none_lost_and_none_twice(chaos: Chaos) -> None:
    report = chaos.run()
    print(f"\n{report}")
    assert report.kills > 0
    assert sum(report.faults.values()) > 0
    assert (report.lost, report.doubled) == (0, 0), report.verdict
    assert (report.elsewhere, report.tasks_wrong) == (0, 0), report.verdict
    assert report.longest_takeover <= 15
