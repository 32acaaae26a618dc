"""Belt two: the ORM guard. A statement on a company's table outside a scope raises; inside, it sees one company."""

import pytest
from flask import Flask
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Client, Company, Membership, Office, Service, ServiceRequest
from app.tenancy import ScopeError, company_scope
from tests.support.people import Cast

STATEMENTS = {
    "entity": lambda: select(Client),
    "columns": lambda: select(Client.id, Client.name),
    "count": lambda: select(func.count()).select_from(Client),
    "count of a sub-query": lambda: select(func.count()).select_from(select(Client).subquery()),
    "alias": lambda: select(aliased(Client)),
    "join": lambda: select(ServiceRequest).join(ServiceRequest.client),
    "exists": lambda: select(exists(select(Client.id))),
    "scalar sub-query": lambda: select(select(func.max(Client.number)).scalar_subquery()),
    "cte": lambda: select(select(Client.id).cte("c")),
    "union": lambda: select(Client.id).union_all(select(Office.id)),
    "core table": lambda: select(Client.__table__),
    "update": lambda: update(Client).values(notes="x"),
    "delete": lambda: delete(Client),
    "core update": lambda: update(Client.__table__).values(notes="x"),
    "insert": lambda: insert(Office).values(name="x"),
}


@pytest.mark.parametrize("form", STATEMENTS)
def test_outside_a_scope_it_raises(app: Flask, form: str):
    with app.app_context(), pytest.raises(ScopeError):
        db.session.execute(STATEMENTS[form]())


@pytest.fixture
def walls_down(superuser) -> None:
    """Row-level security switched off: only the guard stands."""
    with superuser.begin() as connection:
        for table in ("clients", "service_requests", "offices", "services", "memberships"):
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


SCOPED = (
    "entity",
    "columns",
    "count",
    "count of a sub-query",
    "alias",
    "join",
    "scalar sub-query",
    "cte",
    "union",
)


@pytest.mark.parametrize("form", SCOPED)
def test_the_guard_alone_keeps_to_one_company(app: Flask, cast: Cast, walls_down, form: str):
    with app.app_context(), company_scope(cast.xyz):
        if form.startswith("count"):
            assert db.session.scalar(STATEMENTS[form]()) == 6
            return
        rows = db.session.execute(STATEMENTS[form]()).all()
        assert rows
        assert not any("ABC" in str(value) for row in rows for value in row)
        found = len(rows)
    with app.app_context(), company_scope(cast.abc):
        assert form == "scalar sub-query" or len(db.session.execute(STATEMENTS[form]()).all()) > found


def test_the_guard_alone_keeps_writes_to_one_company(app: Flask, cast: Cast, walls_down):
    with app.app_context(), company_scope(cast.xyz):
        assert db.session.execute(update(Client).values(notes="ours")).rowcount == 6
        assert db.session.execute(delete(Office).where(Office.name == "Sydney")).rowcount == 0
        db.session.commit()
    assert not [client for client in cast.read(cast.abc, select(Client)) if client.notes == "ours"]


def test_a_stranger_is_not_found_by_its_id(app: Flask, cast: Cast, walls_down):
    stranger = cast.client(cast.abc)
    with app.app_context(), company_scope(cast.xyz):
        assert db.session.scalar(select(Client).where(Client.id == stranger.id)) is None
        assert db.session.get(Client, (cast.abc, stranger.id)) is None


def test_new_rows_are_stamped(app: Flask, cast: Cast):
    with app.app_context(), company_scope(cast.xyz):
        office = Office(name="Port Douglas")
        db.session.add(office)
        db.session.flush()
        assert office.company_id == cast.xyz


def test_a_row_of_another_company_is_refused(app: Flask, cast: Cast):
    with app.app_context(), company_scope(cast.xyz):
        db.session.add(Office(company_id=cast.abc, name="Port Douglas"))
        with pytest.raises(ScopeError):
            db.session.flush()


def test_scopes_do_not_mix(app: Flask, cast: Cast):
    with app.app_context(), company_scope(cast.xyz):
        db.session.scalars(select(Service)).all()
        with pytest.raises(ScopeError), company_scope(cast.abc):
            pass
    with app.app_context():
        with company_scope(cast.xyz):
            db.session.scalars(select(Service)).all()
        # The same session, its transaction still open, must not go on for another company.
        with pytest.raises(ScopeError), company_scope(cast.abc, db.session()):
            db.session.scalars(select(Service)).all()


def test_the_scope_outlives_a_commit(app: Flask, cast: Cast):
    with app.app_context(), company_scope(cast.xyz):
        before = db.session.scalar(select(func.count()).select_from(Membership))
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(Membership)) == before == 3
        assert db.session.scalars(select(Company.name)).all() == ["XYZ Partners"]
