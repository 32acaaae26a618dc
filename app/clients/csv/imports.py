"""A file of clients: uploaded, its columns chosen, compared, confirmed. Nothing here commits.

Nothing is written to the clients before the confirmation, and then all of it in one transaction: an import that is
interrupted has done nothing, and one that is confirmed twice does nothing the second time.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import Table, bindparam, delete, insert, select, update

from app.audit import record as audit
from app.audit.record import Subject
from app.checks import one_line
from app.clients.actions import put, take_number
from app.clients.csv.columns import guess
from app.clients.csv.comparing import Judged, judge
from app.clients.csv.reading import LARGEST, read_table
from app.clients.tags import tag_clients, tag_named
from app.companies import locked_company
from app.errors import WrongState, field_problem
from app.extensions import db
from app.models import Client, ClientImport, ClientImportRow, now
from app.models.client import CLIENT_KINDS
from app.sync.contacts.changed import clients_changed
from app.sync.contacts.fields import BY_NAME
from app.tenancy import current_company_id

__all__ = ["LARGEST", "compare", "confirm", "prune", "set_as_new", "upload"]

EXISTING = ("leave", "fill", "replace")
KEPT_OPEN, KEPT_DONE = timedelta(days=7), timedelta(days=30)
"""How long a file is kept that nobody confirmed, and one that was."""
_DONE = "This file has been imported already."
_ROWS = cast("Table", ClientImportRow.__table__)


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
    rows = [
        {
            "company_id": current_company_id(),
            "id": uuid4(),
            "import_id": made.id,
            "line": line,
            "cells": cells,
        }
        for line, cells in table.rows
    ]
    db.session.execute(insert(ClientImportRow).values(as_new=False), rows)
    return made


def compare(upload: ClientImport, columns: Mapping[str, int], kind: str | None, existing: str) -> None:
    """Say which column is which, and what each row would do. Raises `Problem` 422, `WrongState` when it is done."""
    if upload.state == "done":
        raise WrongState(_DONE)
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
    db.session.execute(update(_ROWS).where(*_of(upload)).values(as_new=False))
    _write_down(upload, _judged(upload))


def set_as_new(upload: ClientImport, row: ClientImportRow, as_new: bool) -> None:
    """Take back or restore that this row is the client that it matches. Raises `WrongState` for another row."""
    if upload.state != "checked" or row.outcome != "match" or row.reason == "number":
        raise WrongState("Only a row that matches by e-mail or name can be added as a new client.")
    row.as_new = as_new


def confirm(upload: ClientImport, by: str) -> dict[str, int]:
    """Write the clients; what → how many rows. Raises `WrongState` unless the rows were compared and nobody has
    confirmed before.

    They are compared again first. A row that would do something else than it was shown to do is left, with the reason.
    """
    company = (
        locked_company()
    )  # numbers are taken from it, and a second confirmation waits here for the first
    db.session.refresh(upload, with_for_update={"of": ClientImport})
    if upload.state == "done":
        raise WrongState(_DONE)
    if upload.state != "checked":
        raise WrongState("Choose the columns of the file first.")
    shown = {row.line: row for row in db.session.execute(_shown(upload))}
    results: dict[int, tuple[str, UUID | None, str | None]] = {}
    fresh: list[tuple[Judged, Client]] = []
    matched: list[Judged] = []
    for row in _judged(upload):
        before = shown[row.line]
        if row.outcome == "error":
            results[row.line] = ("left", None, row.reason)
        elif (before.client_id if not before.as_new else None) != row.client_id:
            results[row.line] = (
                "left",
                None,
                "A client was added or changed meanwhile. Import this row once more.",
            )
        elif row.client_id:
            matched.append(row)
        else:
            fresh.append((row, Client(number=take_number(company, row.number), **row.values)))
    _add(fresh)
    results |= {row.line: ("added", client.id, None) for row, client in fresh}
    results |= _change(matched, upload.existing)
    _tag([*((row, client.id) for row, client in fresh), *_tagged(matched, upload.existing)])
    return _finish(upload, by, results)


def _judged(upload: ClientImport) -> list[Judged]:
    rows = db.session.execute(
        select(ClientImportRow.line, ClientImportRow.cells, ClientImportRow.as_new)
        .where(ClientImportRow.import_id == upload.id)
        .order_by(ClientImportRow.line)
    ).all()
    as_new = [row.line for row in rows if row.as_new]
    return judge([(row.line, row.cells) for row in rows], upload.columns, upload.kind, as_new)


def _shown(upload: ClientImport) -> Any:
    return select(ClientImportRow.line, ClientImportRow.client_id, ClientImportRow.as_new).where(
        ClientImportRow.import_id == upload.id
    )


def _write_down(upload: ClientImport, judged: list[Judged]) -> None:
    _update_rows(
        upload,
        [
            {
                "of": row.line,
                "a": row.outcome,
                "b": row.name[:255] or None,
                "c": row.reason,
                "d": row.client_id,
            }
            for row in judged
        ],
        {"outcome": "a", "name": "b", "reason": "c", "client_id": "d"},
    )


def _update_rows(upload: ClientImport, rows: list[dict[str, Any]], columns: dict[str, str]) -> None:
    one = update(_ROWS).where(*_of(upload), _ROWS.c.line == bindparam("of"))
    if rows:
        db.session.connection().execute(
            one.values({name: bindparam(key) for name, key in columns.items()}), rows
        )


def _of(upload: ClientImport) -> tuple[Any, ...]:
    return _ROWS.c.company_id == current_company_id(), _ROWS.c.import_id == upload.id


def _add(fresh: list[tuple[Judged, Client]]) -> None:
    db.session.add_all(client for _, client in fresh)
    db.session.flush()
    for _, client in fresh:
        audit.created("client.added", client)
    clients_changed([client.id for _, client in fresh], set(BY_NAME))


def _change(matched: list[Judged], existing: str) -> dict[int, tuple[str, UUID | None, str | None]]:
    if existing == "leave":
        return {row.line: ("same", row.client_id, None) for row in matched}
    clients = _locked([row.client_id for row in matched if row.client_id])
    results: dict[int, tuple[str, UUID | None, str | None]] = {}
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
        results[row.line] = ("changed" if changes else "same", client.id, None)
    clients_changed(told, set(BY_NAME))
    return results


def _locked(ids: list[UUID]) -> dict[UUID | None, Client]:
    found = select(Client).where(Client.id.in_(ids)).order_by(Client.id).with_for_update()
    return {
        client.id: client for client in db.session.scalars(found.execution_options(populate_existing=True))
    }


def _tagged(matched: list[Judged], existing: str) -> list[tuple[Judged, UUID]]:
    return [(row, row.client_id) for row in matched if row.client_id and existing != "leave"]


def _tag(rows: list[tuple[Judged, UUID]]) -> None:
    wanted: dict[str, list[UUID]] = {}
    for row, client_id in rows:
        for name in row.tags:
            wanted.setdefault(name, []).append(client_id)
    for name in sorted(wanted, key=str.casefold):
        fresh = tag_clients(dict.fromkeys(wanted[name]), tag_named(name))
        clients_changed(fresh, {"tags"})


def _finish(
    upload: ClientImport, by: str, results: Mapping[int, tuple[str, UUID | None, str | None]]
) -> dict[str, int]:
    _update_rows(
        upload,
        [
            {"of": line, "a": word, "b": client_id, "c": why}
            for line, (word, client_id, why) in results.items()
        ],
        {"result": "a", "client_id": "b", "reason": "c"},
    )
    words = [word for word, _, _ in results.values()]
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
