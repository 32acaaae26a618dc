"""Paging, order and If-Modified-Since, as every paged accounting list has them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from flask import request

from simulator.accounting.api import bad_query
from simulator.accounting.where import folded
from simulator.journal import Record

DEFAULT_PAGE_SIZE = 100
LARGEST_PAGE = 1000


def changed_since() -> int | None:
    """If-Modified-Since in milliseconds since 1970: ISO 8601 (UTC) or RFC 1123. Raises Refused when
    unreadable.
    """
    text = request.headers.get("If-Modified-Since")
    if not text:
        return None
    moment: datetime | None = None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError as error:
            raise bad_query(f"If-Modified-Since {text!r} is not a date") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def is_paged() -> bool:
    return "page" in request.args or "pageSize" in request.args


def _whole(name: str, default: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise bad_query(f"{name} must be a whole number") from error


def cut_page(records: list[Record]) -> tuple[list[Record], Record]:
    """The page asked for, and the pagination object. ``pageSize`` out of range is clamped to 1 to 1000."""
    page = max(1, _whole("page", 1))
    size = min(max(1, _whole("pageSize", DEFAULT_PAGE_SIZE)), LARGEST_PAGE)
    count = len(records)
    shown = records[(page - 1) * size : page * size]
    return shown, {"page": page, "pageSize": size, "pageCount": -(-count // size), "itemCount": count}


def _sortable(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, "")
    return (1, folded(value)) if isinstance(value, str) else (1, value)


def ordered(records: list[Record], value_of: Callable[[Record, str], Any], id_field: str) -> list[Record]:
    """Sorted by the ``order`` parameter (``Name ASC, UpdatedDateUTC DESC``); by change and id when there is
    none.
    """
    records = sorted(records, key=lambda record: (record["updated"], record[id_field]))
    wishes = [part.split() for part in request.args.get("order", "").split(",") if part.strip()]
    for words in reversed(wishes):
        descending = len(words) == 2 and words[1].upper() in ("DESC", "DESCENDING")
        if len(words) > 2 or (
            len(words) == 2 and words[1].upper() not in ("ASC", "DESC", "ASCENDING", "DESCENDING")
        ):
            raise bad_query(f"Cannot order by {' '.join(words)}")
        try:
            records = sorted(
                records, key=lambda record: _sortable(value_of(record, words[0])), reverse=descending
            )
        except KeyError as error:
            raise bad_query(f"No property or field '{words[0]}' exists") from error
    return records
