"""What may be said about a client, checked in sentences. The shared fields have Xero's lengths, so that what is kept
here can always be sent (facts 4.3)."""

import re
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import func, select

from app.checks import Checks, many_lines, one_line
from app.errors import Problem
from app.extensions import db
from app.models import Client, Office
from app.models.client import CLIENT_KINDS
from app.sync.contacts.fields import BY_NAME

LONGEST_NUMBER = 50
"""Of a ContactNumber."""
STREET_LINES, LONGEST_STREET_LINE = 4, 500
_COUNTRY = re.compile(r"[^\W\d_][^\d_]*")
_NOUNS = {
    "first_name": "The first name",
    "last_name": "The last name",
    "company_number": "The company number",
    "tax_number": "The tax number",
    "city": "The city",
    "region": "The state or region",
    "postal_code": "The postcode",
    "country": "The country",
}
"""Fields that are one line and nothing more, as sentences name them."""


class ClientDetails(TypedDict, total=False):
    """What a person may say about a client. When editing, what is left out stays as it is."""

    name: str
    kind: str
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    mobile: str | None
    company_number: str | None
    tax_number: str | None
    street: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    office_id: UUID | None
    notes: str | None


def checked(details: dict[str, Any], client: Client | None) -> dict[str, Any]:
    """The values as they are kept, with the sort name. Raises `Problem` 422 that names every wrong field."""
    checks = Checks()
    values: dict[str, Any] = {}
    for field, value in details.items():
        values[field] = _value(checks, field, value, client)
    if "name" in values:
        values["sort_name"] = values["name"].casefold()
    checks.finish()
    return values


def _value(checks: Checks, field: str, value: Any, client: Client | None) -> Any:
    if field in _NOUNS:
        return _line(checks, field, value)
    if field == "office_id":
        return _office(checks, value, client)
    if field in {"phone", "mobile"}:
        return checks.phone(field, value)
    return {"name": _name, "kind": _kind, "email": _email, "street": _street, "notes": _notes}[field](
        checks, value
    )


def _line(checks: Checks, field: str, value: str | None) -> str | None:
    text = checks.line(field, value, _NOUNS[field], BY_NAME[field].longest)
    if field == "country" and text and not _COUNTRY.fullmatch(text):
        checks.wrong(field, "Xero takes letters only in a country. Write it like New Zealand.")
    return text


def _kind(checks: Checks, value: str | None) -> str | None:
    if not value:
        checks.wrong("kind", "Choose what kind of client this is.")
        return value
    return checks.one_of("kind", value, CLIENT_KINDS, "The kind of client")


def _notes(checks: Checks, value: str | None) -> str | None:
    return checks.text("notes", value, "The note")


def _name(checks: Checks, value: str | None) -> str:
    # The name becomes the contact's in Xero, which takes no angle brackets and 255 characters at most.
    name = checks.required("name", value, "The client's name", BY_NAME["name"].longest)
    if "<" in name or ">" in name:
        checks.wrong("name", "Xero does not take the signs < and > in a name. Leave them out.")
    return name


def _email(checks: Checks, value: str | None) -> str | None:
    address = checks.email("email", value)
    if address and "email" not in checks.fields and not address.isascii():
        checks.wrong("email", "Xero takes plain letters only in an e-mail address, without accents.")
    return address


def _street(checks: Checks, value: str | None) -> str | None:
    lines = [one_line(line) for line in many_lines(value).splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > STREET_LINES:
        checks.wrong(
            "street", f"The street has {len(lines)} lines. Xero takes {STREET_LINES}: join some of them."
        )
    if any(len(line) > LONGEST_STREET_LINE for line in lines):
        checks.wrong("street", f"A line of the street has more than {LONGEST_STREET_LINE} characters.")
    return "\n".join(lines) or None


def _office(checks: Checks, office_id: UUID | None, client: Client | None) -> UUID | None:
    if office_id is None or (client is not None and office_id == client.office_id):
        return office_id
    office = db.session.scalar(select(Office).where(Office.id == office_id))
    if office is None:
        checks.wrong("office_id", "There is no such office. Choose one of the practice's offices.")
    elif not office.active:
        checks.wrong("office_id", f"The office {office.name} is closed. Choose another one.")
    return office_id


def check_new(details: ClientDetails, number: str | None) -> None:
    """Raises `Problem` 422 that names every wrong field of a new client."""
    problems: dict[str, list[str]] = {}
    for check in (lambda: checked(dict(details), None), lambda: checked_number(number)):
        try:
            check()
        except Problem as problem:
            problems |= problem.fields
    if problems:
        raise Problem(
            " ".join(sentence for found in problems.values() for sentence in found), fields=problems
        )


def checked_number(value: str | None) -> str | None:
    """A number of the practice's own, or None for one to be given. Raises `Problem` 422 when it is taken."""
    checks = Checks()
    number = checks.line("number", value, "The number", LONGEST_NUMBER)
    if number and "number" not in checks.fields:
        taken = db.session.scalar(
            select(Client.name).where(func.lower(Client.number) == number.lower()).limit(1)
        )
        if taken:
            checks.wrong(
                "number", f"{taken} has the number {number} already. Write another, or leave it empty."
            )
    checks.finish()
    return number
