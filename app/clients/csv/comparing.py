"""What each row of a file would do: a new client, one who is there, or nothing, with the reason. Writes nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.checks import one_line
from app.clients.csv.columns import FIELDS
from app.clients.details import LONGEST_NUMBER, ClientDetails, checked
from app.clients.forms import KIND_WORDS
from app.clients.tags import LONGEST as LONGEST_TAG
from app.errors import Problem
from app.extensions import db
from app.models import Client, Office
from app.sync.names import normal_name

PORTION = 2000
_KINDS = (
    {word.casefold(): kind for kind, word in KIND_WORDS.items()}
    | {kind: kind for kind in KIND_WORDS}
    | {
        "person": "individual",
        "pty ltd": "company",
        "smsf": "super_fund",
        "superannuation fund": "super_fund",
    }
)


@dataclass
class Judged:
    """A row: `values` as an action takes them (the columns that the file has), `office_id` and `tags` beside them."""

    line: int
    outcome: str = "new"
    name: str = ""
    number: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    says_kind: bool = False
    """Whether the kind is the file's, not the one chosen for rows that say none."""
    client_id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True)
class _Known:
    """A client who is there."""

    id: UUID
    name: str
    number: str
    archived: bool


Row = tuple[int, Sequence[str]]


def judge(
    rows: Sequence[Row], columns: Mapping[str, int], kind: str | None, as_new: Iterable[int] = ()
) -> list[Judged]:
    """Each row in its order. `as_new`: lines of which a person said that they are not whom they match."""
    judged = [_read(line, cells, columns, kind) for line, cells in rows]
    apart = set(as_new)
    offices = {office.name.casefold(): office for office in db.session.scalars(select(Office))}
    known = _clients_like(judged)
    taken = _Taken()
    for row in judged:
        if row.outcome == "error":
            continue
        _put_office(row, offices)
        if row.outcome != "error":
            _find(row, known, row.line in apart)
        if row.outcome != "error":
            taken.check(row)
    return judged


def _read(line: int, cells: Sequence[str], columns: Mapping[str, int], kind: str | None) -> Judged:
    said = {
        name: cells[place] if place < len(cells) else "" for name, place in columns.items() if name in FIELDS
    }
    row = Judged(line, number=one_line(said.pop("number", "")) or None)
    row.name = one_line(said.get("name")) or one_line(
        f"{said.get('first_name', '')} {said.get('last_name', '')}"
    )
    row.tags = [tag for tag in (one_line(one) for one in re.split(r"[,;\n]", said.pop("tags", ""))) if tag]
    office = one_line(said.pop("office", ""))
    row.says_kind = bool(one_line(said.get("kind")))
    typed: dict[str, Any] = {**said, "name": row.name, "kind": _kind(said.get("kind", ""), kind)}
    details = {name: value for name, value in typed.items() if name in ClientDetails.__annotations__}
    try:
        row.values = checked(details, None)
    except Problem as problem:
        return _refused(row, problem.message)
    if office:
        row.values["office"] = office
    if row.number and len(row.number) > LONGEST_NUMBER:
        return _refused(row, f"The number has {len(row.number)} characters. Use {LONGEST_NUMBER} at most.")
    if any(len(tag) > LONGEST_TAG for tag in row.tags):
        return _refused(row, f"A tag has more than {LONGEST_TAG} characters.")
    return row


def _kind(word: str, otherwise: str | None) -> str:
    word = one_line(word).casefold()
    return _KINDS.get(word, word) if word else otherwise or ""


def _refused(row: Judged, sentence: str) -> Judged:
    row.outcome, row.reason = "error", sentence
    return row


def _put_office(row: Judged, offices: Mapping[str, Office]) -> None:
    name = row.values.pop("office", None)
    if name is None:
        return
    office = offices.get(name.casefold())
    if office is None:
        _refused(row, f"There is no office called {name}. Add it in the settings, or correct the file.")
    elif not office.active:
        _refused(row, f"The office {office.name} is closed.")
    else:
        row.values["office_id"] = office.id


_Index = dict[tuple[str, str], list[_Known]]


def _keys(number: str | None, email: str | None, name: str) -> list[tuple[str, str]]:
    return [
        (why, value)
        for why, value in (
            ("number", (number or "").lower()),
            ("e-mail", (email or "").lower()),
            ("name", normal_name(name)),
        )
        if value
    ]


def _clients_like(rows: Iterable[Judged]) -> _Index:
    """Who has a number, an address or a name of the file: all clients are read once, a portion at a time, and only
    those are kept."""
    wanted = {key for row in rows for key in _keys(row.number, row.values.get("email"), row.name)}
    found: _Index = {}
    columns = (Client.id, Client.number, Client.name, Client.email, Client.archived_at)
    living = select(*columns).where(Client.merged_into_id.is_(None))
    for row in db.session.execute(living.execution_options(yield_per=PORTION)):
        client = _Known(row.id, row.name, row.number, row.archived_at is not None)
        for key in _keys(row.number, row.email, row.name):
            if key in wanted:
                found.setdefault(key, []).append(client)
    return found


def _find(row: Judged, known: _Index, as_new: bool) -> None:
    """By number, then e-mail, then name. Two who fit equally well are never chosen between."""
    narrowed: list[_Known] = []
    for key in _keys(row.number, row.values.get("email"), row.name):
        found = known.get(key, [])
        why = key[0]
        if why != "number" and as_new:
            continue
        if why != "number":
            found = [client for client in found if not client.archived]
        both = [client for client in found if client in narrowed]
        found = both or narrowed or found
        if len(found) == 1:
            _match(row, found[0], why)
            return
        narrowed = found
    if narrowed:
        names = " and ".join(f"{one.name} ({one.number})" for one in narrowed[:3])
        _refused(row, f"It fits {len(narrowed)} clients: {names}. Give the number of the one that is meant.")


def _match(row: Judged, client: _Known, why: str) -> None:
    if client.archived:
        _refused(
            row,
            f"{client.name} ({client.number}) has this number and is archived. Bring the client back first.",
        )
        return
    row.outcome, row.client_id, row.reason = "match", client.id, why


class _Taken:
    """What the rows before have taken already."""

    def __init__(self) -> None:
        self._clients: dict[UUID, int] = {}
        self._new: dict[tuple[str, ...], int] = {}

    def check(self, row: Judged) -> None:
        if row.client_id:
            line = self._clients.setdefault(row.client_id, row.line)
            if line != row.line:
                _refused(row, f"Line {line} is the same client already.")
            return
        keys: list[tuple[str, ...]] = [
            ("name", normal_name(row.name), (row.values.get("email") or "").lower())
        ]
        if row.number:
            keys = [("number", row.number.lower())]
        for key in keys:
            line = self._new.setdefault(key, row.line)
            if line != row.line:
                same = "number" if key[0] == "number" else "name and e-mail address"
                _refused(
                    row, f"Line {line} has the same {same}. Take one of the two out, or give each its number."
                )
