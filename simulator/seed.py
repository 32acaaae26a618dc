"""The state a simulator begins with, the same on every machine."""

from __future__ import annotations

from datetime import UTC, datetime

from simulator.accounting.contact_rules import empty_contact
from simulator.ids import fixed
from simulator.journal import Record
from simulator.seed_books import seed_books
from simulator.seed_data import CONTACTS, ORGANISATIONS
from simulator.seed_practice import seed_practice
from simulator.state import Organisation, State

_BEGAN = int(datetime(2026, 7, 1, 9, 0, tzinfo=UTC).timestamp() * 1000)
Person = tuple[str, str, str, str]


def seed(state: State) -> None:
    """Fill an empty state. Hold the shared lock; the caller commits."""
    for name, short_code, timezone, is_demo, people in ORGANISATIONS:
        organisation = _organisation(state, name, short_code, timezone, people, is_demo=is_demo)
        for number, row in enumerate(CONTACTS[name]):
            contact = _contact(name, row, _BEGAN + number * 3_600_000)
            organisation.table("contacts").save(contact["ContactID"], contact)
    seed_practice(state, _BEGAN)


def ensure_organisation(state: State, name: str) -> Organisation:
    """The organisation of that name, made with one person when it is not there."""
    found = state.organisation_named(name)
    if found:
        return found
    slug = "".join(letter for letter in name.lower() if letter.isalnum()) or "organisation"
    people = (("Robin", "Vale", f"owner@{slug}.test", "FINANCIALADVISER"),)
    return _organisation(
        state, name, f"!{fixed('code', name)[:5]}", "AUSEASTERNSTANDARDTIME", people, is_demo=False
    )


def _organisation(
    state: State, name: str, short_code: str, timezone: str, people: tuple[Person, ...], *, is_demo: bool
) -> Organisation:
    organisation_id = fixed("organisation", name)
    state.organisations.save(
        organisation_id,
        {
            "TenantType": "ORGANISATION",
            "OrganisationID": organisation_id,
            "Name": name,
            "LegalName": name,
            "ShortCode": short_code,
            "PaysTax": True,
            "Version": "AU",
            "OrganisationType": "COMPANY",
            "OrganisationEntityType": "COMPANY",
            "BaseCurrency": "AUD",
            "CountryCode": "AU",
            "IsDemoCompany": is_demo,
            "OrganisationStatus": "ACTIVE",
            "FinancialYearEndDay": 30,
            "FinancialYearEndMonth": 6,
            "SalesTaxBasis": "ACCRUALS",
            "SalesTaxPeriod": "QUARTERLY",
            "DefaultSalesTax": "Tax Exclusive",
            "DefaultPurchasesTax": "Tax Exclusive",
            "Timezone": timezone,
            "Edition": "BUSINESS",
            "Class": "DEMO" if is_demo else "PREMIUM",
            "Addresses": [],
            "Phones": [],
            "ExternalLinks": [],
            "PaymentTerms": {},
            "created": _BEGAN,
        },
    )
    organisation = state.organisation(organisation_id)
    if organisation is None:
        raise LookupError(name)
    seed_books(organisation, _BEGAN)
    for first, last, email, role in people:
        user_id = fixed("user", email)
        user = {
            "UserID": user_id,
            "EmailAddress": email,
            "FirstName": first,
            "LastName": last,
            "IsSubscriber": email == people[0][2],
            "OrganisationRole": role,
            "updated": _BEGAN,
        }
        organisation.table("users").save(user_id, user)
    return organisation


def _contact(organisation_name: str, row: tuple[str, ...], milliseconds: int) -> Record:
    name, first, last, email, street, city, region, postcode, phone = row
    area = {"NSW": "02", "VIC": "03", "WA": "08"}[region]
    return {
        "ContactID": fixed("contact", organisation_name, name),
        **empty_contact(),
        "Name": name,
        "FirstName": first,
        "LastName": last,
        "EmailAddress": email,
        "Addresses": [
            {
                "AddressType": "STREET",
                "AddressLine1": street,
                "City": city,
                "Region": region,
                "PostalCode": postcode,
                "Country": "Australia",
            }
        ],
        "Phones": [
            {
                "PhoneType": "DEFAULT",
                "PhoneNumber": phone,
                "PhoneAreaCode": area,
                "PhoneCountryCode": "61",
            }
        ],
        "updated": milliseconds,
    }
