"""A reply before it becomes bytes on a socket, and the ways out of a call that is not answered normally."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass
class Reply:
    """Status, body and headers of one answer. ``cut_after`` says after how many bytes the connection
    breaks.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None


class Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    """Ends a call with this reply. Raised before anything was changed."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"refused with {reply.status}")
        self.reply = reply


class Dropped(Exception):  # noqa: N818 - likewise
    """Ends a call by closing the connection without an answer."""


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        # At most 12 digits before and 4 after the point: a float's repr shows exactly these digits.
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def json_bytes(data: Any) -> bytes:
    return json.dumps(data, default=_plain, ensure_ascii=False, separators=(",", ":")).encode()


def json_reply(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """A JSON answer; Decimals become JSON numbers."""
    return Reply(status, json_bytes(data), headers=dict(headers or {}))


def problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> Reply:
    """The API gateway's own error object (PascalCase problem details)."""
    body: dict[str, Any] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": "",
        "Extensions": {},
    }
    return json_reply(body, status, headers)
