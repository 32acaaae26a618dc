"""What people do with an import. Each changes rows and plans the operation; the caller commits."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select

from app.audit import record as audit
from app.companies import locked_company
from app.contacts.imports import queries
from app.errors import Problem, WrongState, field_problem
from app.extensions import db
from app.models import Connection, ContactImport, ContactImportRow, IgnoredContact, now
from app.sync.contacts import imports
from app.sync.contacts.bulk import update_rows

UNDECIDABLE = {"mapped", "ignored"}
ONE_OPEN = "{title} of {name} is not finished yet. Finish it or give it up before you start another."
MOVED = "The choices have changed since this page was shown. Look at them again, then press the button."
MATCH = "match:"
"""Begins the value of a choice that names the client."""


def begin(
    connection: Connection | None,
    by: str,
    *,
    include_archived: bool = False,
    choose: str | None = None,
    unattended: bool = False,
) -> ContactImport:
    """A new import, whose preview is planned. Raises `WrongState` without a live connection, or while another import
    of the organisation is open."""
    if connection is None or not connection.is_live:
        raise WrongState("Xero is not connected, or the organisation is not confirmed yet. Do that first.")
    locked_company()  # two who begin at once: the second one sees the first one's import
    _check_alone(connection.id, connection.organisation_name)
    newest = db.session.scalar(select(func.max(ContactImport.number))) or 0
    made = ContactImport(
        connection_id=connection.id,
        number=newest + 1,
        include_archived=include_archived,
        choose=choose,
        unattended=unattended,
        requested_by=by,
        read_from=now(),
    )
    db.session.add(made)
    db.session.flush()
    imports.set_going(made, by)
    audit.record("import.begun", made, None, {"include_archived": include_archived, "choose": choose})
    return made


def _check_alone(connection_id: UUID, name: str, but: UUID | None = None) -> None:
    other = queries.open_import(connection_id)
    if other is not None and other.id != but:
        raise WrongState(ONE_OPEN.format(title=other.title, name=name))


def choose_rows(found: ContactImport, choices: Mapping[UUID, str]) -> int:
    """Set the choices of rows by their id: "", "import", "match:<client id>", "skip", "ignore"; how many changed.

    Raises `Problem` whose fields are the rows' (`row-<id>`), `WrongState` once the import was confirmed.
    """
    _check_ready(found)
    rows = queries.rows_by_id(found.id, choices.keys())
    clients = queries.clients_by_id({_client_of(choices[row.id]) for row in rows} - {None})
    changes, fields = [], {}
    for row in rows:
        try:
            change = _change(row, choices[row.id], clients)
        except Problem as problem:
            fields[f"row-{row.id}"] = [f"{row.name}: {problem.message}"]
            continue
        if change["choice"] != row.choice or change["client_id"] != row.client_id:
            changes.append({"id": row.id, **change})
    if fields:
        raise Problem("Some rows need another look. Nothing was saved.", fields=fields)
    if changes:
        update_rows(ContactImportRow, changes)
        found.choices_version += 1
    return len(changes)


def _client_of(value: str) -> UUID | None:
    try:
        return UUID(value.removeprefix(MATCH)) if value.startswith(MATCH) else None
    except ValueError:
        return None


def _change(row: Row[Any], value: str, clients: Mapping[UUID, Row[Any]]) -> dict[str, Any]:
    same = {"client_id": row.client_id, "client_at": row.client_at}
    if row.kind in UNDECIDABLE and value not in {"", "skip"}:
        raise Problem("Nothing can be chosen for it here.")
    if value in {"import", "skip", "ignore", ""}:
        return {"choice": value or None, **same}
    client = clients.get(_client_of(value) or UUID(int=0))
    offered = {*row.candidates, str(row.client_id)}
    if client is None or str(client.id) not in offered:
        raise Problem("This client is not among those that fit. Choose one of the list.")
    if client.contact_name:
        raise Problem(f"{client.name} is matched with the contact {client.contact_name} already.")
    return {"choice": "match", "client_id": client.id, "client_at": client.updated_at}


def choose_all(found: ContactImport, kind: str, choice: str) -> int:
    """The same choice for all rows of a kind; how many could have it. Raises `Problem`, `WrongState`."""
    _check_ready(found)
    if kind in UNDECIDABLE or choice not in {"import", "match", "skip", "ignore", ""}:
        raise field_problem("choice", "This cannot be chosen for all of them.")
    return imports.choose(found, kind, choice or None)


def _check_ready(found: ContactImport) -> None:
    if (found.phase, found.state) != ("preview", "ready"):
        raise WrongState("The choices of this import can no longer be changed.")


def confirm(found: ContactImport, version: int, by: str) -> None:
    """Have the choices carried out, if they are still those of that version. Raises `WrongState`."""
    _check_ready(found)
    if found.choices_version != version:
        raise WrongState(MOVED)
    imports.confirm(found, by)
    if not found.to_do:
        raise WrongState("Nothing is chosen yet. Choose what to do with at least one contact.")
    audit.record("import.confirmed", found, None, {"contacts": found.to_do})


def pause(found: ContactImport) -> None:
    """Stop after the portion under way. Raises `WrongState`."""
    if found.state != "working":
        raise WrongState("This import is not at work, so there is nothing to pause.")
    found.state = "paused"
    audit.record("import.paused", found)


def resume(found: ContactImport, by: str) -> None:
    """Go on where it stopped. Raises `WrongState`."""
    if not can_resume(found):
        raise WrongState("This import is not paused, so there is nothing to go on with.")
    _check_alone(found.connection_id, "this organisation", but=found.id)
    if found.phase == "import":
        found.checked_at = None  # what changed in Xero while it was paused is to be seen
    imports.set_going(found, by)
    audit.record("import.resumed", found)


def can_resume(found: ContactImport) -> bool:
    """Paused, failed, or its operation was given up in the sync log."""
    if found.state == "working":
        return not queries.at_work(found.id)
    return found.state in {"paused", "failed"}


def cancel(found: ContactImport) -> None:
    """Give it up; what is done stays done. Raises `WrongState`."""
    if not found.is_open and found.state != "failed":
        raise WrongState("This import is over already.")
    found.state, found.problem = "cancelled", None
    audit.record("import.cancelled", found)


def can_undo(found: ContactImport) -> bool:
    """Imported, wholly or in part, and not taken back yet."""
    if found.phase == "import":
        return found.state in {"done", "cancelled", "failed"} and found.done > 0
    return found.phase == "undo" and found.state in {"cancelled", "failed"}


def undo(found: ContactImport, by: str) -> None:
    """Take back what can be taken back. Raises `WrongState`."""
    if not can_undo(found):
        raise WrongState("There is nothing of this import to take back.")
    _check_alone(found.connection_id, "this organisation", but=found.id)
    found.phase = "undo"
    found.undone_by = by
    found.to_do, found.done = imports.count(found.id, imports.TO_UNDO), 0
    imports.set_going(found, by)
    audit.record("import.undone", found, None, {"rows": found.to_do})


def no_longer_ignore(ids: Collection[UUID]) -> int:
    """Take contacts off the ignore list; how many."""
    rows = db.session.scalars(select(IgnoredContact).where(IgnoredContact.id.in_(ids))).all()
    for row in rows:
        subject = audit.Subject("contact", row.id, row.name)
        audit.record("import.ignored_back", subject, {"ignored_by": row.ignored_by}, None)
    db.session.execute(delete(IgnoredContact).where(IgnoredContact.id.in_([row.id for row in rows])))
    return len(rows)
