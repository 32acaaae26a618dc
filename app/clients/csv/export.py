"""The list of clients as a file, in the form that an import takes."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row

from app.clients.csv.columns import FIELDS
from app.clients.filters import ClientFilters
from app.clients.forms import KIND_WORDS
from app.clients.queries import list_clients
from app.clients.tags import tags_of
from app.spreadsheets import BOM, csv_line

AT_ONCE = 1000


def client_lines(filters: ClientFilters, sort: str, descending: bool) -> Iterator[str]:
    """The file in pieces: a byte order mark and the headings, then a thousand clients at a time."""
    yield BOM + csv_line(FIELDS.values())
    after: str | None = None
    while True:
        page = list_clients(filters, sort=sort, descending=descending, after=after, size=AT_ONCE)
        tags = tags_of(row.id for row in page.rows)
        yield "".join(_line(row, [tag.name for tag in tags[row.id]]) for row in page.rows)
        after = page.next
        if after is None:
            return


def _line(row: Row[Any], tags: list[str]) -> str:
    said = {**row._mapping, "kind": KIND_WORDS[row.kind], "tags": "; ".join(tags)}
    return csv_line(said[field] for field in FIELDS)
