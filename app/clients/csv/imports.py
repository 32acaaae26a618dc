"""A file of clients: uploaded, its columns chosen, compared, confirmed. Nothing here commits.

Nothing is written to the clients before the confirmation, and then all of it in one transaction: an import that is
interrupted has done nothing, and one that is confirmed twice does nothing the second time. A large one is written by a
worker (`app.clients.csv.handing_over`).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, select, update

from app.audit import record as audit
from app.audit.record import Subject
from app.checks import one_line
from app.clients.actions import put, take_number
from app.clients.csv.columns import guess
from app.clients.csv.comparing import Judged, judge
from app.clients.csv.reading import LARGEST, read_table
from app.clients.details import ClientDetails
from app.clients.tags import tag_clients, tag_named
from app.companies import locked_company
from app.errors import WrongState, field_problem
from app.extensions import db
from app.models import Client, ClientImport, ClientImportRow, Company, now
from app.models.client import CLIENT_KINDS
from app.paging import Rows
from app.sync.contacts.bulk import insert_rows, update_rows
from app.sync.contacts.changed import clients_changed
from app.sync.contacts.fields import BY_NAME

__all__ = ["LARGEST", "compare", "confirm", "prune", "set_as_new", "still_checked", "upload", "write"]

EXISTING = ("leave", "fill", "replace")
KEPT_OPEN, KEPT_DONE = timedelta(days=7), timedelta(days=30)
"""How long a file is kept that nobody confirmed, and one that was."""
_DONE = "This file has been imported already."
_UNDER_WAY = "This file is being imported already."
_MOVED = "A client was added or changed meanwhile. Import this row once more."
_DETAILS = (*ClientDetails.__annotations__, "sort_name")
_NOT_TOLD = {"id", "sort_name"}
Result = tuple[Judged, str, str | None]
"""A row, what became of it, and why where it was left."""


def upload(file_name: str, data: bytes, by: str) -> ClientImport:
    """Keep the file's rows, with a guess at its columns. Raises `Problem` 422 at `file` for what cannot be read."""
    table = read_table(data)
    made = ClientImport(
        file_name=one_line(file_name)[:200] or "clients.csv",
        headings=table.headings,
        columns=guess(table.headings),
        rows=len(table.rows),
        uploaded_by=by,
    )
    db.session.add(made)
    db.session.flush()
    insert_rows(
        ClientImportRow, [{"import_id": made.id, "line": line, "cells": cells} for line, cells in table.rows]
    )
    return made


def compare(upload: ClientImport, columns: Mapping[str, int], kind: str | None, existing: str) -> None:
    """Say which column is which, and what each row would do. Raises `Problem` 422, `WrongState` when it is done."""
    if upload.state in {"confirmed", "done"}:
        raise WrongState(_DONE if upload.state == "done" else _UNDER_WAY)
    if "name" not in columns and not {"first_name", "last_name"} <= columns.keys():
        raise field_problem(
            "name", "Choose the column with the client’s name, or those with first and last name."
        )
    if len(set(columns.values())) < len(columns):
        raise field_problem("name", "A column is chosen twice. Each column can be one thing only.")
    if kind and kind not in CLIENT_KINDS:
        raise field_problem("kind", "Choose one of the kinds of client.")
    if "kind" not in columns and not kind:
        raise field_problem(
            "kind", "The file does not say what kind of client each is. Choose one for all of them."
        )
    if existing not in EXISTING:
        raise field_problem("existing", "Choose what becomes of clients who are there already.")
    upload.columns, upload.kind, upload.existing, upload.state = dict(columns), kind, existing, "checked"
    db.session.execute(
        update(ClientImportRow).where(ClientImportRow.import_id == upload.id).values(as_new=False)
    )
    rows = _rows(upload)
    update_rows(
        ClientImportRow,
        [
            {
                "id": row.id,
                "outcome": found.outcome,
                "name": found.name[:255] or None,
                "reason": found.reason,
                "client_id": found.client_id,
            }
            for row, found in zip(rows, _judged(upload, rows), strict=True)
        ],
    )


def set_as_new(upload: ClientImport, row: ClientImportRow, as_new: bool) -> None:
    """Take back or restore that this row is the client that it matches. Raises `WrongState` for another row."""
    if upload.state != "checked" or row.outcome != "match" or row.reason == "number":
        raise WrongState("Only a row that matches by e-mail or name can be added as a new client.")
    row.as_new = as_new


def still_checked(upload: ClientImport) -> None:
    """Lock it to be confirmed. Raises `WrongState` unless its rows were compared and nobody has confirmed before."""
    db.session.refresh(upload, with_for_update={"of": ClientImport})
    if upload.state in {"confirmed", "done"}:
        raise WrongState(_DONE if upload.state == "done" else _UNDER_WAY)
    if upload.state != "checked":
        raise WrongState("Choose the columns of the file first.")


def confirm(upload: ClientImport, by: str) -> dict[str, int]:
    """Write the clients at once; what → how many rows. Raises as `still_checked`."""
    still_checked(upload)
    return write(upload, by)


