"""The words of imports: kinds, reasons, choices, outcomes, and how an import stands."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from app.contacts.imports import queries
from app.contacts.imports.actions import MATCH
from app.models import ContactImport
from app.sync.contacts.fields import BY_NAME

KINDS = {
    "conflict": "Conflict",
    "possible": "Possible duplicate",
    "match": "Exact match",
    "new": "New",
    "mapped": "Matched already",
    "ignored": "Passed over",
}
KIND_TAGS = {
    "conflict": "bad",
    "possible": "warn",
    "match": "good",
    "new": "info",
    "mapped": "muted",
    "ignored": "muted",
}
KIND_NOTES = {
    "conflict": "A client fits, but something speaks against it.",
    "possible": "It may be a client of yours; somebody must look.",
    "match": "One client fits, and nothing speaks against it.",
    "new": "No client fits.",
    "mapped": "It is a client’s contact already.",
    "ignored": "On the ignore list, or not to be imported.",
}
WHY = {
    "number": "Same number",
    "e-mail": "Same e-mail",
    "name": "Same name",
    "weak": "Same phone, tax or company number, but neither name nor e-mail",
    "archived": "The client that fits is archived",
    "several_number": "Several clients have this number",
    "several_e-mail": "Several clients have this e-mail",
    "several_name": "Several clients have this name",
    "several_weak": "Several clients have this phone, tax or company number",
    "signs_disagree": "The e-mail or number points at one client, the name at another",
    "claimed_better": "Another contact fits this client better",
    "claimed_twice": "Another contact fits this client just as well",
    "client_taken": "The client that fits is matched with another contact",
    "differs": "The client fits, but both hold different details",
    "nobody": "No client has its number, e-mail or name",
    "mapped": "Matched with a client already",
    "ignored": "On the ignore list",
    "merged": "Merged into another contact in Xero",
    "erased": "Erased in Xero at the person’s wish",
    "nameless": "It has no name in Xero",
}
CHOICES = {
    "import": "Import as a new client",
    "match": "Match",
    "skip": "Leave out this time",
    "ignore": "Ignore always",
}
CHOSEN = {
    "import": "To import",
    "match": "To match",
    "skip": "Left out",
    "ignore": "To ignore",
    "none": "Not decided",
}
OUTCOMES = {
    "imported": "Imported",
    "matched": "Matched",
    "ignored": "Ignored",
    "set_aside": "Set aside",
    "pending": "Not done yet",
    "left": "Left out",
    "undone": "Taken back",
    "kept": "Stayed",
}
OUTCOME_TAGS = {
    "imported": "good",
    "matched": "good",
    "ignored": "muted",
    "set_aside": "warn",
    "pending": "neutral",
    "left": "muted",
    "undone": "info",
    "kept": "warn",
}
STATES = {
    ("preview", "working"): ("progress", "Reading contacts"),
    ("preview", "ready"): ("info", "Waits for your choices"),
    ("import", "working"): ("progress", "Importing"),
    ("import", "done"): ("good", "Imported"),
    ("undo", "working"): ("progress", "Taking back"),
    ("undo", "done"): ("muted", "Taken back"),
}
_OTHERS = {"paused": ("warn", "Paused"), "cancelled": ("muted", "Given up"), "failed": ("bad", "Stopped")}
FOR_ALL: Mapping[str, tuple[str, ...]] = {
    "conflict": ("match", "import", "skip"),
    "possible": ("match", "import", "skip"),
    "match": ("match", "skip"),
    "new": ("import", "skip", "ignore"),
}
"""What may be chosen for all of a kind at once."""


def state_of(found: ContactImport | Row[Any]) -> tuple[str, str]:
    """(kind of tag, words) of how an import stands."""
    return STATES.get((found.phase, found.state)) or _OTHERS.get(found.state, ("neutral", found.state))


def outcome_of(row: Row[Any]) -> str:
    """The latest word on a row."""
    return row.undo_outcome or row.outcome or ("pending" if row.choice in queries.ACTING else "left")


def fields(names: list[str]) -> str:
    """`Name, Phone` for fields."""
    return ", ".join(BY_NAME[name].label for name in names)


def choice_value(row: Row[Any]) -> str:
    """The value that the row's select shows."""
    return f"{MATCH}{row.client_id}" if row.choice == "match" else row.choice or ""


def all_label(kind: str, choice: str, count: str) -> str:
    """The button that chooses for all of a kind."""
    if choice == "match":
        return f"Match all {count}" if kind == "match" else "Match all that point at one client"
    return {
        "import": f"Import all {count}",
        "skip": f"Leave all {count} out",
        "ignore": f"Ignore all {count}",
    }[choice]
