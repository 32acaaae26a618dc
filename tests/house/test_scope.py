"""Belt two: the ORM guard. A statement on a company's table outside a scope raises; inside, it sees one company."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, exists, func, insert, select, text, update
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Client, Company, CompanyOwned, Membership, Model, Office, Service, ServiceRequest
from app.tenancy import ScopeError, company_scope
from tests.house.belts import policies_off
from tests.house.rooms import Room

MODELS = sorted(
    (mapper.class_ for mapper in Model.registry.mappers if issubclass(mapper.class_, CompanyOwned)),
    key=lambda model: model.__name__,
)
UNCHANGED = {"audit_events", "audit_views", "company_closings"}
"""The app's role may not change their rows, or not their keys."""

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


@pytest.fixture
def room(house: Room) -> Iterator[Room]:
    """All belts on."""
    with house.app.app_context():
        yield house
        db.session.rollback()


@pytest.fixture(scope="module")
def policies_off_in(house: Room) -> Iterator[Room]:
    """Row-level security switched off: only the guard stands."""
    with policies_off(house.superuser):
        yield house


@pytest.fixture
def alone(policies_off_in: Room) -> Iterator[Room]:
    with policies_off_in.app.app_context():
        yield policies_off_in
        db.session.rollback()


@pytest.mark.parametrize("form", STATEMENTS)
def test_outside_a_scope_it_raises(room: Room, form: str):
    with pytest.raises(ScopeError):
        db.session.execute(STATEMENTS[form]())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_outside_a_scope_every_model_raises(room: Room, model: Any):
    with pytest.raises(ScopeError):
        db.session.execute(select(model.id))


def test_new_rows_are_stamped(room: Room):
    with company_scope(room.xyz):
        office = Office(name="Port Douglas")
        db.session.add(office)
        db.session.flush()
        assert office.company_id == room.xyz


def test_a_row_of_another_company_is_refused(room: Room):
    with company_scope(room.xyz):
        db.session.add(Office(company_id=room.abc, name="Port Douglas"))
        with pytest.raises(ScopeError):
            db.session.flush()


def test_scopes_do_not_mix(room: Room):
    with company_scope(room.xyz):
        db.session.scalars(select(Service)).all()
        with pytest.raises(ScopeError), company_scope(room.abc):
            pass
        # The same session, its transaction still open, must not go on for another company.
        outer = db.session()
    with pytest.raises(ScopeError), company_scope(room.abc, outer):
        db.session.scalars(select(Service)).all()


def test_the_scope_outlives_a_commit(room: Room):
    with company_scope(room.xyz):
        before = db.session.scalar(select(func.count()).select_from(Membership))
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(Membership)) == before == 3
        assert db.session.scalars(select(Company.name)).all() == ["XYZ Partners"]


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
def test_the_guard_alone_keeps_to_one_company(alone: Room, form: str):
    with company_scope(alone.xyz):
        rows = db.session.execute(STATEMENTS[form]()).all()
    assert rows
    if form.startswith("count"):
        assert rows == [(6,)]
    assert not any("ABC" in str(value) for row in rows for value in row)
    if form not in {"scalar sub-query", "exists"} and not form.startswith("count"):
        db.session.remove()  # one session, one company
        with company_scope(alone.abc):
            assert len(db.session.execute(STATEMENTS[form]()).all()) > len(rows)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_guard_alone_keeps_every_model_to_one_company(alone: Room, model: Any):
    with alone.superuser.connect() as connection:
        table = model.__tablename__
        counts = f"select count(*) filter (where company_id = :c), count(*) from {table}"
        own, everything = connection.execute(text(counts), {"c": alone.abc}).one()
    assert everything > own > 0, f"{table} is empty, so nothing is proved of it"
    with company_scope(alone.abc):
        assert set(db.session.scalars(select(model.company_id))) == {alone.abc}
        assert {row.company_id for row in db.session.scalars(select(aliased(model)))} == {alone.abc}
        assert db.session.scalar(select(func.count()).select_from(select(model.id).subquery())) == own
        same = update(model).values(id=model.id).execution_options(synchronize_session=False)
        assert model.__tablename__ in UNCHANGED or db.session.execute(same).rowcount == own


def test_the_guard_alone_shows_the_company_itself_and_no_other(alone: Room):
    with company_scope(alone.xyz):
        assert db.session.scalars(select(Company.id)).all() == [alone.xyz]
        assert db.session.scalars(select(Company)).one().name == "XYZ Partners"
        assert db.session.execute(update(Company).values(name=Company.name)).rowcount == 1


def test_the_guard_alone_keeps_writes_to_one_company(alone: Room):
    with company_scope(alone.xyz):
        assert db.session.execute(update(Client).values(notes="ours")).rowcount == 6
        assert db.session.execute(delete(Office).where(Office.name == "Sydney")).rowcount == 0


def test_a_stranger_is_not_found_by_its_id(alone: Room):
    with alone.superuser.connect() as connection:
        asked = text("select id from clients where company_id = :c order by id limit 1")
        stranger = connection.scalar(asked, {"c": alone.abc})
    with company_scope(alone.xyz):
        assert db.session.scalar(select(Client).where(Client.id == stranger)) is None
        assert db.session.get(Client, (alone.abc, stranger)) is None
