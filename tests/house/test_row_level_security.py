"""Belt three and four: what PostgreSQL itself refuses, with the guard out of the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from app.extensions import db
from app.models import CompanyOwned, Model
from app.tenancy import company_tables
from tests.house.rooms import Base
from tests.support.database import TEMPLATE, Databases
from tests.support.people import Cast

GLOBAL_TABLES = {"companies", "users", "user_sessions", "user_links", "mails", "periodic_runs"} | {
    # A person's, who may work in several practices: how they prove who they are, before any practice is known.
    "second_factors",
    "passkeys",
    "recovery_codes",
    "sign_in_steps",
    # The operator's own log; its policy shows a practice's scope that practice's rows only.
    "platform_events",
    # News from Xero before anybody knows whose it is: ids of records there.
    "webhook_deliveries",
    "webhook_stream",
    "webhook_stream_gaps",
    "webhook_strays",
}
"""`companies` has a policy on its own id. `mails` has one too, because a mail is either a practice's or, without a
company, a person's own (tests/mail/test_walls.py). The others hold nothing of a practice's business."""
ADDED_TO_ONLY = {"audit_events", "audit_views"}
"""Tables whose rows the app's role may add and read, and nothing else."""
DECIDED = {"company_closings"}
"""Tables of which the app's role may change some columns only (tests/platform/test_deleting.py)."""
ACROSS_COMPANIES = {"uq_connections_xero_tenant_id_live", "uq_invitations_token_hash"}
"""Unique indexes that do not begin with the company, each on purpose (see the model)."""


@contextmanager
def scope(engine: Engine, company_id: UUID | None) -> Iterator[Connection]:
    """A transaction in the scope of this company, taken back at its end."""
    with engine.connect() as connection:
        if company_id:
            connection.execute(text("select set_config('app.company_id', :c, true)"), {"c": str(company_id)})
        yield connection


def _id_of(base: Base, table: str, company_id: UUID) -> UUID:
    with base.superuser.connect() as connection:
        asked = (
            f"select id from {table} a where company_id = :c"
            # Not one of the twins (tests/house/rooms.py): the id must be this company's alone.
            f" and not exists (select from {table} b where b.id = a.id and b.company_id <> :c) order by id limit 1"
        )
        return connection.scalar(text(asked), {"c": company_id})


TABLES = sorted(table.name for table in company_tables())


@pytest.mark.parametrize("table", [*TABLES, "companies"])
def test_raw_sql_sees_its_own_company_only(base: Base, table: str):
    column = "id" if table == "companies" else "company_id"
    with base.superuser.connect() as connection:
        counted = f"select count(*) filter (where {column} = :c), count(*) from {table}"
        own, everything = connection.execute(text(counted), {"c": base.abc}).one()
    assert everything > own > 0, f"{table} is empty, so nothing is proved of it"
    with scope(base.raw, base.abc) as connection:
        seen = connection.scalars(text(f"select {column} from {table}")).all()
        counted = connection.scalar(text(f"select count(*) from {table}"))
    assert (len(seen), set(seen), counted) == (own, {base.abc}, own)
    with scope(base.raw, None) as connection:
        assert connection.execute(text(f"select * from {table}")).all() == []


@pytest.mark.parametrize("table", sorted(ADDED_TO_ONLY))
@pytest.mark.parametrize("statement", ["delete from {}", "update {} set at = now()", "truncate {}"])
def test_a_log_is_added_to_only(base: Base, table: str, statement: str):
    with scope(base.raw, base.abc) as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(statement.format(table)))


@pytest.mark.parametrize("table", sorted(set(TABLES) - ADDED_TO_ONLY - DECIDED))
def test_raw_writes_stay_in_the_company(base: Base, table: str):
    theirs = {"abc": base.abc, "smith": base.smith}
    for statement in (
        "delete from {} where company_id = :abc",
        "update {} set company_id = :smith where company_id = :abc",
        "update {} set id = id where company_id = :abc",
    ):
        with scope(base.raw, base.smith) as connection:
            assert connection.execute(text(statement.format(table)), theirs).rowcount == 0


@pytest.mark.parametrize("table", [*TABLES, "companies"])
def test_a_row_for_another_company_is_refused(base: Base, table: str):
    column = "id" if table == "companies" else "company_id"
    with (
        scope(base.raw, base.smith) as connection,
        pytest.raises(ProgrammingError, match="row-level security"),
    ):
        connection.execute(text(f"insert into {table} ({column}) values (:abc)"), {"abc": base.abc})


@pytest.mark.parametrize("table", sorted(set(TABLES) - ADDED_TO_ONLY - DECIDED))
def test_a_row_is_not_given_to_another_company(base: Base, table: str):
    with (
        scope(base.raw, base.smith) as connection,
        pytest.raises(ProgrammingError, match="row-level security"),
    ):
        connection.execute(text(f"update {table} set company_id = :abc"), {"abc": base.abc})


