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
