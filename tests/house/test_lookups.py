"""The functions that look across companies: each answer belongs to the company, person or link it is given for.

What is right is asked of each company in its own scope, where row-level security decides, and put together here.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.house.rooms import Base
from tests.house.test_row_level_security import scope

HEALTH = {
    "people": "select count(*) from memberships where active and role <> 'client'",
    "clients": "select count(*) from clients where archived_at is null",
    "open_requests": "select count(*) from service_requests where status not in ('completed', 'cancelled')",
    "failed": "select count(*) from operations where state = 'failed'",
    "waiting": "select count(*) from operations where state = 'waiting'",
    "organisation_name": "select organisation_name from connections where status <> 'disconnected'",
    "cause_kinds": "select coalesce(array_agg(kind order by kind), '{}') from causes k where resolved_at is null and"
    " exists (select from operations o where o.cause_id = k.id and o.state = 'waiting')",
}
STRAY = (
    "insert into webhook_strays (id, key, received_at, xero_tenant_id, category, type, resource_id)"
    " values (gen_random_uuid(), 'k', now(), :tenant, 'CONTACT', 'UPDATE', 'r')"
)


def across(base: Base, statement: str, **values: Any) -> list[Any]:
    """Asked outside any scope, as the app's role."""
    with scope(base.raw, None) as connection:
        return list(connection.execute(text(statement), values).mappings())


def inside(base: Base, company_id: UUID, statement: str, **values: Any) -> list[Any]:
    with scope(base.raw, company_id) as connection:
        return list(connection.execute(text(statement), values).all())


def companies(base: Base) -> dict[UUID, str]:
    with base.superuser.connect() as connection:
        return {row.id: row.name for row in connection.execute(text("select id, name from companies"))}


def test_every_companys_health_is_its_own(base: Base):
    told = {
        row["company_id"]: row
        for row in across(base, "select * from lookup_company_healths(null, '', null, 100)")
    }
    assert {one: row["name"] for one, row in told.items()} == companies(base)
    for company_id, row in told.items():
        for figure, statement in HEALTH.items():
            found = inside(base, company_id, statement)
            assert row[figure] == (found[0][0] if found else None), f"{figure} of {row['name']}"
        (alone,) = across(base, "select * from lookup_company_healths(:only, '', null, 100)", only=company_id)
        assert dict(alone) == dict(row)
    organisation = next(row["organisation_name"] for row in told.values() if row["organisation_name"])
    named = across(base, "select * from lookup_company_healths(null, :words, null, 100)", words=organisation)
    assert {row["organisation_name"] for row in named} == {organisation}


def test_a_person_is_told_their_own_places_and_visits(base: Base):
    with base.superuser.connect() as connection:
        people = list(connection.scalars(text("select id from users order by id")))
    for person in people:
        places, visits = {}, set()
        for company_id, name in companies(base).items():
            own = "select role from memberships where user_id = :person and active"
            for (role,) in inside(base, company_id, own, person=person):
                places[company_id] = (name, role)
            if inside(base, company_id, "select id from company_entries where user_id = :p", p=person):
                visits.add(company_id)
        told = across(base, "select * from lookup_places_of(:person)", person=person)
        assert {row["company_id"]: (row["company_name"], row["role"]) for row in told} == places
        told = across(base, "select * from lookup_companies_visited(:person, 100)", person=person)
        assert {row["company_id"] for row in told} == visits


def test_a_link_opens_its_own_invitation(base: Base):
    tried = 0
    for company_id in companies(base):
        for hash_, id_ in inside(base, company_id, "select token_hash, id from invitations"):
            (told,) = across(base, "select * from lookup_invitation(:hash)", hash=hash_)
            assert (told["company_id"], told["invitation_id"]) == (company_id, id_)
            tried += 1
    assert tried > 5
    assert across(base, "select * from lookup_invitation('no such hash')") == []


def test_due_operations_come_with_their_own_company(base: Base):
    """Those of both companies are due at once: each is told with its own company, and once."""
    with base.superuser.connect() as connection:
        # Taken back at the end; the lookup is asked inside, as the app's role.
        connection.exec_driver_sql(
            "update operations set state = 'queued', not_before = now() - interval '1 hour',"
            " rung_at = now() - interval '1 hour', lease = null, lease_until = null, cause_id = null, priority = 10"
        )
        running = (
            "update operations o set state = 'running', lease = o.id, lease_until = now() - interval '1 minute' from"
            " (select distinct on (company_id) company_id, id from operations order by company_id, id) first"
            " where (o.company_id, o.id) = (first.company_id, first.id)"
        )
        connection.exec_driver_sql(running)
        # Four of one company's hands are full: that must not count for the others.
        connection.execute(
            text(
                "update operations set state = 'running', lease = id, lease_until = now() + interval '1 hour' where"
                " (company_id, id) in (select company_id, id from operations where company_id = :c and"
                " state = 'queued' order by id limit 4)"
            ),
            {"c": base.abc},
        )
        owners = dict(connection.execute(text("select id, company_id from operations")).all())
        connection.exec_driver_sql("set local role countinghouse_app")
        asked = text("select * from lookup_due_operations(1000, 0, '{}', '{}')")
        told = connection.execute(asked).all()
        busy = [row for row in told if row.company_id == base.abc]
        others = [row for row in told if row.company_id == base.smith]
    assert len({row.operation_id for row in told}) == len(told)
    assert all(owners[row.operation_id] == row.company_id for row in told)
    # Of each the one whose lease ran out; then one for the hand that is free, and five for five.
    assert (len(busy), len(others)) == (2, 6)


def test_an_organisation_is_told_with_who_connected_it(base: Base):
    live = "select xero_tenant_id, id from connections where status = 'connected'"
    owners = {
        tenant: (company_id, connection_id)
        for company_id in companies(base)
        for tenant, connection_id in inside(base, company_id, live)
    }
    assert len(owners) > 1
    for tenant, owner in owners.items():
        (told,) = across(base, "select * from lookup_organisations(:wanted)", wanted=[tenant])
        assert (told["xero_tenant_id"], told["company_id"], told["connection_id"]) == (tenant, *owner)
        assert told["company_name"] == companies(base)[owner[0]]
        with base.superuser.connect() as connection:
            connection.execute(text(STRAY), {"tenant": tenant})
            connection.exec_driver_sql("set local role countinghouse_app")
            strays = text("select company_id, connection_id from lookup_strays_to_hand_on('-infinity', 100)")
            assert [tuple(row) for row in connection.execute(strays)] == [owner]


def test_who_belongs_somewhere_is_not_told_as_belonging_nowhere(base: Base):
    with base.superuser.connect() as connection:
        people = set(connection.scalars(text("select id from users")))
    somewhere = {
        person
        for company_id in companies(base)
        for table in ("memberships", "company_entries")
        for (person,) in inside(base, company_id, f"select user_id from {table}")
    }
    told = across(base, "select * from lookup_belong_nowhere(:people)", people=sorted(people))
    assert {row["person"] for row in told} == people - somewhere
    assert people - somewhere
    assert somewhere


def test_the_figures_of_the_mail_are_all_there_is(base: Base):
    with base.superuser.connect() as connection:
        counted = "select count(*) filter (where state = 'queued'), count(*) filter (where state = 'failed') from mails"
        right = connection.execute(text(counted)).one()
    (told,) = across(base, "select * from lookup_mail_counts()")
    assert (told["queued"], told["failed"]) == tuple(right)
