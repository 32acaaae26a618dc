"""Small helpers to read records out of replies.

Tolerant of what is missing or new, never of what is not data.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.xero.errors import Again
from app.xero.reply import Reply

Record = Mapping[str, Any]


def text(record: Record, name: str) -> str:
    """A field as text; "" when missing or null."""
    value = record.get(name)
    return "" if value is None else str(value)


def whole(record: Record, name: str) -> int:
    """A whole number; 0 when missing, null or something else."""
    value = record.get(name)
    try:
        return int(value) if value is not None else 0
    except (TypeError, ValueError):
        return 0


def flag(record: Record, name: str) -> bool:
    """A truth value as Xero spells it: JSON true, or the words true and Yes."""
    value = record.get(name)
    return value is True or str(value).lower() in ("true", "yes")


def record(value: Any) -> Record:
    """A nested object; an empty one when missing."""
    return value if isinstance(value, Mapping) else {}


def rows(value: Any) -> list[Record]:
    """A list of objects; a single object counts as a list of one, null as none."""
    if isinstance(value, Mapping):
        return [value]
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def whole_object(reply: Reply) -> Record:
    """The reply's one object; raises Again when there is none, since then nobody knows what was done."""
    if isinstance(reply.data, Mapping):
        return reply.data
    raise _empty(reply)


def first(reply: Reply, name: str) -> Record:
    """The first row under `name` in an Accounting envelope; raises Again when there is none."""
    found = rows(record(reply.data).get(name))
    if not found:
        raise _empty(reply)
    return found[0]


def several(reply: Reply, name: str) -> list[Record]:
    """All rows under `name` in an envelope."""
    return rows(record(reply.data).get(name))


def page_count(reply: Reply) -> int:
    """How many pages there are in all, as Accounting and Projects say under `pagination`; 0 when not told."""
    return whole(record(record(reply.data).get("pagination")), "pageCount")


def pages(fetch: Callable[[int], Reply], name: str) -> Iterator[list[Record]]:
    """Page after page of `fetch(page)` until the last one Xero tells of, or an empty one."""
    number = 1
    while True:
        reply = fetch(number)
        found = several(reply, name)
        if found:
            yield found
        last = page_count(reply)
        if not found or 0 < last <= number:
            return
        number += 1


def _empty(reply: Reply) -> Again:
    return Again(
        "unreadable_reply",
        "Xero's reply did not hold what was asked for. It is looked up before anything is sent again.",
        maybe_done=reply.method != "GET",
        status=reply.status,
    )
