"""The one way a status is shown: word, shape and colour, so that any of the three may be missing to a reader.

Functions, not macros: a list calls them for every row. Kinds: neutral, info, progress, good, warn, bad, muted.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from app.assets import Assets, assets

SHAPES = {
    "neutral": "shape-dot",
    "info": "shape-ring",
    "progress": "shape-half",
    "good": "shape-tick",
    "warn": "shape-triangle",
    "bad": "shape-cross",
    "muted": "shape-dash",
}
REQUESTS = {
    "new": ("neutral", "New"),
    "assigned": ("info", "Assigned"),
    "in_progress": ("progress", "In progress"),
    "waiting": ("warn", "Waiting on client"),
    "completed": ("good", "Completed"),
    "cancelled": ("muted", "Cancelled"),
}
OPERATIONS = {
    "queued": ("neutral", "Queued"),
    "running": ("progress", "Running"),
    "waiting": ("warn", "Waiting"),
    "retry": ("info", "Will try again"),
    "done": ("good", "Done"),
    "failed": ("bad", "Failed"),
    "cancelled": ("muted", "Cancelled"),
}
INVOICES = {
    "new": ("neutral", "Not sent"),
    "to_send": ("progress", "Being sent"),
    "blocked": ("warn", "Waiting"),
    "refused": ("bad", "Refused"),
    "draft": ("info", "Draft in Xero"),
    "submitted": ("info", "Awaiting approval"),
    "unpaid": ("progress", "Awaiting payment"),
    "overdue": ("bad", "Overdue"),
    "part_paid": ("warn", "Part paid"),
    "part_paid_overdue": ("bad", "Part paid, overdue"),
    "paid": ("good", "Paid"),
    "voided": ("muted", "Voided"),
    "deleted": ("muted", "Deleted"),
    "discarded": ("muted", "Discarded"),
}
CONNECTIONS = {
    "to_confirm": ("info", "To be confirmed"),
    "pending": ("info", "To be confirmed"),
    "connected": ("good", "Connected"),
    "reconnect_needed": ("warn", "Reconnect needed"),
    "disconnected": ("muted", "Not connected"),
    "not_connected": ("muted", "Not connected"),
}


def icon(name: str, label: str | None = None) -> Markup:
    """A picture from the sprite; without a label it is decoration and hidden from screen readers."""
    return _icon(_sprite(assets(), str(current_app.config["APPLICATION_ROOT"])), name, label)


def status_tag(kind: str, label: str) -> Markup:
    """The tag of a kind. Raises KeyError for an unknown kind, so that a typing error shows in tests."""
    return _tag(_sprite(assets(), str(current_app.config["APPLICATION_ROOT"])), kind, label)


def known_in(table: Mapping[str, tuple[str, str]]) -> Callable[[str | None], Markup]:
    """A function from one of our values to its tag. A value without words of its own is shown plainly."""

    def shown(value: str | None) -> Markup:
        key = str(value or "none")
        return status_tag(*table.get(key, ("neutral", key.replace("_", " ").capitalize())))

    return shown


def invoice_state(row: Any, today: date) -> str:
    """How an invoice stands, as one of `INVOICES`, or Xero's own word where that is a new one. Row: push_state,
    xero_status, ended_at, due_on, xero_due_on, xero_paid, xero_credited. `today`: in the practice's time zone."""
    if row.push_state != "sent":
        return "discarded" if row.ended_at is not None else str(row.push_state)
    if row.xero_status != "AUTHORISED":
        return str(row.xero_status or "draft").lower()
    late = (row.xero_due_on or row.due_on) < today
    if row.xero_paid or row.xero_credited:
        return "part_paid_overdue" if late else "part_paid"
    return "overdue" if late else "unpaid"


def invoice_status(row: Any, today: date) -> Markup:
    """The tag of an invoice; row as of `invoice_state`."""
    return _invoice_tag(invoice_state(row, today))


request_status = known_in(REQUESTS)
_invoice_tag = known_in(INVOICES)
operation_state = known_in(OPERATIONS)
connection_status = known_in(CONNECTIONS)


@lru_cache(maxsize=4)
def _sprite(table: Assets, root: str) -> str:
    # Not `asset_url`, which needs a request: once for every icon of a long list, and the same each time.
    return f"{root.rstrip('/')}/assets/icons/sprite.svg?v={table.get('icons/sprite.svg').version}"


@lru_cache(maxsize=512)
def _icon(sprite: str, name: str, label: str | None) -> Markup:
    start = Markup('<svg class="icon icon-{}" width="16" height="16" ').format(name)
    named = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return start + named + Markup('><use href="{}#{}"></use></svg>').format(sprite, name)


@lru_cache(maxsize=256)
def _tag(sprite: str, kind: str, label: str) -> Markup:
    shape = _icon(sprite, SHAPES[kind], None)
    return Markup('<span class="tag tag-{}">{}{}</span>').format(kind, shape, label)
