"""Real PostgreSQL and Redis for a test run: one cluster, a template with the cast, a copy of it for each test."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from launcher.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "cast_template"
FRESH = "fresh"


class Databases:
    """Copies of the template; each test that asks gets a fresh one and really commits in it."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        self._admin = create_engine(
            postgres.url("postgres", "postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        self._count = 0
        self.told: dict[str, Any] = {}
        """What stood in the simulator when the cast had been loaded, by organisation."""
        self._documents: dict[Path, bytes] = {}

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))

    def make_template(self, environment: dict[str, str]) -> None:
        """Migrate the cluster's own database, load the cast into it, and make it the template."""
        flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
        for command in (["db", "upgrade"], ["demo", "load"]):
            done = subprocess.run(
                [*flask, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"flask {' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
        self._run(f'ALTER DATABASE "{make_url(self.postgres.owner_url).database}" RENAME TO {TEMPLATE}')

        stored = Path(environment["DOCUMENTS_URL"].removeprefix("file://"))
        self._documents = {path: path.read_bytes() for path in stored.rglob("*") if path.is_file()}

    def _give_back_documents(self) -> None:
        """The cast's documents lie beside the database, the same for every copy: what a test erased comes back."""
        for path, content in self._documents.items():
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def copy(self) -> str:
        """The name of a new copy."""
        self._give_back_documents()
        self._count += 1
        name = f"test_{self._count}"
        self._copy(name)
        return name

    def fresh(self) -> str:
        """A new copy under the one name that the tests' app knows; the one before is dropped."""
        self._give_back_documents()
        self.drop(FRESH)
        self._copy(FRESH)
        return FRESH

    def _copy(self, name: str) -> None:
        self._run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        self._run(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def engine(self, name: str, role: str) -> Engine:
        return create_engine(self.postgres.url(role, name), poolclass=NullPool)
