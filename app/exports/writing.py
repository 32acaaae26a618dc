"""Writing an export: one zip, row by row, from one moment of the database. Nothing is held whole in memory."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Connection, Select, column, func, select, table

from app.exports.contents import LEFT_OUT, Part, parts_of
from app.exports.documents import write_documents
from app.extensions import db
from app.models import CompanyExport, now

AT_ONCE = 500
"""Rows fetched at a time."""
_REVISION: Select[Any] = select(column("version_num")).select_from(table("alembic_version"))

README = """This file holds everything that Countinghouse keeps of {practice}, as it stood at {at}.

tables/*.jsonl   One file a table, one JSON object a line, UTF-8. Amounts and ids are texts, moments are ISO 8601 in
                 UTC. Rows refer to each other by id; "people" says who the users are that other tables name.
documents/       Every document as it was received, called by its id in tables/documents.jsonl, which says what it is
                 called, whose it is, and its SHA-256.
manifest.json    Every file with its number of rows and its SHA-256; what was left out, and why.

Mappings carry the ids of Xero, so every job, contact and person is found there again. The hashes of "audit_events"
prove that no entry of the audit log was changed: each covers the one before.

Passwords, sign-ins to Xero and everything else that opens something is not among it. Keep this file as you keep your
clients' papers.
"""


def write(file: BinaryIO, export: CompanyExport, practice: str, alive: Callable[[], None]) -> int:
    """Write the export's zip into the file; the number of rows. `alive` is called again and again, and stops the
    work by raising. Needs no scope; opens a read-only transaction of its own."""
    at = now()
    with _moment(export.company_id) as connection, ZipFile(file, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr("README.txt", README.format(practice=practice, at=at.isoformat(timespec="seconds")))
        entries = [_write_part(zipped, connection, part, alive) for part in parts_of(export.company_id)]
        documents = write_documents(zipped, connection, export.company_id, alive)
        manifest = {
            "practice": {"id": str(export.company_id), "name": practice},
            "made_at": at.isoformat(timespec="seconds"),
            "asked_by": export.asked_by,
            "reason": export.reason,
            "schema": connection.scalar(_REVISION),
            "files": entries,
            "documents": documents,
            "left_out": LEFT_OUT,
        }
        zipped.writestr("manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False))
    return sum(entry["rows"] for entry in entries)


@contextmanager
def _moment(company_id: UUID) -> Iterator[Connection]:
    """A connection that sees this practice as it stands now, whatever is changed meanwhile."""
    with db.engine.connect() as connection:
        frozen = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with frozen.begin():
            frozen.execute(select(func.set_config("app.company_id", str(company_id), True)))
            yield frozen


def _write_part(
    zipped: ZipFile, connection: Connection, part: Part, alive: Callable[[], None]
) -> dict[str, Any]:
    name, rows, size, digest = f"tables/{part.name}.jsonl", 0, 0, hashlib.sha256()
    found = connection.execution_options(yield_per=AT_ONCE).execute(part.statement)
    with zipped.open(name, "w", force_zip64=True) as member:
        for batch in found.mappings().partitions():
            alive()
            lines = io.StringIO()
            for row in batch:
                lines.write(json.dumps(dict(row), ensure_ascii=False, default=_plain) + "\n")
            piece = lines.getvalue().encode()
            member.write(piece)
            digest.update(piece)
            rows, size = rows + len(batch), size + len(piece)
    alive()
    return {
        "name": name,
        "rows": rows,
        "bytes": size,
        "sha256": digest.hexdigest(),
        "columns_left_out": list(part.left_out),
    }


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"An export does not know how to write a {type(value).__name__}")