def write(upload: ClientImport, by: str) -> dict[str, int]:
    """Write the clients of a file that is locked and confirmed; what → how many rows.

    They are compared again first. A row that would do something else than it was shown to do is left, with the reason.
    """
    # Numbers are taken from it.
    company = locked_company()
    rows = _rows(upload)
    before = {row.line: ("new", None) if row.as_new else (row.outcome, row.client_id) for row in rows}
    results: list[Result] = []
    fresh: list[Judged] = []
    matched: list[Judged] = []
    for row in _judged(upload, rows):
        if (row.outcome, row.client_id) != before[row.line]:
            results.append((row, "left", row.reason if row.outcome == "error" else _MOVED))
        elif row.outcome == "error":
            results.append((row, "left", row.reason))
        else:
            (matched if row.client_id else fresh).append(row)
    _add(fresh, company)
    results += [(row, "added", None) for row in fresh]
    results += _change(matched, upload.existing)
    _tag(fresh if upload.existing == "leave" else [*fresh, *matched])
    return _finish(upload, by, results, {row.line: row.id for row in rows})


def _rows(upload: ClientImport) -> list[Row[Any]]:
    columns = (
        ClientImportRow.id,
        ClientImportRow.line,
        ClientImportRow.cells,
        ClientImportRow.as_new,
        ClientImportRow.outcome,
        ClientImportRow.client_id,
    )
    theirs: Rows = select(*columns).where(ClientImportRow.import_id == upload.id)
    return list(db.session.execute(theirs.order_by(ClientImportRow.line)))


def _judged(upload: ClientImport, rows: Sequence[Row[Any]]) -> list[Judged]:
    as_new = [row.line for row in rows if row.as_new]
    return judge([(row.line, row.cells) for row in rows], upload.columns, upload.kind, as_new)


def _add(fresh: list[Judged], company: Company) -> None:
    """Write the new clients, and note in each row who it became."""
    values: list[dict[str, Any]] = []
    for row in fresh:
        row.client_id = uuid4()
        number = take_number(company, row.number)
        values.append({**dict.fromkeys(_DETAILS), **row.values, "id": row.client_id, "number": number})
    insert_rows(Client, values)
    for one in values:
        said = {name: value for name, value in one.items() if value is not None and name not in _NOT_TOLD}
        audit.record("client.added", Subject("client", one["id"], one["name"]), None, said)
    clients_changed([one["id"] for one in values], set(BY_NAME))


def _change(matched: list[Judged], existing: str) -> list[Result]:
    if existing == "leave":
        return [(row, "same", None) for row in matched]
    clients = _locked([row.client_id for row in matched if row.client_id])
    results: list[Result] = []
    told: list[UUID] = []
    for row in matched:
        client = clients[row.client_id]
        values = {name: value for name, value in row.values.items() if value not in (None, "")}
        if not row.says_kind:
            values.pop("kind", None)
        if existing == "fill":
            values = {name: value for name, value in values.items() if not getattr(client, name)}
        changes = put(client, values)
        if changes & BY_NAME.keys():
            told.append(client.id)
        results.append((row, "changed" if changes else "same", None))
    clients_changed(told, set(BY_NAME))
    return results


def _locked(ids: list[UUID]) -> dict[UUID | None, Client]:
    found = select(Client).where(Client.id.in_(ids)).order_by(Client.id).with_for_update()
    return {
        client.id: client for client in db.session.scalars(found.execution_options(populate_existing=True))
    }


def _tag(rows: list[Judged]) -> None:
    wanted: dict[str, list[UUID]] = {}
    for row in rows:
        for name in row.tags:
            assert row.client_id is not None
            wanted.setdefault(name, []).append(row.client_id)
    for name in sorted(wanted, key=str.casefold):
        fresh = tag_clients(dict.fromkeys(wanted[name]), tag_named(name))
        clients_changed(fresh, {"tags"})


def _finish(
    upload: ClientImport, by: str, results: Sequence[Result], ids: Mapping[int, UUID]
) -> dict[str, int]:
    update_rows(
        ClientImportRow,
        [
            {"id": ids[row.line], "result": word, "client_id": row.client_id, "reason": reason}
            for row, word, reason in results
        ],
    )
    words = [word for _, word, _ in results]
    counts = {word: words.count(word) for word in ("added", "changed", "same", "left")}
    upload.state, upload.confirmed_by, upload.done_at, upload.result = "done", by, now(), counts
    audit.record("client.imported", Subject("client_import", upload.id, upload.file_name), None, counts)
    return counts


def prune() -> None:
    """Forget files that nobody confirmed within a week, and what was confirmed a month ago, of the company in whose
    scope we are (not committed)."""
    old = select(ClientImport.id).where(
        (ClientImport.done_at.is_(None) & (ClientImport.created_at < now() - KEPT_OPEN))
        | (ClientImport.done_at < now() - KEPT_DONE)
    )
    ids = list(db.session.scalars(old))
    db.session.execute(delete(ClientImportRow).where(ClientImportRow.import_id.in_(ids)))
    db.session.execute(delete(ClientImport).where(ClientImport.id.in_(ids)))
