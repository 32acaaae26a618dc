"""What the pages of an import of a file read."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from app.extensions import db
from app.models import Client, ClientImport, ClientImportRow
from app.paging import Page, page_of

SHOWN = 20
VIEWS = ("new", "match", "error")
AFTER = ("added", "changed", "same", "left")


def latest_imports() -> list[Row[Any]]:
    """The newest of them. Row: id, file_name, state, rows, uploaded_by, created_at, result."""
    columns = (
        ClientImport.id,
        ClientImport.file_name,
        ClientImport.state,
        ClientImport.rows,
        ClientImport.uploaded_by,
        ClientImport.created_at,
        ClientImport.result,
    )
    newest = select(*columns).order_by(ClientImport.created_at.desc(), ClientImport.id.desc())
    return list(db.session.execute(newest.limit(SHOWN)))


def find_import(import_id: UUID) -> ClientImport | None:
    return db.session.scalar(select(ClientImport).where(ClientImport.id == import_id))


def find_row(import_id: UUID, row_id: UUID) -> ClientImportRow | None:
    return db.session.scalar(
        select(ClientImportRow).where(ClientImportRow.id == row_id, ClientImportRow.import_id == import_id)
    )


def counts_of(upload: ClientImport) -> dict[str, int]:
    """How many rows would add (new), are there already (match), or cannot be taken (error); afterwards what became of
    them (`AFTER`)."""
    if upload.state == "done":
        return {word: int(upload.result.get(word, 0)) for word in AFTER}
    as_new = ClientImportRow.as_new
    rows = db.session.execute(
        select(ClientImportRow.outcome, as_new, func.count())
        .where(ClientImportRow.import_id == upload.id)
        .group_by(ClientImportRow.outcome, as_new)
    )
    found = dict.fromkeys(VIEWS, 0)
    for outcome, apart, count in rows:
        if outcome:
            found["new" if apart else outcome] += count
    return found


def rows_of(upload: ClientImport, view: str | None, *, after: str | None, before: str | None) -> Page:
    """Rows in the order of the file. Row: id, line, cells, outcome, name, reason, as_new, result, client_id, client
    (its name now), number. `view`: one of `VIEWS`, or afterwards of `AFTER`."""
    statement = (
        select(
            ClientImportRow.id,
            ClientImportRow.line,
            ClientImportRow.cells,
            ClientImportRow.outcome,
            ClientImportRow.name,
            ClientImportRow.reason,
            ClientImportRow.as_new,
            ClientImportRow.result,
            ClientImportRow.client_id,
            Client.name.label("client"),
            Client.number.label("number"),
        )
        .outerjoin(
            Client,
            (Client.company_id == ClientImportRow.company_id) & (Client.id == ClientImportRow.client_id),
        )
        .where(ClientImportRow.import_id == upload.id)
    )
    if view in AFTER:
        statement = statement.where(ClientImportRow.result == view)
    elif view == "new":
        statement = statement.where((ClientImportRow.outcome == "new") | ClientImportRow.as_new)
    elif view in VIEWS:
        statement = statement.where(ClientImportRow.outcome == view, ~ClientImportRow.as_new)
    keys = (ClientImportRow.line, ClientImportRow.id)
    return page_of(statement, keys, after=after, before=before)


def sample_of(upload: ClientImport, count: int = 3) -> list[list[str]]:
    """The cells of the first rows, to choose columns by."""
    first = (
        select(ClientImportRow.cells)
        .where(ClientImportRow.import_id == upload.id)
        .order_by(ClientImportRow.line)
        .limit(count)
    )
    return list(db.session.scalars(first))
