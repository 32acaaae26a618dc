"""What a practice's admin may set. Nothing here commits."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypedDict
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import func, select

from app.audit import record as audit
from app.checks import Checks
from app.companies import locked_company
from app.errors import WrongState
from app.extensions import db
from app.models import Company, Office
from app.sync.contacts.fields import BY_NAME
from app.sync.names import JOB_NAME_LENGTH

LOCALES = {"en_AU": "Australia", "en_NZ": "New Zealand", "en_GB": "United Kingdom"}
CURRENCIES = ("AUD", "NZD", "GBP", "USD", "EUR", "SGD", "HKD", "CAD", "ZAR", "FJD")
PLACEHOLDERS = ("service", "client", "reference")
RULES = {
    "ask": "A person is asked",
    "ours": "What stands here counts",
    "theirs": "What stands in Xero counts",
}
"""Who decides a field that was changed on both sides."""
GROUPS = {
    "off": "Leave them alone",
    "read": "They become tags here; nothing is written to Xero",
    "both": "Groups and tags are kept alike on both sides",
}
"""What becomes of Xero's contact groups."""
LEAST_LOG_DAYS, MOST_LOG_DAYS = 30, 90
LONGEST_OFFICE = 100


class CompanyDetails(TypedDict):
    name: str
    time_zone: str
    currency: str
    locale: str
    call_log_days: int | str


class PlaceAndName(NamedTuple):
    name: str
    time_zone: str
    currency: str
    locale: str


def change_company(details: CompanyDetails) -> Company:
    """Set the practice's name, place and keeping of the log of calls. Raises `Problem` 422 naming every wrong
    field."""
    checks = Checks()
    place = check_practice(
        checks, details["name"], details["time_zone"], details["currency"], details["locale"]
    )
    days = checks.whole(
        "call_log_days", details["call_log_days"], "The number of days", LEAST_LOG_DAYS, MOST_LOG_DAYS
    )
    checks.finish()
    company = locked_company()
    company.name, company.time_zone = place.name, place.time_zone
    company.currency, company.locale, company.call_log_days = place.currency, place.locale, days
    audit.changed("practice.changed", company)
    return company


def check_practice(checks: Checks, name: str, time_zone: str, currency: str, locale: str) -> PlaceAndName:
    """What every practice says of itself, tidied; what is wrong is told to `checks`."""
    said = checks.required("name", name, "The practice’s name", 150)
    if time_zone not in time_zones():
        checks.wrong("time_zone", "There is no such time zone. Choose one from the list.")
    checks.one_of("currency", currency, CURRENCIES, "The currency")
    if locale not in LOCALES:
        checks.wrong("locale", f"The way of writing must be that of: {', '.join(LOCALES.values())}.")
    return PlaceAndName(said, time_zone, currency, locale)


def time_zones() -> list[str]:
    """IANA names of places, those of this part of the world first."""
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    near = [zone for zone in places if zone.startswith(("Australia/", "Pacific/Auckland"))]
    return near + [zone for zone in places if zone not in near]


def change_job_name_pattern(pattern: str) -> Company:
    """Set how jobs are named in Xero. Raises `Problem` 422 on `pattern`."""
    checks = Checks()
    text = checks.required("pattern", pattern, "The pattern", JOB_NAME_LENGTH)
    if text:
        _check_pattern(checks, text)
    checks.finish()
    company = locked_company()
    company.job_name_pattern = text
    audit.changed("practice.changed", company)
    return company


def _check_pattern(checks: Checks, text: str) -> None:
    unknown = [word for word in re.findall(r"\{([^{}]*)\}", text) if word not in PLACEHOLDERS]
    known = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
    rest = re.sub(r"\{[^{}]*\}", "", text)
    if unknown:
        checks.wrong("pattern", f"Countinghouse does not know {{{unknown[0]}}}. Use only {known}.")
    elif "{" in rest or "}" in rest:
        checks.wrong("pattern", f"A curly bracket stands alone. Use brackets only for {known}.")
    elif "{reference}" not in text:
        # By the reference a job is found again after a lost answer, so that it is not made twice.
        checks.wrong("pattern", "Put {reference} into the pattern: by it Countinghouse finds the job again.")
    if "<" in text or ">" in text:
        checks.wrong("pattern", "Xero does not take the signs < and > in a job’s name. Leave them out.")


def change_client_sync(
    *,
    create_contacts: bool,
    push_new_clients: bool,
    push_client_changes: bool,
    contact_groups: str,
    rules: Mapping[str, str],
) -> Company:
    """What travels between clients and contacts. `rules`: field → ask, ours or theirs. Raises `Problem` 422."""
    checks = Checks()
    groups = checks.one_of("contact_groups", contact_groups, GROUPS, "What becomes of groups")
    for name, rule in rules.items():
        checks.one_of(f"rule_{name}", rule, RULES, "Who decides")
    checks.finish()
    company = locked_company()
    company.create_contacts, company.push_new_clients = create_contacts, push_new_clients
    company.push_client_changes, company.contact_groups = push_client_changes, groups
    company.contact_rules = {name: rule for name, rule in rules.items() if rule != "ask" and name in BY_NAME}
    audit.changed("practice.changed", company)
    return company


def add_office(name: str) -> Office:
    """A new office. Raises `Problem` 422 on `name`."""
    office = Office(name=_office_name(name, None))
    db.session.add(office)
    db.session.flush()
    audit.created("office.added", office)
    return office


def rename_office(office: Office, name: str) -> None:
    """Call the office something else. Raises `Problem` 422 on `name`."""
    office.name = _office_name(name, office.id)
    audit.changed("office.renamed", office)


def close_office(office: Office) -> None:
    """No longer offered; clients and requests keep it. Raises `WrongState` when it is closed."""
    if not office.active:
        raise WrongState(f"The office {office.name} is closed already.")
    office.active = False
    audit.changed("office.closed", office)


def reopen_office(office: Office) -> None:
    """Offer the office again. Raises `WrongState` when it is open."""
    if office.active:
        raise WrongState(f"The office {office.name} is open already.")
    office.active = True
    audit.changed("office.reopened", office)


def _office_name(value: str, own_id: UUID | None) -> str:
    checks = Checks()
    name = checks.required("name", value, "The office’s name", LONGEST_OFFICE)
    locked_company()
    taken: Any = select(Office.id).where(func.lower(Office.name) == name.lower())
    if own_id is not None:
        taken = taken.where(Office.id != own_id)
    if name and db.session.scalar(taken.limit(1)) is not None:
        checks.wrong("name", f"There is an office called {name} already. Choose another name.")
    checks.finish()
    return name
