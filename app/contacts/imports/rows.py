"""A row of a preview as a page shows it: the contact, beside it the clients it may be, and what can be chosen."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.contacts.imports import queries, words
from app.contacts.imports.actions import MATCH, UNDECIDABLE
from app.sync.contacts.fields import BY_NAME

SHOWN = ("email", "phone", "mobile", "city")
"""Fields of both sides that a list shows; others only where they differ."""


@dataclass(frozen=True)
class RowView:
    """`clients`: those it may be, best first. `options`: (value, words) of its select, empty when nothing is to be
    chosen. `differences`: (field, ours, Xero's), where there is one client."""

    row: Row[Any]
    clients: list[Row[Any]]
    options: list[tuple[str, str]]
    differences: list[tuple[str, str, str]]

    @property
    def field(self) -> str:
        return f"row-{self.row.id}"

    @property
    def value(self) -> str:
        return words.choice_value(self.row)


def views(rows: list[Row[Any]]) -> list[RowView]:
    """Two statements, whatever the number of rows, this one included."""
    clients = queries.clients_by_id({one for row in rows for one in _ids(row)})
    return [_view(row, [clients[one] for one in _ids(row) if one in clients]) for row in rows]


def _ids(row: Row[Any]) -> list[UUID]:
    found = [UUID(one) for one in row.candidates]
    return list(dict.fromkeys([*([row.client_id] if row.client_id else []), *found]))


def _view(row: Row[Any], clients: list[Row[Any]]) -> RowView:
    differences = [
        (BY_NAME[name].label, getattr(clients[0], name) or "", row.details.get(name, ""))
        for name in row.differs
        if clients
    ]
    return RowView(row, clients, _options(row, clients), differences)


def _options(row: Row[Any], clients: list[Row[Any]]) -> list[tuple[str, str]]:
    if row.kind in UNDECIDABLE:
        return []
    free = [client for client in clients if not client.contact_name]
    matches = [(f"{MATCH}{client.id}", f"Match with {client.name} ({client.number})") for client in free]
    others = [(value, words.CHOICES[value]) for value in ("import", "skip", "ignore")]
    return [("", "Not decided"), *matches, *others]
