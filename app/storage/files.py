"""The company's files: a row with each file's sealed key, and its bytes."""

import hashlib
import io
import logging
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast
from uuid import UUID

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.crypto import Vault
from app.extensions import db, settings
from app.models import StoredFile
from app.storage.place import Place, place_at
from app.storage.sealing import PIECE, Seal, SealedReader, SealedWriter, pieces
from app.tenancy import CompanySession, current_company_id

log = logging.getLogger(__name__)

FIELD = "file_key"
WHOLE = "whole"
_TO_REMOVE = "stored_bytes_to_remove"


class Missing(Exception):  # noqa: N818
    """This company has no such file."""


class TooLarge(Exception):  # noqa: N818
    """More came than may be stored."""


@dataclass(frozen=True)
class Stored:
    """size in bytes, sha256 in hexadecimal digits, both of the unsealed bytes."""

    key: str
    size: int
    sha256: str


def put(file_id: UUID, stream: BinaryIO, at_most: int) -> Stored:
    """Store a whole stream. `file_id`: of the document it becomes. Raises `TooLarge`, and leaves nothing then."""
    row = _new(file_id)
    stored = _write(row, _read(stream), at_most)
    db.session.add(row)
    return stored


def begin(file_id: UUID) -> str:
    """The key of a file that will come in pieces. `file_id`: of the document it becomes."""
    row = _new(file_id)
    db.session.add(row)
    return row.key


def append(key: str, piece: bytes) -> int:
    """Store the next piece; how many bytes have come with it. The row stays locked until the commit."""
    row = _row(key, lock=True)
    name = secrets.token_hex(8)
    with _place().write(row.company_id, f"{key}.{name}") as out:
        writer = SealedWriter(out, _seal(row, name))
        writer.write(piece)
        writer.close()
    row.pieces = [*row.pieces, [name, len(piece)]]
    return sum(length for _, length in row.pieces)


def finish(key: str) -> Stored:
    """Make one file of the pieces; they go with the commit. Doing it again, after a crash, is harmless."""
    row = _row(key, lock=True)
    stored = _write(row, _joined(row), sum(length for _, length in row.pieces))
    _remove_after_commit(row.company_id, _piece_names(row))
    row.pieces = []
    return stored


def open_file(key: str) -> BinaryIO:
    """The file's bytes, readable and seekable, a piece in memory at a time; to be closed."""
    row = _row(key)
    if row.size is None:
        raise Missing
    return cast(BinaryIO, io.BufferedReader(_reader(row, key, WHOLE), PIECE))


def pieces_of(key: str) -> Iterator[bytes]:
    """The file's bytes in pieces of 64 KiB. Raises before the first one, so that an answer has not begun yet."""
    return pieces(open_file(key))


def size(key: str) -> int:
    """Bytes, unsealed; of one that is still coming, how many have come."""
    row = _row(key)
    return row.size if row.size is not None else sum(length for _, length in row.pieces)


def delete(key: str) -> None:
    """Remove the file with the caller's commit. Its key goes with the row: what a backup keeps of it opens no more."""
    row = _row(key, lock=True)
    db.session.delete(row)
    _remove_after_commit(row.company_id, [key, *_piece_names(row)])


def discard(key: str) -> None:
    """Remove at once the bytes of a file whose row was never committed; the caller rolls back."""
    _remove(_place(), current_company_id(), [key])


def keys_of_company() -> Iterator[str]:
    """The keys of this company's whole files."""
    return iter(db.session.scalars(select(StoredFile.key).where(StoredFile.size.is_not(None))).all())


def _place() -> Place:
    return place_at(settings().documents_url)


def _new(file_id: UUID) -> StoredFile:
    company_id = current_company_id()
    sealed = Vault(settings().master_keys, company_id).seal(
        b64encode(os.urandom(32)).decode(), file_id, FIELD
    )
    return StoredFile(
        company_id=company_id, id=file_id, key=secrets.token_hex(16), sealed_key=sealed, pieces=[]
    )


def _row(key: str, *, lock: bool = False) -> StoredFile:
    wanted = select(StoredFile).where(StoredFile.key == key)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalar(wanted)
    if row is None:
        raise Missing
    return row


def _seal(row: StoredFile, what: str) -> Seal:
    opened = Vault(settings().master_keys, row.company_id).open(row.sealed_key, row.id, FIELD)
    return Seal(b64decode(opened), row.company_id, row.id, what)


def _reader(row: StoredFile, name: str, what: str) -> SealedReader:
    place = _place()
    try:
        return SealedReader(
            place.open(row.company_id, name), place.size(row.company_id, name), _seal(row, what)
        )
    except FileNotFoundError:
        raise Missing from None


def _read(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece


def _joined(row: StoredFile) -> Iterator[bytes]:
    for name, _ in row.pieces:
        yield from pieces(cast(BinaryIO, io.BufferedReader(_reader(row, f"{row.key}.{name}", name), PIECE)))


def _write(row: StoredFile, content: Iterable[bytes], at_most: int) -> Stored:
    digest = hashlib.sha256()
    with _place().write(row.company_id, row.key) as out:
        writer = SealedWriter(out, _seal(row, WHOLE))
        for piece in content:
            if writer.size + len(piece) > at_most:
                raise TooLarge
            digest.update(piece)
            writer.write(piece)
        writer.close()
    row.size = writer.size
    return Stored(row.key, writer.size, digest.hexdigest())


def _piece_names(row: StoredFile) -> list[str]:
    return [f"{row.key}.{name}" for name, _ in row.pieces]


def _remove_after_commit(company_id: UUID, names: list[str]) -> None:
    db.session.info.setdefault(_TO_REMOVE, []).append((_place(), company_id, names))


@event.listens_for(CompanySession, "after_commit")
def _remove_bytes(session: Session) -> None:
    for place, company_id, names in session.info.pop(_TO_REMOVE, []):
        _remove(place, company_id, names)


@event.listens_for(CompanySession, "after_rollback")
def _keep_bytes(session: Session) -> None:
    session.info.pop(_TO_REMOVE, None)


def _remove(place: Place, company_id: UUID, names: list[str]) -> None:
    """Without its row nobody reads them; what is left behind, the clock sweeps up."""
    for name in names:
        try:
            place.remove(company_id, name)
        except OSError as problem:
            log.warning("Bytes without a row were not removed yet (%s)", type(problem).__name__)
            return
