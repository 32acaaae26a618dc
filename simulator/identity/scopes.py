"""The scopes Xero grants, by the kind of organisation they are for.

Broad accounting scopes are known only so that older apps' tokens can be played; see the granular scopes FAQ.
"""

from __future__ import annotations

SIGN_IN = frozenset({"openid", "profile", "email", "offline_access"})
_READ_WRITE = (
    "accounting.contacts",
    "accounting.settings",
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.manualjournals",
    "accounting.attachments",
    "projects",
    "files",
)
_READ_ONLY = (
    "accounting.budgets.read",
    "accounting.reports.agedreceivables.read",
    "accounting.reports.aged.read",
    "accounting.reports.balancesheet.read",
    "accounting.reports.banksummary.read",
    "accounting.reports.budgetsummary.read",
    "accounting.reports.executivesummary.read",
    "accounting.reports.profitandloss.read",
    "accounting.reports.taxreports.read",
    "accounting.reports.trialbalance.read",
)
_PRACTICE = (
    "practicemanager",
    "practicemanager.client",
    "practicemanager.job",
    "practicemanager.staff",
    "practicemanager.time",
)
ORGANISATION = frozenset(_READ_ONLY) | {name for scope in _READ_WRITE for name in (scope, f"{scope}.read")}
PRACTICE = frozenset(name for scope in _PRACTICE for name in (scope, f"{scope}.read"))


def trouble_with(scopes: list[str]) -> str | None:
    """Why these scopes cannot be asked for together, None when they can. Unknown ones and mixed kinds are
    refused.
    """
    unknown = [scope for scope in scopes if scope not in SIGN_IN | ORGANISATION | PRACTICE]
    if unknown:
        return f"Invalid scope for client: {', '.join(unknown)}"
    if set(scopes) & ORGANISATION and set(scopes) & PRACTICE:
        return "Accounting and Practice Manager scopes cannot be asked for in one consent."
    if not scopes:
        return "No scope was asked for."
    return None


def wants_practice(scopes: list[str]) -> bool:
    """Whether the consent is for a Practice Manager practice."""
    return bool(set(scopes) & PRACTICE)
