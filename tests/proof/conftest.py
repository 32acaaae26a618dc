"""Real processes to kill."""

from tests.support.processes import admin, own_redis, running, site, stack

__all__ = ["admin", "own_redis", "running", "site", "stack"]
