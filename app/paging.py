"""Long lists page by page, by key and never by OFFSET, and counts that stop counting.

A place in a list is written as a cursor: the keys of the row it stands at, opaque to whoever carries it. It
holds no right: the statement it is used with reads one company's rows only.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.errors import Problem
from app.extensions import db

PAGE = 50
MOST_COUNTED = 10_000


Rows = Select[*tuple[Any, ...]]
"""A statement that reads rows of whatever columns."""


@dataclass(frozen=True)
class Page:
    """Rows of a list in its order; cursors for `after` (next) and `before` (previous), None at the ends."""

    rows: list[Row[Any]]
    next: str | None
    previous: str | None


def page_of(
    statement: Rows,
    keys: Sequence[InstrumentedAttribute[Any]],
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE,
    descending: bool = False,
    among: Rows | None = None,
) -> Page:
    """One page of the statement, ordered by `keys`: columns of the statement that are never null, the last
    one unique, in the order of an index. `among`: a statement that selects the last key of the rows that the list has,
    where finding them is work: the page is cut out of it before anything is joined. Raises `Problem` 422 for a cursor
    that is not one of ours."""
    backwards = before is not None and after is None
    cursor = before if backwards else after
    falling = descending != backwards
    if cursor is not None:
        here = tuple_(
            *(literal(value, key.type) for key, value in zip(keys, _read(cursor, keys), strict=True))
        )
        place = tuple_(*keys)
        beyond = place < here if falling else place > here
        statement, among = statement.where(beyond), among if among is None else among.where(beyond)
    order = [key.desc() if falling else key.asc() for key in keys]
    if among is not None:
        statement = statement.where(keys[-1].in_(among.order_by(*order).limit(size + 1)))
    rows = list(db.session.execute(statement.order_by(*order).limit(size + 1)))
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    first, last = (_write(rows[0], keys), _write(rows[-1], keys)) if rows else (None, None)
    return Page(
        rows=rows,
        next=last if (backwards or more) else None,
        previous=first if (more if backwards else cursor is not None) else None,
    )


def counted(statement: Rows, most: int = MOST_COUNTED) -> int:
    """How many rows the statement has; `most` + 1 means more than `most`."""
    limited = statement.order_by(None).limit(most + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(limited)) or 0


def count_label(count: int, most: int = MOST_COUNTED) -> str:
    """`1,204`, or `10,000+`."""
    return f"{most:,}+" if count > most else f"{count:,}"


def _write(row: Row[Any], keys: Sequence[InstrumentedAttribute[Any]]) -> str:
    values = [row._mapping[key] for key in keys]
    return urlsafe_b64encode(json.dumps([_text(value) for value in values]).encode()).decode().rstrip("=")


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(cursor: str, keys: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    try:
        texts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_value(text, key.type.python_type) for text, key in zip(texts, keys, strict=True)]
    except (ValueError, TypeError, RecursionError):
        raise Problem(
            "This place in the list is not known. Start again from the beginning of the list.",
            code="bad_cursor",
        ) from None


def _value(text: Any, kind: type) -> Any:
    # Only what the database takes as text: a lone surrogate does not encode (UnicodeEncodeError is a ValueError).
    if not isinstance(text, str) or b"\0" in text.encode():
        raise ValueError
    if kind in (datetime, date):
        return kind.fromisoformat(text)
    return UUID(text) if kind is UUID else kind(text)
