"""What the app leaves behind beside its answers: lines of its log, mails, what stands in Redis, files."""

import json
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from flask import Flask
from redis import Redis
from sqlalchemy import Engine

from tests.support.mails import Outbox


class Lines(logging.Handler):
    """Every line that the app's processes would log, faults with their whole story."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))

    def taken(self) -> str:
        """What was logged since it was last asked."""
        lines, self._lines = "\n".join(self._lines), []
        return lines


class Traces:
    """`folder`: where everything that is written to a temporary file goes while the traces are watched."""

    def __init__(self, app: Flask, superuser: Engine, folder: Path) -> None:
        self.app = app
        self.log = Lines()
        self._outbox = Outbox(app, superuser)
        self._folder = folder
        self._root_level = logging.getLogger().level
        self._old_folder = tempfile.tempdir

    def __enter__(self) -> "Traces":
        tempfile.tempdir = str(self._folder)
        logging.getLogger().addHandler(self.log)
        logging.getLogger().setLevel(logging.INFO)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self.log)
        logging.getLogger().setLevel(self._root_level)
        tempfile.tempdir = self._old_folder

    def mails(self, theirs: UUID) -> str:
        """Every mail but those of that company, opened."""
        posted = [mail for mail in self._outbox.all() if mail.company_id != theirs]
        return "\n".join(f"{mail.recipient} {mail.subject} {mail.text} {mail.html}" for mail in posted)

    def redis(self) -> str:
        """All keys and values."""
        found = Redis.from_url(self.app.extensions["settings"].redis_url)  # bytes as they are
        return "\n".join(f"{key!r} {self._value(found, key)}" for key in found.scan_iter())

    @staticmethod
    def _value(found: Redis, key: bytes) -> str:
        readers = {"string": found.get, "hash": found.hgetall, "set": found.smembers}
        kind = found.type(key)
        kind = kind.decode() if isinstance(kind, bytes) else kind
        if kind == "list":
            return str(found.lrange(key, 0, -1))
        if kind == "zset":
            return str(found.zrange(key, 0, -1))
        return str(readers[kind](key)) if kind in readers else ""

    def files(self) -> str:
        """All that was written to files: temporary ones, and those under folders that the settings name."""
        return "\n".join(
            path.name + path.read_bytes().decode("utf-8", "replace")
            for folder in self._folders()
            for path in folder.rglob("*")
            if path.is_file()
        )

    def _folders(self) -> Iterator[Path]:
        yield self._folder
        for value in self.app.extensions["settings"].model_dump().values():
            if isinstance(value, Path) and value.is_dir():
                yield value


def rows_as_text(rows: list[dict[str, object]]) -> str:
    return json.dumps(rows, default=str, ensure_ascii=False)
