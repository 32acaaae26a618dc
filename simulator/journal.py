"""Keeping the state on disk: an append-only file, rewritten as a snapshot at each start.

A change is handed to the operating system before the reply that reports it leaves, so a killed simulator
loses nothing. There is no fsync: what is promised is survival of the process, not of the power supply.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Entry = tuple[str, str, Record | None]  # table, key, record (None: removed)


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot be kept in the journal")


def _decode(value: Record) -> Any:
    if "$decimal" in value:
        return Decimal(value["$decimal"])
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    return value


class Journal:
    """Collects the changes a thread makes and writes them in one go at :meth:`commit`.

    Without a folder it only counts the changes.
    """

    def __init__(self, folder: Path | None) -> None:
        self.path = folder / "state.jsonl" if folder else None
        self._pending = threading.local()
        self._write_lock = threading.Lock()
        self._file: int | None = None
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    def add(self, table: str, key: str, record: Record | None) -> None:
        """Remember one change of this thread. The line is made now, so later edits of the record do not
        slip in.
        """
        lines: list[str] | None = getattr(self._pending, "lines", None)
        if lines is None:
            lines = self._pending.lines = []
        kept = (
            ""
            if self.path is None
            else json.dumps([table, key, record], default=_encode, separators=(",", ":"))
        )
        lines.append(kept)

    def commit(self) -> int:
        """Write what this thread has pending and say how many changes that was."""
        lines: list[str] = getattr(self._pending, "lines", None) or []
        self._pending.lines = []
        if lines and self.path is not None:
            data = ("\n".join(lines) + "\n").encode()
            with self._write_lock:
                if self._file is None:
                    self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                while data:
                    data = data[os.write(self._file, data) :]
        return len(lines)

    def read(self) -> Iterator[Entry]:
        """The entries on disk, oldest first. A torn last line (the process died while writing it) is left
        out.
        """
        if self.path is None or not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as lines:
            for line in lines:
                if not line.endswith("\n"):
                    return
                table, key, record = json.loads(line, object_hook=_decode)
                yield table, key, record

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Replace the file with a snapshot, atomically."""
        if self.path is None:
            return
        with self._write_lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None
            fresh = self.path.with_suffix(".new")
            with fresh.open("w", encoding="utf-8") as out:
                for entry in entries:
                    out.write(json.dumps(entry, default=_encode, separators=(",", ":")) + "\n")
            fresh.replace(self.path)
