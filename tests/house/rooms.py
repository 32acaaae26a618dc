"""One database for many tests of a wall: every table of two companies has rows in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app import create_app
from app.config import load_settings
from app.extensions import db
from tests.house.filler import fill


@dataclass(frozen=True)
class Base:
    """One database of the cast seen without the app. Tests that write take their writes back."""

    raw: Engine
    """The app's own database role, without any ORM."""
    superuser: Engine
    abc: UUID
    smith: UUID


@pytest.fixture(scope="module")
def base(databases) -> Iterator[Base]:
    name = databases.copy()
    superuser = databases.engine(name, "postgres")
    with superuser.connect() as connection:
        ids = dict(connection.execute(text("select name, id from companies")).all())
    for company in ("ABC Accounting", "Smith Tax Co."):
        fill(superuser, ids[company], company)
    _twins(superuser, ids["Smith Tax Co."])
    yield Base(
        databases.engine(name, "countinghouse_app"), superuser, ids["ABC Accounting"], ids["Smith Tax Co."]
    )
    databases.drop(name)


def _twins(superuser: Engine, company_id: UUID) -> None:
    """Give the company a cause with the id of one that work of another company waits for: an id alone is no key, and
    what is joined by it alone would show."""
    twin = (
        "insert into causes select (jsonb_populate_record(c, jsonb_build_object('company_id', cast(:company as text),"
        " 'kind', 'twin', 'subject', 'twin'))).* from causes c where c.resolved_at is null and c.company_id <> :company"
        " and exists (select from operations o where o.cause_id = c.id and o.state = 'waiting') limit 1"
    )
    with superuser.begin() as connection:
        assert connection.execute(text(twin), {"company": company_id}).rowcount == 1


@dataclass(frozen=True)
class Room:
    """The app beside such a database. What a test writes is taken back."""

    app: Flask
    superuser: Engine
    abc: UUID
    xyz: UUID


@pytest.fixture(scope="module")
def house(databases, environment) -> Iterator[Room]:
    name = databases.copy()
    urls = {"DATABASE_URL": databases.postgres.url("countinghouse_app", name)}
    app = create_app(load_settings(**{**environment, **urls}))
    superuser = databases.engine(name, "postgres")
    with superuser.connect() as connection:
        ids = dict(connection.execute(text("select name, id from companies")).all())
    for company in ("ABC Accounting", "Smith Tax Co."):
        fill(superuser, ids[company], company)
    yield Room(app, superuser, ids["ABC Accounting"], ids["XYZ Partners"])
    with app.app_context():
        db.engine.dispose()
    app.extensions["redis"].close()
    databases.drop(name)
