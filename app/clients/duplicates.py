"""Clients that may be the one who is being written down: of the same number, e-mail address or name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select

from app.clients.search import having_all, words_of
from app.extensions import db
from app.models import Client
from app.sync.names import normal_name

MOST = 5
LOOKED_AT = 200
"""How many with all the words of a name are compared closely."""


@dataclass(frozen=True)
class Duplicate:
    """A client with what speaks for it: `why` is number, e-mail or name."""

    id: UUID
    number: str
    name: str
    archived: bool
    why: tuple[str, ...]


def possible_duplicates(
    *, name: str = "", email: str | None = None, number: str | None = None, but: UUID | None = None
) -> list[Duplicate]:
    """Clients with the same number, e-mail address or name (as `normal_name` compares them), the likeliest first.
    `but`: the client itself. Those who were merged into another count no more."""
    found: dict[UUID, tuple[Row[Any], list[str]]] = {}
    for why, row in _alike(name, email, number):
        if row.id != but:
            found.setdefault(row.id, (row, []))[1].append(why)
    alike = [
        Duplicate(row.id, row.number, row.name, row.archived_at is not None, tuple(why))
        for row, why in found.values()
    ]
    return sorted(alike, key=lambda one: (-len(one.why), one.archived, one.name))[:MOST]


def _alike(name: str, email: str | None, number: str | None) -> Iterator[tuple[str, Row[Any]]]:
    if number:
        yield from (("number", row) for row in _rows(func.lower(Client.number) == number.strip().lower()))
    if email and (words := words_of(email)):
        same = func.lower(Client.email) == email.strip().lower()
        yield from (("e-mail", row) for row in _rows(having_all(words), same))
    normal = normal_name(name)
    if normal:
        words = words_of(name)
        # Titles and company suffixes may be missing on the other side.
        telling = [word for word in words if word in normal.split()] or words
        for row in _rows(having_all(telling)):
            if normal_name(row.name) == normal:
                yield "name", row


def _rows(*conditions: ColumnElement[bool]) -> list[Row[Any]]:
    columns = select(Client.id, Client.number, Client.name, Client.archived_at)
    living = columns.where(Client.merged_into_id.is_(None), *conditions)
    return list(db.session.execute(living.limit(LOOKED_AT)))
