"""The storage: in a folder and in a store without folders; whole or not at all; nothing of another company's."""

import hashlib
import io
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask

from app import storage
from app.crypto import SealBrokenError
from app.extensions import db
from app.models import StoredFile, now
from app.storage import sweeping
from app.storage.place import place_at
from app.tenancy import company_scope
from tests.support.people import Cast

pytestmark = pytest.mark.usefixtures("no_documents")

PAPER = os.urandom(200_000)
MOST = 10_000_000


@contextmanager
def at_work(app: Flask, company_id: UUID) -> Iterator[None]:
    with app.app_context(), company_scope(company_id):
        yield
        db.session.commit()


def use(app: Flask, url: str) -> str:
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"documents_url": url})
    return url


def names(url: str, company_id: UUID) -> list[str]:
    return sorted(name for name, _ in place_at(url).names(company_id))


class Breaks(io.BytesIO):
    """A stream that ends in the middle, as a broken connection does."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 100_000:
            raise ConnectionResetError
        return super().read(size)


@pytest.mark.parametrize("where", ["file://{}/kept", "memory://{}/kept"])
def test_files_are_kept(app: Flask, cast: Cast, tmp_path: Path, where: str):
    url = use(app, where.format(tmp_path))
    with at_work(app, cast.abc):
        stored = storage.put(uuid4(), io.BytesIO(PAPER), MOST)
        assert (stored.size, stored.sha256) == (len(PAPER), hashlib.sha256(PAPER).hexdigest())
        with pytest.raises(storage.TooLarge):
            storage.put(uuid4(), io.BytesIO(PAPER), len(PAPER) - 1)
        with pytest.raises(ConnectionResetError):
            storage.put(uuid4(), Breaks(PAPER), MOST)
    # What was too large or broke off has left nothing, neither a row nor bytes.
    assert names(url, cast.abc) == [stored.key]

    # Piece by piece, the same in the end.
    with at_work(app, cast.abc):
        key = storage.begin(uuid4())
    for at in range(0, len(PAPER), 70_000):
        with at_work(app, cast.abc):
            assert storage.append(key, PAPER[at : at + 70_000]) == min(at + 70_000, len(PAPER))
    with at_work(app, cast.abc):
        with pytest.raises(storage.Missing):
            storage.open_file(key)
        assert storage.size(key) == len(PAPER)
        assert storage.finish(key).sha256 == stored.sha256
    assert names(url, cast.abc) == sorted([stored.key, key])

    with at_work(app, cast.abc):
        assert sorted(storage.keys_of_company()) == sorted([stored.key, key])
        assert b"".join(storage.pieces_of(key)) == PAPER
        storage.delete(stored.key)
        db.session.rollback()
        assert storage.size(stored.key) == len(PAPER)
        storage.delete(stored.key)
    assert names(url, cast.abc) == [key]


def test_another_company_opens_nothing(app: Flask, cast: Cast, tmp_path: Path):
    use(app, f"file://{tmp_path}")
    file_id = uuid4()
    with at_work(app, cast.abc):
        stored = storage.put(file_id, io.BytesIO(PAPER), MOST)
        row = db.session.get_one(StoredFile, (cast.abc, file_id))
        sealed_key = row.sealed_key
    for reach in (storage.open_file, storage.pieces_of, storage.size, storage.delete, storage.finish):
        with at_work(app, cast.xyz), pytest.raises(storage.Missing):
            reach(stored.key)
    for path in (f"../{cast.abc}/{stored.key}", f"{cast.abc}/{stored.key}", "..", "", stored.key.upper()):
        with at_work(app, cast.xyz), pytest.raises(storage.Missing):
            storage.open_file(path)

    # Somebody who can write rows and move files still lacks the company's key.
    folder = tmp_path / str(cast.xyz) / stored.key[:2]
    folder.mkdir(parents=True)
    shutil.copy(tmp_path / str(cast.abc) / stored.key[:2] / stored.key, folder)
    with at_work(app, cast.xyz):
        db.session.add(
            StoredFile(id=file_id, key=stored.key, sealed_key=sealed_key, size=len(PAPER), pieces=[])
        )
    with at_work(app, cast.xyz), pytest.raises(SealBrokenError):
        storage.open_file(stored.key)


def test_what_belongs_to_nothing_is_swept(app: Flask, cast: Cast, tmp_path: Path):
    url = use(app, f"file://{tmp_path}")
    with at_work(app, cast.abc):
        kept = storage.put(uuid4(), io.BytesIO(PAPER), MOST).key
        coming = storage.begin(uuid4())
        storage.append(coming, PAPER)
    with app.app_context(), company_scope(cast.abc):
        storage.put(uuid4(), io.BytesIO(PAPER), MOST)
        storage.append(coming, PAPER)
        # A process that dies here leaves a whole file and a piece that no row knows, and perhaps half a one.
        db.session.rollback()
    half = tmp_path / str(cast.abc) / kept[:2] / f"{kept}.0123456789abcdef.aside"
    half.write_bytes(b"half a file")
    assert len(names(url, cast.abc)) == 5
    with at_work(app, cast.abc):
        assert sweeping.sweep() == 0, "what is being written right now is left alone"
    yesterday = (now() - sweeping.OLD - timedelta(minutes=1)).timestamp()
    for file in (tmp_path / str(cast.abc)).glob("*/*"):
        os.utime(file, (time.time(), yesterday))
    with at_work(app, cast.abc):
        assert sweeping.sweep() == 3
        assert storage.size(coming) == len(PAPER)
        assert b"".join(storage.pieces_of(kept)) == PAPER
