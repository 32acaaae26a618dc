"""What a contact may look like, and which contact a write means.

Rules: name at most 255 characters, no angle brackets, no spaces at its ends or doubled inside; name unique
among active contacts, contact number and account number unique; see the Contacts documentation and the
published specification.
"""

from __future__ import annotations

from typing import Any

from simulator.accounting.where import folded
from simulator.ids import is_guid
from simulator.journal import Record
from simulator.state import Organisation

TEXTS = {
    "Name": 255,
    "ContactNumber": 50,
    "AccountNumber": 50,
    "EmailAddress": 255,
    "FirstName": 255,
    "LastName": 255,
    "CompanyNumber": 50,
    "TaxNumber": 50,
    "BankAccountDetails": 100,
    "AccountsReceivableTaxType": 50,
    "AccountsPayableTaxType": 50,
    "SalesDefaultAccountCode": 10,
    "PurchasesDefaultAccountCode": 10,
    "DefaultCurrency": 3,
    "Website": 255,
}
PHONE_TYPES = ("DDI", "DEFAULT", "FAX", "MOBILE", "OFFICE")
ADDRESS_TYPES = ("POBOX", "STREET")
_PHONE_LENGTHS = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
_ADDRESS_LENGTHS = {
    **dict.fromkeys(("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4"), 500),
    "City": 255,
    "Region": 255,
    "PostalCode": 50,
    "Country": 50,
    "AttentionTo": 255,
}
_PERSON_LENGTHS = {"FirstName": 255, "LastName": 255, "EmailAddress": 255}
MOST_PERSONS = 5


def empty_contact() -> Record:
    return {
        "ContactStatus": "ACTIVE",
        **dict.fromkeys(("Name", "EmailAddress", "FirstName", "LastName", "BankAccountDetails"), ""),
        "Addresses": [],
        "Phones": [],
        "ContactPersons": [],
        "IsCustomer": False,
        "IsSupplier": False,
    }


def _number_key(contact: Record) -> str:
    return str(contact.get("ContactNumber") or "").casefold()


def _account_key(contact: Record) -> str:
    return str(contact.get("AccountNumber") or "").casefold()


def _name_key(contact: Record) -> str:
    """Archived contacts give their name free."""
    return folded(contact["Name"]) if contact["ContactStatus"] == "ACTIVE" else ""


def find_by_number(organisation: Organisation, number: str) -> Record | None:
    """The contact of that contact number."""
    found = (
        organisation.table("contacts").matching("number", _number_key, number.casefold()) if number else []
    )
    return found[0] if found else None


def find_by_name(organisation: Organisation, name: str) -> Record | None:
    """The active contact of that name."""
    found = organisation.table("contacts").matching("name", _name_key, folded(name)) if name else []
    return found[0] if found else None


def merged(contact: Record, sent: Record) -> tuple[Record, list[str]]:
    """The contact with what was sent laid over it, and what is wrong with it. What is not sent stays."""
    messages: list[str] = []
    result = dict(contact)
    for field, longest in TEXTS.items():
        if field in sent:
            result[field] = _text(sent[field], field, longest, messages)
    if "ContactStatus" in sent:
        if sent["ContactStatus"] in ("ACTIVE", "ARCHIVED"):
            result["ContactStatus"] = sent["ContactStatus"]
        else:
            messages.append("The contact status is not valid. It can be ACTIVE or ARCHIVED.")
    if "Phones" in sent:
        result["Phones"] = _by_type(
            result["Phones"], sent["Phones"], "PhoneType", PHONE_TYPES, _PHONE_LENGTHS, messages
        )
    if "Addresses" in sent:
        result["Addresses"] = _by_type(
            result["Addresses"], sent["Addresses"], "AddressType", ADDRESS_TYPES, _ADDRESS_LENGTHS, messages
        )
    if "ContactPersons" in sent:
        result["ContactPersons"] = _persons(sent["ContactPersons"], messages)
    messages += _name_trouble(result["Name"])
    email = result["EmailAddress"]
    if email and ("@" not in email.strip("@") or " " in email or not email.isascii()):
        messages.append("Email address must be valid.")
    return result, messages


def clashes(organisation: Organisation, contact: Record) -> list[str]:
    """Which unique fields another contact already has."""
    table = organisation.table("contacts")
    messages = []
    for index, key_of, field, word, scope in (
        ("name", _name_key, "Name", "name", "active contacts"),
        ("number", _number_key, "ContactNumber", "number", "contacts"),
        ("account", _account_key, "AccountNumber", "account number", "contacts"),
    ):
        key = key_of(contact)
        others = table.matching(index, key_of, key) if key else []
        if any(other["ContactID"] != contact["ContactID"] for other in others):
            subject = word if word == "account number" else f"contact {word}"
            messages.append(
                f"The {subject} {contact[field]} is already assigned to another contact. "
                f"The {subject} must be unique across all {scope}."
            )
    return messages


def _text(value: Any, field: str, longest: int, messages: list[str]) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        messages.append(f"{field} must be text.")
        return ""
    if len(value) > longest:
        messages.append(f"The field {field} must not be longer than {longest} characters.")
    return value


def _name_trouble(name: str) -> list[str]:
    if not name.strip():
        return ["The Contact Name must be specified."]
    if "<" in name or ">" in name:
        return ["The contact name cannot contain the characters < or >."]
    if name != " ".join(name.split()):
        return ["The contact name cannot start or end with a space or contain doubled spaces."]
    return []


def _by_type(
    kept: list[Record],
    sent: Any,
    type_field: str,
    types: tuple[str, ...],
    lengths: dict[str, int],
    messages: list[str],
) -> list[Record]:
    """Phones or addresses: one of each type, those not sent stay."""
    found = {entry[type_field]: entry for entry in kept}
    for entry in sent if isinstance(sent, list) else []:
        kind = entry.get(type_field) if isinstance(entry, dict) else None
        if kind not in types:
            messages.append(f"{type_field} must be one of {', '.join(types)}.")
            continue
        found[kind] = {
            type_field: kind,
            **{name: _text(entry.get(name), name, longest, messages) for name, longest in lengths.items()},
        }
    return [found[kind] for kind in types if kind in found]


def _persons(sent: Any, messages: list[str]) -> list[Record]:
    """Contact persons: what is sent replaces the list."""
    persons = [entry for entry in sent if isinstance(entry, dict)] if isinstance(sent, list) else []
    if len(persons) > MOST_PERSONS:
        messages.append(f"A contact can have at most {MOST_PERSONS} contact persons.")
    return [
        {
            **{
                name: _text(person.get(name), name, longest, messages)
                for name, longest in _PERSON_LENGTHS.items()
            },
            "IncludeInEmails": bool(person.get("IncludeInEmails", False)),
        }
        for person in persons
    ]


def meant(organisation: Organisation, sent: Record, *, path_id: str | None = None) -> Record | None:
    """The existing contact a POST means: by ContactID, then by ContactNumber, then **by name** (Xero's
    silent upsert).

    Raises LookupError when an id is given that no contact has.
    """
    contact_id = path_id or sent.get("ContactID")
    if contact_id:
        text = str(contact_id).lower()
        found = organisation.table("contacts").get(text) if is_guid(text) else None
        if found is None:
            raise LookupError(contact_id)
        return found
    number, name = sent.get("ContactNumber"), sent.get("Name")
    if number and (found := find_by_number(organisation, str(number))):
        return found
    return find_by_name(organisation, str(name)) if name else None
