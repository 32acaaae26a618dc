"""What all files calls share: registration, errors, names, sorting and paging."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import request

from simulator.calls import Api, Call
from simulator.journal import Record
from simulator.reply import Refused, json_reply

PREFIX = "/files.xro/1.0"
READ = ("files", "files.read")
WRITE = ("files",)
LARGEST_PAGE = 100
BAD_CHARACTERS = '<>:"/\\|?*\0'
LONGEST_NAME = 255


def files_api(noun: str) -> Api:
    """A set of calls under the Files API's address."""
    return Api(f"files_{noun}", PREFIX)


def invalid(detail: str, kind: str = "Validation") -> Refused:
    """400 with a list of one error, as this API answers."""
    return Refused(json_reply([{"type": kind, "title": "Validation failure", "detail": detail}], 400))


def not_found(what: str) -> Refused:
    return Refused(
        json_reply([{"type": "NotFound", "title": "Not found", "detail": f"{what} not found"}], 404)
    )


def body() -> Record:
    """The JSON object sent. Raises Refused (400)."""
    try:
        found = json.loads(request.get_data())
    except ValueError as error:
        raise invalid("The request body is not valid JSON") from error
    if not isinstance(found, dict):
        raise invalid("The request body must be an object")
    return found


def checked_name(value: Any, what: str) -> str:
    """A file's or folder's name. Raises Refused (400) when it is missing, too long or has bad characters."""
    name = str(value or "").strip()
    if not name or len(name) > LONGEST_NAME:
        raise invalid(f"{what} name is required and has at most {LONGEST_NAME} characters", "Rename")
    if any(letter in BAD_CHARACTERS for letter in name):
        raise invalid(f"{what} name has characters that are not allowed: {BAD_CHARACTERS[:-1]}", "Rename")
    return name


def moment(call: Call) -> str:
    """Now, as this API writes it: naive UTC with seven digits."""
    return call.simulator.clock.now().replace(tzinfo=None).isoformat(timespec="microseconds") + "0"


def _whole(name: str, default: int, largest: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= largest:
        raise invalid(f"{name} must be a number between 1 and {largest}")
    return int(text)


def sorted_page(
    records: list[Record], fields: dict[str, Callable[[Record], Any]], default: str
) -> tuple[list[Record], int, int]:
    """The page asked for by ``sort``, ``direction``, ``page`` and ``pagesize`` (50, at most 100)."""
    sort = request.args.get("sort", default)
    if sort not in fields:
        raise invalid(f"sort may be {', '.join(fields)}")
    descending = request.args.get("direction", "ASC").upper() == "DESC"
    page, size = _whole("page", 1, 1_000_000), _whole("pagesize", 50, LARGEST_PAGE)
    ordered = sorted(records, key=fields[sort], reverse=descending)
    return ordered[(page - 1) * size : page * size], page, size
