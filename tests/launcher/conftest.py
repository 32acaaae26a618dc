"""A small checkout of its own: the real launcher over an application of a few lines, so that starts are quick
and nothing of this checkout's data is touched."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.checkout import ROOT, VENV
from launcher.postgres import EmbeddedPostgres
from launcher.processes import end_leftovers
from launcher.redis import EmbeddedRedis

APPLICATION = """
import os
import click
import psycopg2
from flask import Flask

app = Flask(__name__)


@app.get("/readyz")
def readyz():
    ready = os.path.exists("var/worker")
    return {"owner key": "DATABASE_OWNER_URL" in os.environ}, 200 if ready else 503


@app.get("/_console/state")
def state():
    return {}


def note(word):
    with open("var/notes", "a") as notes:
        notes.write(word + "\\n")


db = click.Group("db")
demo = click.Group("demo")


@db.command()
def upgrade():
    url = os.environ["DATABASE_OWNER_URL"].replace("+psycopg2", "")
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS alembic_version AS SELECT 'one' AS version_num")
    connection.close()
    note("upgrade")


@demo.command()
def load():
    note("load")


app.cli.add_command(db)
app.cli.add_command(demo)
"""

PROCFILE = """
# Each stands in for the real one; the worker has a child in a process group of its own, as RQ's has.
web: gunicorn --workers 1 --no-control-socket --bind 127.0.0.1:$PORT wsgi:app
worker: python worker.py
simulator: gunicorn --workers 1 --no-control-socket --bind 127.0.0.1:$SIMULATOR_PORT wsgi:app
"""

WORKER = """
import os, subprocess, time
subprocess.Popen(["sleep", "600"], process_group=0)
open("var/worker", "w").close()
while True:
    time.sleep(1)
"""


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short path that every user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="countinghouse-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def checkout(short_folder: Path) -> Iterator[Path]:
    """A folder in which `python -m launcher run` works."""
    shutil.copytree(
        ROOT / "launcher", short_folder / "launcher", ignore=shutil.ignore_patterns("__pycache__")
    )
    (short_folder / "migrations").mkdir()
    shutil.copy(ROOT / "migrations" / "roles.sql", short_folder / "migrations")
    (short_folder / "wsgi.py").write_text(APPLICATION)
    (short_folder / "worker.py").write_text(WORKER)
    (short_folder / "Procfile").write_text(PROCFILE)
    (short_folder / ".venv").symlink_to(VENV if VENV.exists() else Path(sys.prefix))
    yield short_folder
    end_leftovers(short_folder / "var" / "processes.json")
    EmbeddedPostgres(short_folder / "var" / "postgres").stop()
    EmbeddedRedis(short_folder / "var" / "redis").stop()


@pytest.fixture
def environment() -> dict[str, str]:
    """What a newcomer has: none of our variables, and two free ports."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("XERO_", "COUNTINGHOUSE_"))
    }
    for name in (
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "TOKEN_MASTER_KEY",
        "PUBLIC_URL",
        "BIND",
    ):
        kept.pop(name, None)
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return kept | {"PORT": str(one.getsockname()[1]), "SIMULATOR_PORT": str(two.getsockname()[1])}
