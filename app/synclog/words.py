"""Words and addresses of the sync log's rows."""

from dataclasses import dataclass
from uuid import UUID

from app.models import Cause
from app.navigation import url_if
from app.sync.causes import CHARGE, CONNECTION, CONTACT, OFFICE, SCOPE, SERVICE_MAPPING, TITLES
from app.sync.operations import (
    CHANGE_INVOICE,
    CHECK_CONNECTION,
    CONTACT_KINDS,
    CREATE_JOB,
    IMPORT_CONTACTS,
    KINDS,
    MAKE_FOLDER,
    MAKE_TRACKING,
    PREVIEW_CONTACTS,
    PUSH_DOCUMENT,
    READ_INVOICES,
    READ_LISTS,
    READ_STAFF,
    READ_TIME,
    SEND_INVOICES,
    UNDO_CONTACTS,
)

STATES = {
    "queued": "Queued",
    "running": "Sending to Xero",
    "waiting": "Waiting",
    "retry": "Will try again",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
STATE_KINDS = {
    "queued": "neutral",
    "running": "progress",
    "waiting": "warn",
    "retry": "info",
    "done": "good",
    "failed": "bad",
    "cancelled": "muted",
}
"""The kind of tag each state gets (components/status.html)."""
MOVES = {
    "us": "Countinghouse’s move",
    "practice": "Your practice’s move",
    "xero": "Xero’s move",
    "nobody": "It goes on by itself",
}


@dataclass(frozen=True)
class Remedy:
    """The button that mends a cause; `admin`: only an admin can press it."""

    title: str
    label: str
    url: str | None
    admin: bool


def remedy(cause: Cause) -> Remedy:
    """What mends this cause, and what its card is called."""
    if cause.kind == CONNECTION:
        url = url_if("integrations.xero")
        return Remedy(TITLES[cause.kind], "See to the connection", url, True)
    if cause.kind == SERVICE_MAPPING:
        url = url_if("integrations.service_mapping")
        anchor = f"{url}#service-{cause.subject}" if url else None
        return Remedy(TITLES[cause.kind], "Map the service", anchor, True)
    if cause.kind == CONTACT:
        url = url_if("integrations.contact", client_id=UUID(cause.subject))
        return Remedy(TITLES[cause.kind], "Choose the contact", url, False)
    if cause.kind == CHARGE:
        url = url_if("integrations.charges")
        anchor = f"{url}#account-{cause.subject}" if url else None
        return Remedy(TITLES[cause.kind], "See to accounts and tax", anchor, True)
    if cause.kind == OFFICE:
        url = url_if("integrations.office_tracking")
        anchor = f"{url}#office-{cause.subject}" if url else None
        return Remedy(TITLES[cause.kind], "See to the offices", anchor, True)
    if cause.kind == SCOPE:
        url = url_if("integrations.xero")
        return Remedy(TITLES[cause.kind], "Consent again", url, True)
    return Remedy("Something must be mended", "Look at it", None, False)


def waits(operations: int, invoices: int) -> str:
    """`2 jobs wait`, `1 invoice waits`, `2 jobs and 1 invoice wait`, `Will stop invoices`."""
    parts = [
        f"{count:,} {noun if count == 1 else noun + 's'}"
        for count, noun in ((operations, "job"), (invoices, "invoice"))
        if count
    ]
    if not parts:
        return "Will stop invoices"
    return f"{' and '.join(parts)} {'waits' if operations + invoices == 1 else 'wait'}"


def kind_name(kind: str) -> str:
    """`Make the job` for `job.create`."""
    return KINDS.get(kind, kind)


_PAGES: dict[str, tuple[str, str | None]] = {
    CREATE_JOB: ("requests.page", "request_id"),
    READ_TIME: ("requests.page", "request_id"),
    PUSH_DOCUMENT: ("documents.page", "document_id"),
    MAKE_FOLDER: ("integrations.filing", None),
    CHANGE_INVOICE: ("invoices.page", "invoice_id"),
    SEND_INVOICES: ("invoices.index", None),
    READ_INVOICES: ("invoices.index", None),
    READ_STAFF: ("integrations.staff", None),
    READ_LISTS: ("integrations.charges", None),
    MAKE_TRACKING: ("integrations.office_tracking", None),
    CHECK_CONNECTION: ("integrations.xero", None),
    **dict.fromkeys(CONTACT_KINDS, ("contacts.agreement", None)),
    **dict.fromkeys(
        (PREVIEW_CONTACTS, IMPORT_CONTACTS, UNDO_CONTACTS), ("contacts.import_page", "import_id")
    ),
}
"""Kind → the page of what it is about, and by what name its address takes the subject's id."""


def subject_url(kind: str, subject_id: UUID) -> str | None:
    """The page of what an operation is about."""
    page, name = _PAGES.get(kind, (None, None))
    if page is None:
        return None
    return url_if(page, **{name: subject_id}) if name else url_if(page)
