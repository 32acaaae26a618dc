"""A file of 10,000 clients into a practice of 100,000: uploaded, compared and confirmed."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.clients.csv import imports
from app.clients.csv.columns import guess
from app.extensions import db
from app.tenancy import company_scope
from tests.bench.test_client_search import LARGE, add_company, on_processor

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS = 10_000


def test_a_large_file(app, superuser):
    company_id = add_company(app, superuser, LARGE)
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))
    lines = [f"Fresh Client {n};fresh{n}@new.example;04{n:08d};Imported" for n in range(ROWS)]
    data = "\n".join(["Name;E-mail;Phone;Tags", *lines]).encode()
    spent, used = {}, {}
    with app.app_context(), company_scope(company_id):
        server = db.session.scalar(text("select pg_backend_pid()"))

        def timed(what: str, do: Callable[[], Any]) -> Any:
            begun, before = time.perf_counter(), on_processor(server)
            done = do()
            db.session.commit()
            spent[what], used[what] = time.perf_counter() - begun, (on_processor(server) - before) / 1000
            return done

        file = timed("uploaded", lambda: imports.upload("large.csv", data, "Bench"))
        timed("compared", lambda: imports.compare(file, guess(file.headings), "other", "leave"))
        counts = timed("confirmed", lambda: imports.confirm(file, "Bench"))
    told = ", ".join(f"{what} in {used[what]:.1f} s ({spent[what]:.1f} by the clock)" for what in spent)
    print(f"\n{ROWS:,} rows into {LARGE:,} clients: {told}")
    assert counts["added"] == ROWS
    assert max(used.values()) < 15, "each is one request of a page"
