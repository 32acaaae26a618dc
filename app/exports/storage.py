"""The files of exports: one finished file a practice, in a folder that web and worker share.

A file is written under the name of the run that writes it and takes its place whole: what stands under the practice's
name was finished. Names are made of ids only.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from app.extensions import settings


def _folder() -> Path:
    folder = settings().export_folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def finished(company_id: UUID) -> Path:
    """Where the practice's finished file stands, if there is one."""
    return _folder() / f"{company_id}.zip"


@contextmanager
def unfinished(company_id: UUID, run: UUID) -> Iterator[BinaryIO]:
    """A new file of this run, for nobody else to read. On the disk when the block ends; gone when it fails."""
    path = _part(company_id, run)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def take_its_place(company_id: UUID, run: UUID) -> None:
    """Make the run's file the practice's finished one, at a stroke."""
    _part(company_id, run).replace(finished(company_id))


def drop(company_id: UUID, run: UUID) -> None:
    """Remove what the run wrote."""
    _part(company_id, run).unlink(missing_ok=True)


def _part(company_id: UUID, run: UUID) -> Path:
    return _folder() / f"{company_id}.{run}.part"


def remove(company_id: UUID) -> None:
    """Remove every file of the practice, half ones too."""
    for path in _folder().glob(f"{company_id}.*"):
        path.unlink(missing_ok=True)


def remove_left_parts(before: float) -> int:
    """Remove half files that nobody has written to since `before` (seconds since 1970); how many."""
    left = 0
    for path in _folder().glob("*.part"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                left += 1
    return left


def owners() -> set[UUID]:
    """The practices that have a finished file."""
    return {UUID(path.stem) for path in _folder().glob("*.zip")}
