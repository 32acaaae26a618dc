"""Suggestions for a mapping, each with its reason. Pure; what could as well be another is not suggested."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.models import Service, XeroListEntry
from app.sync.names import normal_name

SAME_CODE, SAME_NAME, USED_MOST = "same code", "same name", "used by most services"
_ALIKE: dict[str, tuple[str, str]] = {
    "account": ("tax_type", "same tax type"),
    "tax_rate": ("rate", "same rate"),
    "item": ("account_code", "same account"),
}
"""Kind → the detail by which two entries are alike, and what that is called."""


@dataclass(frozen=True)
class Suggestion:
    entry: XeroListEntry
    reason: str


@dataclass(frozen=True)
class ChargeSuggestion:
    """For a service that nobody has mapped. A tax rate is suggested only where it is not the account's own."""

    account: Suggestion | None = None
    tax_rate: Suggestion | None = None
    item: Suggestion | None = None


def instead_of(
    gone: XeroListEntry, usable: Sequence[XeroListEntry], used: Mapping[UUID, int]
) -> Suggestion | None:
    """What could stand for an entry that cannot be used any more: of the same code, name, or (of those alike) the one
    that is used most. `used`: how many mappings have an entry."""
    others = [one for one in usable if one.id != gone.id]
    if gone.code and (found := _only(others, lambda one: one.code.casefold() == gone.code.casefold())):
        return Suggestion(found, SAME_CODE)
    if found := _named(others, gone.name):
        return Suggestion(found, SAME_NAME)
    if gone.kind not in _ALIKE:
        return None
    detail, reason = _ALIKE[gone.kind]
    alike = [one for one in others if one.details.get(detail) == gone.details.get(detail)]
    found = _most_used(alike, used)
    if found is None:
        return None
    return Suggestion(found, reason if len(alike) == 1 else f"{reason}, {USED_MOST}")


def for_service(
    service: Service,
    accounts: Sequence[XeroListEntry],
    tax_rates: Sequence[XeroListEntry],
    items: Sequence[XeroListEntry],
    used: Mapping[UUID, int],
) -> ChargeSuggestion:
    """By the codes that stand on the service, else by names, else the account of most other services. The lists hold
    what is usable."""
    item = _coded(items, service.item_code, "the service’s item code")
    if item is None and (found := _named(items, service.name)):
        item = Suggestion(found, SAME_NAME)
    account = _account(service, accounts, item, used)
    tax_rate = _coded(tax_rates, service.tax_type, "the service’s tax type")
    own = account.entry.details.get("tax_type") if account else None
    if tax_rate is not None and tax_rate.entry.code == own:
        tax_rate = None
    return ChargeSuggestion(account, tax_rate, item)


def _account(
    service: Service,
    accounts: Sequence[XeroListEntry],
    item: Suggestion | None,
    used: Mapping[UUID, int],
) -> Suggestion | None:
    if by_code := _coded(accounts, service.account_code, "the service’s account code"):
        return by_code
    if item and (by_item := _coded(accounts, item.entry.details.get("account_code"), "the item’s account")):
        return by_item
    if found := _named(accounts, service.name):
        return Suggestion(found, SAME_NAME)
    found = _most_used(accounts, used)
    if found is None:
        return None
    return Suggestion(found, "the only account for sales" if len(accounts) == 1 else USED_MOST)


def for_office(name: str, options: Sequence[XeroListEntry]) -> Suggestion | None:
    """The option of the same name."""
    found = _named(options, name)
    return Suggestion(found, SAME_NAME) if found else None


def category_of_offices(
    offices: Iterable[str], categories: Sequence[XeroListEntry], options: Sequence[XeroListEntry]
) -> XeroListEntry | None:
    """Which tracking category the offices probably are: the one with most options named like them, else the one that
    is called so."""
    names = {normal_name(name) for name in offices}
    alike = {
        one.id: sum(
            normal_name(option.name) in names for option in options if option.parent_xero_id == one.xero_id
        )
        for one in categories
    }
    if found := _most_used(categories, alike, least=1):
        return found
    return _only(categories, lambda one: normal_name(one.name) in _OFFICE_WORDS)


_OFFICE_WORDS = {"office", "offices", "branch", "branches", "location", "locations", "site", "region"}


def _coded(entries: Sequence[XeroListEntry], code: object, reason: str) -> Suggestion | None:
    wanted = str(code or "").strip().casefold()
    found = _only(entries, lambda one: one.code.casefold() == wanted) if wanted else None
    return Suggestion(found, reason) if found else None


def _named(entries: Sequence[XeroListEntry], name: str) -> XeroListEntry | None:
    wanted = normal_name(name)
    return _only(entries, lambda one: normal_name(one.name) == wanted)


def _only(entries: Iterable[XeroListEntry], fits: Callable[[XeroListEntry], bool]) -> XeroListEntry | None:
    found = [one for one in entries if fits(one)]
    return found[0] if len(found) == 1 else None


def _most_used(
    entries: Sequence[XeroListEntry], used: Mapping[UUID, int], least: int = 0
) -> XeroListEntry | None:
    if len(entries) == 1:
        return entries[0] if used.get(entries[0].id, 0) >= least else None
    counts = sorted((used.get(one.id, 0) for one in entries), reverse=True)
    if not counts or counts[0] == counts[1] or counts[0] < least:
        return None
    return max(entries, key=lambda one: used.get(one.id, 0))
