"""Belt three and four: what PostgreSQL itself refuses, with the guard out of the way."""

import pytest
from flask import Flask
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from app.extensions import db
from app.models import CompanyOwned, Model
from app.tenancy import company_tables
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


@pytest.fixture
def raw(app: Flask, database: str, databases):
    """The app's own database role, without any ORM."""
    return databases.engine(database, "countinghouse_app")


def _in_scope(engine: Engine, company_id, statement: str, **values):
    with engine.begin() as connection:
        if company_id:
            connection.execute(text("select set_config('app.company_id', :c, true)"), {"c": str(company_id)})
        result = connection.execute(text(statement), values)
        return result.all() if result.returns_rows else result.rowcount


@pytest.mark.parametrize("table", [*sorted(table.name for table in company_tables()), "companies"])
def test_raw_sql_sees_its_own_company_only(raw: Engine, superuser: Engine, cast: Cast, table: str):
    column = "id" if table == "companies" else "company_id"
    assert _in_scope(raw, None, f"select * from {table}") == []
    with superuser.connect() as connection:
        theirs = connection.scalar(text(f"select count(*) from {table} where {column} = :c"), {"c": cast.abc})
        everything = connection.scalar(text(f"select count(*) from {table}"))
    seen = _in_scope(raw, cast.abc, f"select {column} from {table}")
    assert len(seen) == theirs
    assert {row[0] for row in seen} <= {cast.abc}
    empty = {"api_replies", "consents", "company_entries", "xero_calls", "operation_steps", "audit_views"}
    empty |= {"contact_errands", "xero_newcomers", "last_syncs"}
    empty |= {"document_uploads", "document_folders"}
    empty |= {"document_erasures"}
    empty |= {"webhook_events", "webhook_gaps"}
    empty |= {"company_exports", "company_closings"}
    if table not in empty:
        assert everything > 0, f"{table} is empty in the cast, so nothing is proved of it"


@pytest.mark.parametrize("table", sorted(ADDED_TO_ONLY))
@pytest.mark.parametrize("statement", ["delete from {}", "update {} set at = now()", "truncate {}"])
def test_a_log_is_added_to_only(raw: Engine, cast: Cast, table: str, statement: str):
    with pytest.raises(ProgrammingError, match="permission denied"):
        _in_scope(raw, cast.abc, statement.format(table))


@pytest.mark.parametrize(
    "table", sorted({table.name for table in company_tables()} - ADDED_TO_ONLY - DECIDED)
)
def test_raw_writes_stay_in_the_company(raw: Engine, superuser: Engine, cast: Cast, table: str):
    with superuser.connect() as connection:
        before = connection.execute(
            text(f"select count(*) from {table} where company_id = :c"), {"c": cast.abc}
        ).scalar()
    assert _in_scope(raw, cast.xyz, f"delete from {table} where company_id = :abc", abc=cast.abc) == 0
    assert (
        _in_scope(
            raw,
            cast.xyz,
            f"update {table} set company_id = :xyz where company_id = :abc",
            abc=cast.abc,
            xyz=cast.xyz,
        )
        == 0
    )
    with superuser.connect() as connection:
        after = connection.execute(
            text(f"select count(*) from {table} where company_id = :c"), {"c": cast.abc}
        ).scalar()
    assert before == after


def test_a_row_for_another_company_is_refused(raw: Engine, cast: Cast):
    with pytest.raises(ProgrammingError, match="row-level security"):
        _in_scope(
            raw,
            cast.xyz,
            "insert into offices (company_id, id, name, active, created_at)"
            " values (:abc, gen_random_uuid(), 'x', true, now())",
            abc=cast.abc,
        )


def test_a_reference_across_companies_is_refused(raw: Engine, cast: Cast):
    stranger = cast.client(cast.abc)
    own = cast.request(cast.xyz)
    with pytest.raises(IntegrityError, match="foreign key"):
        _in_scope(
            raw, cast.xyz, "update service_requests set client_id = :c where id = :r", c=stranger.id, r=own.id
        )


def test_a_key_tells_nothing_of_strangers(raw: Engine, cast: Cast):
    """A row with a stranger's id can be written: the id alone is no key, so it answers no question."""
    stranger = cast.request(cast.abc)
    written = _in_scope(
        raw,
        cast.xyz,
        "insert into offices (company_id, id, name, active, created_at) values (:xyz, :id, 'x', true, now())",
        xyz=cast.xyz,
        id=stranger.office_id,
    )
    assert written == 1


def test_every_company_table_is_walled(superuser: Engine):
    with superuser.connect() as connection:
        rows = connection.execute(
            text(
                "select c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner),"
                " (select count(*) from pg_policy p where p.polrelid = c.oid and p.polqual is not null"
                "   and p.polwithcheck is not null and p.polcmd = '*')"
                " from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
            )
        ).all()
    tables = {name: (on, forced, owner, policies) for name, on, forced, owner, policies in rows}
    walled = {table.name for table in company_tables()} | {"companies"}
    assert walled == set(tables) - (GLOBAL_TABLES - {"companies"}) - {"alembic_version"}
    for name in walled:
        assert tables[name] == (True, True, "countinghouse_owner", 1), name


def test_every_model_is_a_companys_but_a_named_few():
    free = {
        mapper.local_table.name
        for mapper in Model.registry.mappers
        if not issubclass(mapper.class_, CompanyOwned)
    }
    assert free == GLOBAL_TABLES


def test_every_key_begins_with_the_company(superuser: Engine):
    look = inspect(superuser)
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


def test_the_apps_role_is_weak(superuser: Engine):
    with superuser.connect() as connection:
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


def test_the_apps_role_cannot_become_another(raw: Engine):
    for role in ("countinghouse_owner", "countinghouse_lookup", "countinghouse_eraser"):
        with raw.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
            connection.exec_driver_sql(f"SET ROLE {role}")


def test_lookups_read_no_more_than_they_say(superuser: Engine):
    """Every function that does more than its caller may is known by name, pinned to a search path, not for all."""
    with superuser.connect() as connection:
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
        "lookup_due_exports",
        "lookup_closings",
        "lookup_belong_nowhere",
        "erase_logs",
        "erase_company",
        "lookup_mail_counts",
        "lookup_invitation",
        "lookup_companies",
        "lookup_companies_visited",
        "lookup_organisations",
        "lookup_strays_to_hand_on",
    }
    for name, config, for_everybody in rows:
        assert config == ["search_path=pg_catalog, public, pg_temp"], name
        assert not for_everybody, name


ROLES = ("countinghouse_app", "countinghouse_eraser", "countinghouse_lookup", "countinghouse_owner")


def test_who_may_make_what(databases: Databases, superuser: Engine, raw: Engine):
    """After the migrations only the owner makes tables and functions, and nobody temporary ones: in the database that
    roles.sql was run in, not only in its copies."""
    for engine in (databases.engine(TEMPLATE, "postgres"), superuser):
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
        with raw.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.exec_driver_sql(statement)


def test_a_lookup_cannot_be_lent_for_other_reading(raw: Engine, superuser: Engine, database: str):
    """PostgreSQL looks for a table among the session's temporary ones first, unless the function says otherwise: a view
    put there would be read, and its functions called, with the lookup's rights. Nobody may make one (the test before);
    this holds should an administrator allow it."""
    with superuser.begin() as connection:
        connection.exec_driver_sql(f"GRANT TEMPORARY ON DATABASE {database} TO countinghouse_app")
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
    with raw.connect() as connection:
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
