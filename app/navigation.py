"""Who sees which entry in the navigation, and the letter that jumps to it.

A table, not code: an entry whose page is not part of the running application is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask import current_app, has_request_context, request, url_for
from werkzeug.routing import BuildError

STAFF = frozenset({"admin", "accountant"})
ADMIN = frozenset({"admin"})
CLIENT = frozenset({"client"})
SUPER = frozenset({"super"})


class Viewer(Protocol):
    """The person looking at a page, as far as the shell needs to know them."""

    role: str | None
    super_admin: bool


@dataclass(frozen=True)
class NavEntry:
    group: str
    label: str
    endpoint: str
    letter: str
    icon: str
    roles: frozenset[str]


@dataclass(frozen=True)
class NavLink:
    label: str
    url: str
    letter: str
    icon: str
    current: bool = False
    count: str = ""
    """What waits for a person there, if anything."""


@dataclass(frozen=True)
class NavGroup:
    label: str
    links: tuple[NavLink, ...]


ENTRIES: tuple[NavEntry, ...] = (
    NavEntry("Platform", "Practices", "platform.index", "p", "building", SUPER),
    NavEntry("Platform", "Switch practice", "platform.switch", "k", "match", SUPER),
    NavEntry("Platform", "Webhooks", "platform.webhooks", "h", "list", SUPER),
    NavEntry("Work", "Dashboard", "dashboard.index", "d", "home", STAFF),
    NavEntry("Work", "Requests", "requests.index", "r", "inbox", STAFF),
    NavEntry("Work", "Clients", "clients.index", "c", "people", STAFF),
    NavEntry("Work", "Documents", "documents.index", "o", "tray", STAFF),
    NavEntry("Work", "Invoices", "invoices.index", "i", "invoice", STAFF),
    NavEntry("Work", "Services", "services.index", "v", "layers", STAFF),
    NavEntry("Xero", "What is stuck", "sync.causes", "w", "knot", STAFF),
    NavEntry("Xero", "Contacts", "contacts.agreement", "y", "people", STAFF),
    NavEntry("Xero", "Sync log", "sync.index", "l", "list", ADMIN),
    NavEntry("Xero", "Usage", "usage.index", "u", "gauge", ADMIN),
    NavEntry("Xero", "Connection", "integrations.xero", "x", "plug", ADMIN),
    NavEntry("Xero", "Staff mapping", "integrations.staff", "m", "match", ADMIN),
    NavEntry("Xero", "Service mapping", "integrations.service_mapping", "n", "match", ADMIN),
    NavEntry("Practice", "Revenue", "revenue.index", "e", "bars", ADMIN),
    NavEntry("Practice", "Settings", "settings.index", "s", "gear", ADMIN),
    NavEntry("Practice", "Audit log", "audit.index", "a", "list", ADMIN),
    NavEntry("Yours", "Your requests", "portal.index", "r", "inbox", CLIENT),
    NavEntry("Yours", "Your documents", "portal.documents", "d", "tray", CLIENT),
    NavEntry("Yours", "Your invoices", "portal.invoices", "i", "invoice", CLIENT),
)


def url_if(endpoint: str, **values: Any) -> str | None:
    """The URL of a page, or None when the running application does not have it."""
    if endpoint not in current_app.view_functions:
        return None
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return None


def roles_of(viewer: Viewer | None) -> frozenset[str]:
    """A super admin who has entered a practice (role `super`) sees its pages as its admin does."""
    if viewer is None:
        return frozenset()
    inside = {"super": ADMIN, None: frozenset[str]()}.get(viewer.role, frozenset({viewer.role or ""}))
    return inside | SUPER if viewer.super_admin else inside


def navigation(viewer: Viewer | None) -> list[NavGroup]:
    """The groups of links this person may follow, the page being shown marked as current."""
    roles = roles_of(viewer)
    found = [(entry, url) for entry in ENTRIES if entry.roles & roles and (url := url_if(entry.endpoint))]
    here = _closest([url for _, url in found])
    groups: dict[str, list[NavLink]] = {}
    for entry, url in found:
        count = _waiting(viewer) if entry.endpoint == "contacts.agreement" else ""
        link = NavLink(entry.label, url, entry.letter, entry.icon, url == here, count)
        groups.setdefault(entry.group, []).append(link)
    return [NavGroup(label, tuple(links)) for label, links in groups.items()]


def _waiting(viewer: Viewer | None) -> str:
    """How many disagreements with Xero wait for a person, as the link shows it."""
    waiting = getattr(getattr(viewer, "company", None), "disagreements", 0)
    return "" if not waiting else "99+" if waiting > 99 else str(waiting)


def _closest(urls: Sequence[str]) -> str | None:
    """The longest URL that the page being shown lies under; `/` only counts for itself."""
    if not has_request_context():
        return None
    path = request.script_root + request.path
    above = [url for url in urls if path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))]
    return max(above, key=len, default=None)
