"""What the states of documents are called, and how they look: word, shape and colour."""

from typing import Any

from markupsafe import Markup

from app.statuses import known_in, status_tag

STATES = {
    "uploaded": ("info", "To check"),
    "accepted": ("good", "Accepted"),
    "rejected": ("bad", "Rejected"),
    "erased": ("muted", "Erased"),
}
PUSHES = {
    "pending": ("neutral", "Waits to be filed"),
    "uploading": ("progress", "Being filed"),
    "uploaded": ("progress", "In Xero, contact to follow"),
    "associated": ("good", "Filed in Xero"),
    "failed": ("bad", "Not filed"),
    "skipped": ("warn", "Not filed yet"),
}
ASKS = {
    "open": ("warn", "Missing"),
    "fulfilled": ("good", "Received"),
    "withdrawn": ("muted", "Withdrawn"),
}
SCANS = {
    "not_scanned": ("warn", "Not scanned"),
    "clean": ("good", "No virus found"),
    "infected": ("bad", "Virus found"),
}
STATE_OPTIONS = [("", "Any state"), *((name, words) for name, (_, words) in STATES.items())]
FILED_OPTIONS = [
    ("", "In Xero or not"),
    ("filed", "Filed in Xero"),
    ("moving", "On its way"),
    ("stuck", "Not filed"),
    ("none", "Never sent"),
]
DUE_OPTIONS = [("", "Any due date"), ("late", "Late"), ("week", "Within a week")]
PRESSED = {
    "document.accepted": "Accepted it",
    "document.rejected": "Rejected it",
    "document.pushed": "Had it filed in Xero again",
}

document_state = known_in(STATES)
push_state = known_in(PUSHES)
scan_state = known_in(SCANS)


def ask_state(row: Any) -> Markup:
    """Of a row of `ask_rows`: what is being checked has come."""
    if row.state == "open" and row.waiting:
        return status_tag("info", "To check")
    return (
        status_tag(*ASKS[row.state])
        if row.state != "open" or row.required
        else status_tag("neutral", "Not yet")
    )
