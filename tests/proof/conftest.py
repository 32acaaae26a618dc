"""Real processes to kill."""

from tests.support.processes import admin, own_redis, running, site, stack
from tests.sync.invoices.conftest import books

__all__ = ["admin", "books", "own_redis", "running", "site", "stack"]
