"""What the unpaged settings lists (accounts, tax rates, items, …) have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from simulator.accounting.api import Instant, envelope, not_found
from simulator.accounting.paging import changed_since, ordered
from simulator.accounting.query import filtered
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply


def rendered(record: Record) -> Record:
    """The record as sent; ``updated`` becomes UpdatedDateUTC."""
    shown = {name: value for name, value in record.items() if name != "updated"}
    return {**shown, "UpdatedDateUTC": Instant(record["updated"])}


def value_of(record: Record, field: str) -> Any:
    """A field for where and order. Raises KeyError for one the record does not have."""
    return record["updated"] if field == "UpdatedDateUTC" else record[field]


def listed(
    call: Call,
    plural: str,
    records: list[Record],
    id_field: str,
    render: Callable[[Record], Record] = rendered,
    read: Callable[[Record, str], Any] = value_of,
) -> Reply:
    """The whole list, with ``where``, ``order`` and If-Modified-Since."""
    found = filtered(records, request.args.get("where"), read, changed_since())
    return envelope(call, plural, [render(record) for record in ordered(found, read, id_field)])


def one(
    call: Call, plural: str, found: Record | None, render: Callable[[Record], Record] = rendered
) -> Reply:
    """One record as a list of one. Raises Refused (404)."""
    if found is None:
        raise not_found()
    return envelope(call, plural, [render(found)])