MAIL = (
    "insert into mails (id, company_id, kind, recipient, subject, state, attempts, not_before, rung_at, created_at)"
    " values (gen_random_uuid(), :c, 'test', 'wren@x.example', 's', 'queued', 0, now(), now(), now())"
)


def test_a_mail_is_its_companys_or_a_persons_own(base: Base):
    with base.superuser.connect() as connection:
        for company_id in (base.abc, base.smith, None):
            connection.execute(text(MAIL), {"c": company_id})
        connection.exec_driver_sql("set local role countinghouse_app")
        connection.execute(text("select set_config('app.company_id', :c, true)"), {"c": str(base.smith)})
        owners = set(connection.scalars(text("select company_id from mails")))
        assert owners == {base.smith, None}
        stolen = text("update mails set company_id = :c where company_id = :from")
        assert connection.execute(stolen, {"c": base.smith, "from": base.abc}).rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(text(MAIL), {"c": base.abc})


ACT = (
    "insert into platform_events (id, at, actor_name, what, company_id, company_name, details)"
    " values (gen_random_uuid(), now(), 'Somebody', 'test', :c, 'x', '{}')"
)


def test_the_operators_log_shows_a_company_its_own_rows(base: Base):
    with base.superuser.connect() as connection:
        for company_id in (base.abc, base.smith):
            connection.execute(text(ACT), {"c": company_id})
        connection.exec_driver_sql("set local role countinghouse_app")
        connection.execute(text("select set_config('app.company_id', :c, true)"), {"c": str(base.smith)})
        assert set(connection.scalars(text("select company_id from platform_events"))) == {base.smith}
        connection.execute(text(ACT), {"c": base.smith})
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(text(ACT), {"c": base.abc})


def references() -> list[tuple[str, str, str]]:
    """(table, column, table it refers to) of every key between two tables of companies."""
    return sorted(
        (table.name, key.column_keys[-1], key.referred_table.name)
        for table in company_tables()
        for key in table.foreign_key_constraints
        if key.referred_table in company_tables()
    )


@pytest.mark.parametrize(("table", "column", "referred"), references())
def test_a_reference_across_companies_is_refused(base: Base, table: str, column: str, referred: str):
    """With a stranger's id, and in the same words with one that nothing has: the refusal tells nothing either."""
    with base.superuser.connect() as connection:
        # A row that refers to something now: of others a check may want the column empty.
        chosen = f"select company_id, id from {table} order by {column} is null, company_id, id limit 1"
        company_id, row_id = connection.execute(text(chosen)).one()
    said = []
    for stranger in (_id_of(base, referred, base.smith if company_id != base.smith else base.abc), uuid4()):
        # As the superuser, whom no policy holds: the key alone must refuse it.
        with base.superuser.connect() as connection, pytest.raises(IntegrityError) as refused:
            connection.execute(
                text(f"update {table} set {column} = :stranger where (company_id, id) = (:company, :row)"),
                {"stranger": stranger, "company": company_id, "row": row_id},
            )
        said.append(str(refused.value.orig).replace(str(stranger), "…"))
    assert said[0] == said[1]
    assert "foreign key" in said[0]


def test_a_key_tells_nothing_of_strangers(base: Base):
    """A row with a stranger's id can be written: the id alone is no key, so it answers no question."""
    stranger = _id_of(base, "offices", base.abc)
    with scope(base.raw, base.smith) as connection:
        written = connection.execute(
            text(
                "insert into offices (company_id, id, name, active, created_at)"
                " values (:smith, :id, 'x', true, now())"
            ),
            {"smith": base.smith, "id": stranger},
        )
        assert written.rowcount == 1


def test_every_company_table_is_walled(base: Base):
    with base.superuser.connect() as connection:
        rows = connection.execute(
            text(
                "select c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner),"
                " (select count(*) from pg_policy p where p.polrelid = c.oid and p.polqual is not null"
                "   and p.polwithcheck is not null and p.polcmd = '*')"
                " from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
            )
        ).all()
    tables = {name: (on, forced, owner, policies) for name, on, forced, owner, policies in rows}
    walled = {table.name for table in company_tables()} | {"companies", "mails", "platform_events"}
    assert walled == set(tables) - (GLOBAL_TABLES - walled) - {"alembic_version"}
    for name in walled:
        assert tables[name] == (True, True, "countinghouse_owner", 1), name


def test_every_model_is_a_companys_but_a_named_few():
    free = {
        mapper.local_table.name
        for mapper in Model.registry.mappers
        if not issubclass(mapper.class_, CompanyOwned)
    }
    assert free == GLOBAL_TABLES


