"""Events and gaps in words for people, with the kind of tag that shows them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from flask import url_for

from app.formats import clock, moment

TYPES = {"CREATE": "added", "UPDATE": "changed"}
CATEGORIES = {
    "CONTACT": "Contact",
    "INVOICE": "Invoice",
    "CREDITNOTE": "Credit note",
    "PREPAYMENT": "Prepayment",
    "OVERPAYMENT": "Overpayment",
    "SUBSCRIPTION": "Subscription",
}
OUTCOMES = {
    "read": "Read",
    "reading": "Being read, or waiting",
    "failed": "Failed",
    "echo": "Known already",
    "no_client": "Not a client’s",
    "not_used": "Not used yet",
}
"""For the filter."""
_BY_STATE = {
    "echo": ("neutral", "Known already"),
    "no_client": ("muted", "Not a client’s"),
    "not_used": ("muted", "Not used yet"),
}
_BY_OPERATION = {
    "done": ("good", "Read"),
    "queued": ("progress", "Being read"),
    "running": ("progress", "Being read"),
    "retry": ("progress", "To be read again"),
    "waiting": ("warn", "Waiting"),
    "failed": ("bad", "Failed"),
    "cancelled": ("muted", "Given up"),
}


class Event(Protocol):
    """A row of `app.webhooks.queries.list_events`, as far as its outcome goes."""

    state: str
    operation_state: str | None


def outcome(event: Event) -> tuple[str, str]:
    """Kind of tag, and word."""
    if event.state == "handed_on":
        return _BY_OPERATION[event.operation_state or "queued"]
    return _BY_STATE[event.state]


def gap_items(gaps: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows of `app.webhooks.queries.latest_gaps` as the component `timeline` draws them."""
    return [
        {
            "title": f"Missed {gap.missed:,} {'event' if gap.missed == 1 else 'events'} {_span(gap.after, gap.before)}",
            "at": gap.noticed_at,
            "kind": {"done": "good", "failed": "bad", "cancelled": "bad", "waiting": "warn"}.get(
                gap.state, "progress"
            ),
            "body": _recovered(gap),
            "url": url_for("sync.operation", operation_id=gap.operation_id),
            "url_label": "The operation",
        }
        for gap in gaps
    ]


def _span(after: datetime, before: datetime) -> str:
    return f"between {moment(after)} and {clock(before)}"


def _recovered(gap: Any) -> str:
    if gap.state == "done":
        return f"Recovered by reading changes, {clock(gap.finished_at)}."
    if gap.state in {"failed", "cancelled"}:
        return "Reading the changes did not work. The next read, every quarter of an hour, recovers them."
    if gap.state == "waiting":
        return "The changes are read as soon as the connection works again."
    return "The changes are being read."


def category(value: str) -> str:
    """A category that this version does not know is shown as Xero writes it."""
    return CATEGORIES.get(value, value or "Unknown")


def happened(event: Any) -> str:
    """“Contact changed”."""
    return f"{category(event.category)} {TYPES.get(event.type, event.type.lower())}".strip()
