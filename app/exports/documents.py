"""The documents in an export: each file as it was received, called by its row's id. `tables/documents.jsonl` says the
rest, its checksum included."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import Connection, select

from app import storage
from app.crypto import SealBrokenError
from app.extensions import db
from app.models import Document, Model
from app.storage.sealing import PIECE

AT_ONCE = 500


def write_documents(
    zipped: ZipFile, connection: Connection, company_id: UUID, alive: Callable[[], None]
) -> dict[str, Any]:
    """Write the files that the connection's moment knows; how many and how large, and the ids of those whose bytes are
    gone (erased meanwhile) or not what was received. In the practice's scope."""
    table = Model.metadata.tables[Document.__tablename__]
    wanted = (
        select(table.c.id, table.c.extension, table.c.sha256, table.c.storage_key, table.c.created_at)
        .where(table.c.company_id == company_id, table.c.storage_key.is_not(None))
        .order_by(table.c.id)
    )
    count, size, wrong = 0, 0, []
    for rows in connection.execution_options(yield_per=AT_ONCE).execute(wanted).partitions():
        for row in rows:
            alive()
            digest = hashlib.sha256()
            try:
                file = storage.open_file(row.storage_key)
            except storage.Missing:
                wrong.append(str(row.id))
                continue
            finally:
                # Where the bytes lie is read; no transaction of ours stays open while they are.
                db.session.rollback()
            info = ZipInfo(f"documents/{row.id}.{row.extension}", row.created_at.timetuple()[:6])
            info.compress_type = ZIP_STORED
            with file, zipped.open(info, "w", force_zip64=True) as member:
                try:
                    while piece := file.read(PIECE):
                        alive()
                        digest.update(piece)
                        member.write(piece)
                        size += len(piece)
                except SealBrokenError:
                    digest.update(b"broken")
            count += 1
            if digest.hexdigest() != row.sha256:
                wrong.append(str(row.id))
    return {"files": count, "bytes": size, "not_as_received": wrong}
