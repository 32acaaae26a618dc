"""A file of 10,000 clients into a practice of 100,000: uploaded, compared and confirmed."""

import time

import pytest
from sqlalchemy import text

from app.clients.csv import imports
from app.clients.csv.columns import guess
from app.extensions import db
from app.tenancy import company_scope
from tests.bench.test_client_search import LARGE, add_company

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS = 10_000


def test_a_large_file(app, superuser):
    company_id = add_company(app, superuser, LARGE)
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))
    lines = [f"Fresh Client {n};fresh{n}@new.example;04{n:08d};Imported" for n in range(ROWS)]
    data = "\n".join(["Name;E-mail;Phone;Tags", *lines]).encode()
    spent = {}
    with app.app_context(), company_scope(company_id):
        begun = time.perf_counter()
        file = imports.upload("large.csv", data, "Bench")
        db.session.commit()
        spent["uploaded"] = time.perf_counter() - begun
        begun = time.perf_counter()
        imports.compare(file, guess(file.headings), "other", "leave")
        db.session.commit()
        spent["compared"] = time.perf_counter() - begun
        begun = time.perf_counter()
        counts = imports.confirm(file, "Bench")
        db.session.commit()
        spent["confirmed"] = time.perf_counter() - begun
    told = ", ".join(f"{what} in {seconds:.1f} s" for what, seconds in spent.items())
    print(f"\n{ROWS:,} rows into {LARGE:,} clients: {told}")
    assert counts["added"] == ROWS
    assert max(spent.values()) < 30, "each is one request of a page"
