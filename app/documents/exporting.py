"""A client's documents as one zip, streamed: made while it is sent, a piece in memory at a time."""

import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from flask import Flask
from sqlalchemy import Row, select

from app import storage
from app.crypto import SealBrokenError
from app.extensions import db
from app.models import Document, now
from app.storage.sealing import PIECE
from app.tenancy import company_scope

_NOT_IN_PATHS = re.compile(r"[^\w .,()&+-]+")
README = """The documents of {client}, as {practice} had them at {at}.

manifest.json    every document: its file here, what it is, when it came and from whom, whether it was accepted, where
                 it lies in Xero, its size and its SHA-256, and whether the bytes are those that were received.
SHA256SUMS       the same checksums, for "sha256sum --check SHA256SUMS".
"""


@dataclass(frozen=True)
class Export:
    """What goes into the zip, read beforehand. `rows`: see `rows_of`."""

    company_id: UUID
    client: str
    practice: str
    rows: list[Row[Any]]


def rows_of(client_id: UUID) -> list[Row[Any]]:
    """The client's documents that are not erased, oldest first."""
    columns = (
        Document.id,
        Document.name,
        Document.doc_type,
        Document.tax_year,
        Document.size,
        Document.sha256,
        Document.storage_key,
        Document.state,
        Document.reason,
        Document.uploaded_by,
        Document.by_client,
        Document.decided_by,
        Document.decided_at,
        Document.xero_file_id,
        Document.xero_name,
        Document.created_at,
    )
    mine = (Document.client_id == client_id, Document.storage_key.is_not(None))
    return list(db.session.execute(select(*columns).where(*mine).order_by(Document.created_at, Document.id)))


def pieces(app: Flask, export: Export) -> Iterator[bytes]:
    """The zip, piece by piece. Needs no scope, and holds no transaction while it is sent. A document whose bytes are
    not what was received is named in the manifest."""
    out = _Pipe()
    at = now().isoformat(timespec="seconds")
    told: list[dict[str, Any]] = []
    with ZipFile(out, "w", ZIP_STORED) as zipped:
        readme = README.format(client=export.client, practice=export.practice, at=at)
        zipped.writestr("README.txt", readme)
        for number, row in enumerate(export.rows, start=1):
            path = _path(number, row)
            digest = hashlib.sha256()
            problem = None
            with zipped.open(_info(path, row), "w", force_zip64=True) as member:
                try:
                    with app.app_context(), company_scope(export.company_id):
                        file = storage.open_file(row.storage_key)
                    with file:
                        while piece := file.read(PIECE):
                            digest.update(piece)
                            member.write(piece)
                            yield out.taken()
                except (storage.Missing, SealBrokenError):
                    problem = "The stored bytes are gone or damaged."
            yield out.taken()
            told.append(_told(path, row, problem is None and digest.hexdigest() == row.sha256))
        sums = "".join(f"{one['sha256']}  {one['file']}\n" for one in told)
        zipped.writestr("SHA256SUMS", sums)
        manifest = {"client": export.client, "practice": export.practice, "made_at": at, "documents": told}
        zipped.writestr("manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False))
    yield out.taken()


def _path(number: int, row: Row[Any]) -> str:
    kind = _NOT_IN_PATHS.sub(" ", row.doc_type).strip(" .") or "Other"
    name = _NOT_IN_PATHS.sub("_", row.name).strip(" .") or "document"
    return f"{row.tax_year or 'no tax year'}/{kind}/{number:04d} {name}"


def _info(path: str, row: Row[Any]) -> ZipInfo:
    # Bytes of PDFs and pictures are packed already: packing them again costs time and gains nothing.
    return ZipInfo(path, row.created_at.timetuple()[:6])


def _told(path: str, row: Row[Any], whole: bool) -> dict[str, Any]:
    return {
        "file": path,
        "id": str(row.id),
        "name": row.name,
        "type": row.doc_type,
        "tax_year": row.tax_year,
        "received_at": row.created_at.isoformat(timespec="seconds"),
        "received_from": row.uploaded_by,
        "by_client": row.by_client,
        "state": row.state,
        "reason": row.reason,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at.isoformat(timespec="seconds") if row.decided_at else None,
        "xero_file_id": row.xero_file_id,
        "xero_name": row.xero_name,
        "bytes": row.size,
        "sha256": row.sha256,
        "as_received": whole,
    }


class _Pipe(io.RawIOBase):
    """What a zip is written into, to be taken out again at once. It cannot be wound back."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: Any) -> int:
        self._waiting += data
        return len(data)

    def taken(self) -> bytes:
        found = bytes(self._waiting)
        self._waiting.clear()
        return found
