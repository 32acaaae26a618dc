"""Benchmarks: printed ratios against a baseline of the same run. Not part of `make test`; `make bench` runs them."""

from tests.support.processes import admin, own_redis, running, stack

__all__ = ["admin", "own_redis", "running", "stack"]
