"""Bringing the database to the checkout: migrations by the owner role, then the demonstration data."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from launcher.checkout import PYTHON, ROOT, VAR, Refused
from launcher.postgres import EmbeddedPostgres
from launcher.server import ServerError

_STAMP = VAR / "database-prepared"


def prepared(postgres: EmbeddedPostgres | None) -> bool:
    """Whether the embedded database is as `note_prepared` left it and the migrations have not changed since.

    A database of somebody else's is always asked anew.
    """
    if postgres is None or not _STAMP.exists():
        return False
    return _STAMP.read_text() == _state(postgres)


def note_prepared(postgres: EmbeddedPostgres | None) -> None:
    if postgres is not None:
        _STAMP.write_text(_state(postgres))


def migrate(environment: dict[str, str]) -> None:
    """`flask db upgrade` as the owner role. Raises Refused with what it said."""
    _flask(["db", "upgrade"], environment, "The database could not be migrated")


def load_demonstration(environment: dict[str, str]) -> None:
    """`flask demo load`, which does nothing where there is any practice. Raises Refused with what it said."""
    _flask(["demo", "load"], environment, "The demonstration data could not be loaded")


def _flask(words: list[str], environment: dict[str, str], trouble: str) -> None:
    log = VAR / "log" / f"{'-'.join(words)}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as out:
        done = subprocess.run(
            [str(PYTHON), "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        end = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
        raise Refused(f"{trouble}. The end of {log.relative_to(ROOT)}:\n{end}")


def _state(postgres: EmbeddedPostgres) -> str:
    """What the migrations are and where the database stands; a database without tables equals no stamp."""
    try:
        version = postgres.ask("SELECT version_num FROM alembic_version")
    except ServerError:
        version = "none"
    migrations = hashlib.sha256()
    for path in sorted(_files(ROOT / "migrations")):
        migrations.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{version} {migrations.hexdigest()}"


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in {".py", ".sql"}]