def test_every_key_begins_with_the_company(base: Base):
    look = inspect(base.superuser)
    company_owned = {table.name for table in company_tables()}
    for name in company_owned:
        assert look.get_pk_constraint(name)["constrained_columns"] == ["company_id", "id"], name
        for key in look.get_foreign_keys(name):
            if key["referred_table"] in company_owned:
                assert key["constrained_columns"][0] == "company_id", (name, key["name"])
                assert key["referred_columns"][0] == "company_id", (name, key["name"])
        for index in look.get_indexes(name):
            if index["name"] in ACROSS_COMPANIES or index["name"] == "ix_operations_due":
                continue
            if index["name"] == "ix_memberships_user_id":
                continue  # the lookup of a person's places goes by the person
            assert index["column_names"][0] == "company_id", (name, index["name"])


def test_the_apps_role_is_weak(base: Base):
    with base.superuser.connect() as connection:
        role = connection.execute(
            text(
                "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles"
                " where rolname = 'countinghouse_app'"
            )
        ).one()
        owned = connection.scalar(
            text("select count(*) from pg_class where pg_get_userbyid(relowner) = 'countinghouse_app'")
        )
        can_empty = connection.scalar(
            text(
                "select count(*) from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace"
                " and has_table_privilege('countinghouse_app', c.oid, 'TRUNCATE')"
            )
        )
    assert (tuple(role), owned, can_empty) == ((False, False, False, False), 0, 0)


def test_the_apps_role_cannot_become_another(base: Base):
    for role in ("countinghouse_owner", "countinghouse_lookup", "countinghouse_eraser"):
        with base.raw.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
            connection.exec_driver_sql(f"SET ROLE {role}")


def test_lookups_read_no_more_than_they_say(base: Base):
    """Every function that does more than its caller may is known by name, pinned to a search path, not for all."""
    with base.superuser.connect() as connection:
        rows = connection.execute(
            text(
                "select proname, proconfig, has_function_privilege('public', oid, 'EXECUTE') from pg_proc"
                " where prosecdef and pronamespace = 'public'::regnamespace"
            )
        ).all()
    assert {name for name, _, _ in rows} == {
        "lookup_any_company",
        "lookup_company_ids",
        "lookup_places_of",
        "lookup_due_operations",
        "lookup_company_healths",
        "lookup_due_mails",
        "lookup_mail_counts",
        "lookup_invitation",
        "lookup_companies",
        "lookup_companies_visited",
        "lookup_organisations",
        "lookup_strays_to_hand_on",
        "lookup_due_exports",
        "lookup_closings",
        "lookup_belong_nowhere",
        "erase_logs",
        "erase_company",
    }
    for name, config, for_everybody in rows:
        assert config == ["search_path=pg_catalog, public, pg_temp"], name
        assert not for_everybody, name


ROLES = ("countinghouse_app", "countinghouse_eraser", "countinghouse_lookup", "countinghouse_owner")


def test_who_may_make_what(databases: Databases, base: Base):
    """After the migrations only the owner makes tables and functions, and nobody temporary ones: in the database that
    roles.sql was run in, not only in its copies."""
    for engine in (databases.engine(TEMPLATE, "postgres"), base.superuser):
        with engine.connect() as connection:
            may = connection.execute(
                text(
                    "select r, has_schema_privilege(r, 'public', 'CREATE'),"
                    " has_database_privilege(r, current_database(), 'TEMPORARY') from unnest(cast(:r as text[])) r"
                ),
                {"r": list(ROLES)},
            ).all()
        assert {tuple(row) for row in may} == {(name, name == "countinghouse_owner", False) for name in ROLES}
    for statement in ("create temp table t (a int)", "create table t (a int)", "create schema s"):
        with base.raw.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.exec_driver_sql(statement)


def test_a_lookup_cannot_be_lent_for_other_reading(base: Base):
    """PostgreSQL looks for a table among the session's temporary ones first, unless the function says otherwise: a view
    put there would be read, and its functions called, with the lookup's rights. Nobody may make one (the test before);
    this holds should an administrator allow it."""
    with base.superuser.begin() as connection:
        connection.exec_driver_sql(
            f"GRANT TEMPORARY ON DATABASE {base.raw.url.database} TO countinghouse_app"
        )
    setting_up = (
        "create temp table seen (role text, company_id uuid)",
        "grant all on seen to public",
        (
            "create function pg_temp.look() returns boolean language plpgsql as $$ begin"
            " insert into seen select current_user, company_id from public.memberships; return true; end $$"
        ),
        (
            "create temp view companies as select null::uuid as id, 'x'::text as name,"
            " null::timestamptz as suspended_at where pg_temp.look()"
        ),
        "grant all on companies to public",
    )
    with base.raw.connect() as connection:
        for statement in setting_up:
            connection.exec_driver_sql(statement)
        assert connection.scalar(text("select lookup_any_company()")) is True
        assert connection.exec_driver_sql("select role, company_id from seen").all() == []


def test_pooled_connections_forget_the_company(app: Flask, cast: Cast):
    from app.models import Client
    from app.tenancy import company_scope

    with app.app_context(), company_scope(cast.abc):
        db.session.scalars(db.select(Client)).first()
        db.session.commit()
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("select count(*) from clients")).scalar() == 0
