"""The folder or bucket behind the storage, through fsspec: whole files appear, or none.

<DOCUMENTS_URL>/<company>/<first two letters>/<key>              a file
                                          …/<key>.<name>         a piece of an upload
                                          …/<anything>.aside     being written: nobody reads it
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, BinaryIO, cast
from uuid import UUID

from fsspec.core import url_to_fs

_NAME = re.compile(r"[0-9a-f]{32}(\.[0-9a-f]{16})?", re.ASCII)
_ASIDE = ".aside"
_S3_PART = 5 * 1024 * 1024
"""The smallest part of an S3 upload: so much is in memory while one is written."""


class Place:
    """Raises `FileNotFoundError` for what is not there, `OSError` when the place does not answer."""

    def __init__(self, url: str) -> None:
        self._on_this_machine = url.startswith("file:")
        how = {"auto_mkdir": True} if self._on_this_machine else {"use_listings_cache": False}
        self._files, self._root = url_to_fs(url, **how)

    @contextmanager
    def write(self, company_id: UUID, name: str) -> Iterator[BinaryIO]:
        """Write a file aside; it takes its name at the end, and never if something goes wrong."""
        path = self._path(company_id, name)
        aside = f"{path}.{secrets.token_hex(8)}{_ASIDE}"
        try:
            with self._files.open(aside, "wb", block_size=_S3_PART) as out:
                yield cast(BinaryIO, out)
                if self._on_this_machine:
                    # Past the system's memory: a row will soon say that it is there.
                    out.flush()
                    os.fsync(out.fileno())
            self._files.mv(aside, path)
        except BaseException:
            if self._files.exists(aside):
                self._files.rm_file(aside)
            raise

    def open(self, company_id: UUID, name: str) -> BinaryIO:
        return cast(BinaryIO, self._files.open(self._path(company_id, name), "rb"))

    def size(self, company_id: UUID, name: str) -> int:
        """In bytes, as it lies there: sealed."""
        return int(self._files.size(self._path(company_id, name)))

    def remove(self, company_id: UUID, name: str) -> None:
        """Nothing happens when it is not there."""
        path = self._path(company_id, name)
        if self._files.exists(path):
            self._files.rm_file(path)

    def names(self, company_id: UUID) -> Iterator[tuple[str, datetime]]:
        """Everything of a company with its time, what is being written included; a folder in memory at a time."""
        for folder in self._listed(f"{self._root}/{company_id}"):
            for found in self._listed(folder["name"]):
                if found["type"] == "file":
                    yield found["name"].rsplit("/", 1)[-1], _time_of(found)

    def remove_listed(self, company_id: UUID, name: str) -> None:
        """Remove what `names` told of, which may be half written."""
        if name != os.path.basename(name) or name.startswith("."):  # noqa: PTH119  a name, no path of this machine
            raise ValueError("no name of ours")
        self._files.rm_file(f"{self._root}/{company_id}/{name[:2]}/{name}")

    def _listed(self, path: str) -> list[dict[str, Any]]:
        try:
            return list(self._files.ls(path, detail=True))
        except FileNotFoundError:
            return []

    def _path(self, company_id: UUID, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise FileNotFoundError("no name of ours")
        return f"{self._root}/{company_id}/{name[:2]}/{name}"


def _time_of(found: dict[str, Any]) -> datetime:
    told = found.get("mtime") or found.get("LastModified") or found.get("created")
    if isinstance(told, datetime):
        return told if told.tzinfo else told.replace(tzinfo=UTC)
    if isinstance(told, int | float):
        return datetime.fromtimestamp(told, UTC)
    # A store that tells no times: never old enough to be swept.
    return datetime.now(UTC)


@cache
def place_at(url: str) -> Place:
    """The place of these settings, made once a process."""
    return Place(url)
