"""Benchmarks: printed ratios against a baseline of the same run. Not part of `make test`; `make bench` runs them."""

import pytest
from flask import Flask

from tests.support.processes import admin, own_redis, running, stack

__all__ = ["admin", "own_redis", "running", "stack"]


@pytest.fixture(autouse=True)
def app_rings_the_stacks_bell(app: Flask, own_redis) -> None:
    """What a bench plans in this process is rung for where its workers listen."""
    from app.extensions import init_redis

    app.extensions["redis"].close()
    init_redis(app, own_redis.url)


@pytest.fixture(autouse=True)
def clock_without_its_table(app: Flask) -> None:
    """The hourly and daily reads have just been made: they would take calls of the limits that are measured."""
    from app.extensions import db
    from app.models import PeriodicRun, now
    from app.tasks.periodic import TABLE

    with app.app_context():
        db.session.add_all(PeriodicRun(name=entry.name, started_at=now()) for entry in TABLE)
        db.session.commit()
