"""The fields that a client and its contact in Xero share, and what each side's values look like when compared.

A value is text; empty means none. Xero's limits are of facts 4.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.models import Client
from app.xero.accounting.contacts import Contact, ContactFields

Values = dict[str, str]
"""Field name → value."""


@dataclass(frozen=True)
class Field:
    """`name` is the attribute on `Client`, `Contact` and `ContactFields` alike; `longest` Xero's limit in letters."""

    name: str
    label: str
    longest: int


FIELDS = (
    Field("name", "Name", 255),
    Field("first_name", "First name", 255),
    Field("last_name", "Last name", 255),
    Field("email", "E-mail", 255),
    Field("phone", "Phone", 50),
    Field("mobile", "Mobile", 50),
    Field("company_number", "Company number", 50),
    Field("tax_number", "Tax number", 50),
    Field("street", "Street", 2003),
    Field("city", "City", 255),
    Field("region", "State or region", 255),
    Field("postal_code", "Postcode", 50),
    Field("country", "Country", 50),
)
ADDRESS = ("street", "city", "region", "postal_code", "country")
"""Sent together: Xero replaces an address as a whole."""
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}


def of_client(client: Client) -> Values:
    """Our side."""
    return {field.name: tidy(field.name, getattr(client, field.name) or "") for field in FIELDS}


def of_contact(contact: Contact) -> Values:
    """Xero's side."""
    return {field.name: tidy(field.name, getattr(contact, field.name)) for field in FIELDS}


def tidy(name: str, value: str) -> str:
    """The value as it is compared and sent: no spaces around it, runs of them made one, as Xero keeps names."""
    lines = (" ".join(line.split()) for line in value.splitlines())
    return ("\n" if name == "street" else " ").join(line for line in lines if line)


def to_send(values: Mapping[str, str]) -> ContactFields:
    """What to write to Xero; an address part brings the others of `values` with it, so give all of them or none."""
    return ContactFields(**values)


def put_on_client(client: Client, values: Mapping[str, str]) -> None:
    """Write the values on our side, the sort name with the name."""
    for name, value in values.items():
        setattr(client, name, value if name == "name" else value or None)
    if "name" in values:
        client.sort_name = values["name"].casefold()
