"""What we ask Xero's permission for, feature by feature, and why (facts 1.7): granular scopes only."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """One permission. `reason` is shown to the person before they consent."""

    name: str
    reason: str


@dataclass(frozen=True)
class Feature:
    """A part of the product that can be on or off. `family`: Xero refuses to mix the two in one consent."""

    name: str
    title: str
    scopes: tuple[Scope, ...]
    family: str = "accounting"


SIGN_IN = (
    Scope("openid", "Lets Xero tell us who gave the consent."),
    Scope("profile", "The name of the person who connected, shown beside the connection."),
    Scope(
        "email",
        "The e-mail address of the person who connected, to tell them when the connection needs care.",
    ),
    Scope("offline_access", "Keeps the connection working without anybody having to sign in to Xero again."),
)

_CONTACTS = Scope(
    "accounting.contacts",
    "Finds the contact of a client, and adds one when there is none, so a job has its client.",
)
_SETTINGS = Scope(
    "accounting.settings.read",
    "Reads the organisation's name, staff, accounts, tax rates and tracking, so they can be matched with"
    " yours. Nothing is changed there.",
)
_INVOICES = Scope(
    "accounting.invoices", "Drafts invoices for requests and reads whether they are sent and paid."
)

FEATURES = {
    feature.name: feature
    for feature in (
        Feature(
            "jobs",
            "Jobs in Xero Projects",
            (
                Scope(
                    "projects",
                    "Creates the project and its tasks when a request is assigned, and reads its state.",
                ),
                _CONTACTS,
                _SETTINGS,
            ),
        ),
        Feature("contacts", "Clients and contacts", (_CONTACTS, _SETTINGS)),
        Feature("invoices", "Draft invoices", (_INVOICES, _CONTACTS, _SETTINGS)),
        Feature(
            "tracking",
            "Tracking options for offices",
            (
                Scope(
                    "accounting.settings",
                    "Makes the tracking options that your offices lack, when you ask for it, and reads the lists of the"
                    " organisation. Nothing else is changed there.",
                ),
            ),
        ),
        Feature(
            "payments",
            "Payments",
            (
                Scope("accounting.payments", "Reads and records payments of your invoices."),
                _INVOICES,
                _SETTINGS,
            ),
        ),
        Feature(
            "files",
            "Documents",
            (
                Scope(
                    "files",
                    "Files accepted documents into Xero's file library, beside their contact or invoice.",
                ),
            ),
        ),
        Feature(
            "practice_manager",
            "Jobs in Practice Manager",
            (
                Scope(
                    "practicemanager",
                    "Reads templates, categories and job states, which the narrower ones leave out.",
                ),
                Scope(
                    "practicemanager.client", "Finds the client of a job, and adds one when there is none."
                ),
                Scope("practicemanager.job", "Creates the job, assigns its manager and moves its state."),
                Scope(
                    "practicemanager.staff.read",
                    "Reads the staff list, so that it can be matched with yours.",
                ),
            ),
            family="practice_manager",
        ),
    )
}


def scopes_for(features: Iterable[str]) -> tuple[str, ...]:
    """The scopes to ask for, sign-in first, then by feature in the table's order, each once.

    Raises ValueError for an unknown feature, and for Practice Manager together with anything else: Xero does
    not accept both kinds in one consent (facts 1.2).
    """
    wanted = set(features)
    if unknown := wanted - FEATURES.keys():
        raise ValueError(f"no such feature: {', '.join(sorted(unknown))}")
    chosen = [feature for name, feature in FEATURES.items() if name in wanted]
    if len({feature.family for feature in chosen}) > 1:
        raise ValueError("Practice Manager needs a consent of its own")
    names = [scope.name for scope in SIGN_IN] + [scope.name for f in chosen for scope in f.scopes]
    return tuple(dict.fromkeys(names))


def explain(features: Iterable[str]) -> tuple[Scope, ...]:
    """The same scopes with their reasons, for the page shown before the consent."""
    wanted = set(features)
    reasons = {scope.name: scope for feature in FEATURES.values() for scope in feature.scopes}
    reasons |= {scope.name: scope for scope in SIGN_IN}
    return tuple(reasons[name] for name in scopes_for(wanted))


def covers(granted: Iterable[str], wanted: str) -> bool:
    """Whether granted scopes include the wanted one; a writing scope includes its reading twin."""
    have = set(granted)
    return wanted in have or wanted.removesuffix(".read") in have


# The first matching prefix decides; a pair is (scope to change, scope to read).
_BY_PATH: tuple[tuple[str, str, str], ...] = (
    ("/projects.xro/", "projects", "projects.read"),
    ("/files.xro/", "files", "files.read"),
    ("/practicemanager/", "practicemanager", "practicemanager.read"),
    ("/api.xro/2.0/Contact", "accounting.contacts", "accounting.contacts.read"),
    ("/api.xro/2.0/Invoices", "accounting.invoices", "accounting.invoices.read"),
    ("/api.xro/2.0/Payments", "accounting.payments", "accounting.payments.read"),
    ("/api.xro/", "accounting.settings", "accounting.settings.read"),
)


def scope_for(method: str, path: str) -> str:
    """The scope a call needs, for telling people which one is missing; "" when not in the table."""
    if path.startswith("/api.xro/") and "/Attachments" in path:
        return "accounting.attachments"
    for prefix, change, read in _BY_PATH:
        if path.startswith(prefix):
            return read if method.upper() == "GET" else change
    return ""
