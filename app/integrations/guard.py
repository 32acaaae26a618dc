"""Is this the right organisation? What a person should see before the first thing is written to it.

People who keep books for others have many organisations in Xero, and picking a client's by mistake is easy.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app.extensions import db
from app.models import Client, Connection
from app.sync.names import normal_name
from app.xero.accounting import AccountingApi
from app.xero.accounting.contacts import Contact

SAMPLE = 50
FEW_SHARE = 0.1
"""With fewer of our clients than this share among its contacts, the organisation looks like somebody else's."""
_ENOUGH_CLIENTS = 10
_FILLER = {
    *("pty", "ltd", "limited", "co", "company", "inc", "llc", "plc", "the", "and", "of", "trust", "group"),
    *("accounting", "accountants", "accountant", "tax", "partners", "services", "advisory", "books"),
}


@dataclass(frozen=True)
class OurClient:
    """As much of a client as is compared."""

    number: str
    name: str
    email: str | None


@dataclass(frozen=True)
class Overlap:
    """How many of a sample of our clients are among the organisation's contacts; `contacts` were looked at."""

    asked: int
    found: int
    contacts: int

    @property
    def few(self) -> bool:
        return self.asked >= _ENOUGH_CLIENTS and self.found < self.asked * FEW_SHARE


def words(name: str) -> list[str]:
    """A name's words as they are compared: lower case, letters and figures only."""
    return re.findall(r"[a-z0-9]+", name.casefold())


def alike(ours: str, theirs: str) -> bool:
    """Whether two names of a business share a word that says something."""
    mine, yours = set(words(ours)), set(words(theirs))
    telling = (mine & yours) - _FILLER
    return bool(telling) or (bool(mine) and mine == yours)


def warnings(connection: Connection, practice: str, currency: str, other_before: str | None) -> list[str]:
    """What speaks against this organisation, from what is stored: sentences, none when all looks right."""
    found = []
    if connection.is_demo:
        found.append(
            "This is Xero's Demo Company. What is sent there is for trying out and is erased by Xero."
        )
    if not alike(practice, connection.organisation_name):
        found.append(
            f"Its name, {connection.organisation_name}, is not like your practice's, {practice}. Make sure that it"
            " is not one of your clients' books."
        )
    if connection.base_currency and connection.base_currency != currency:
        found.append(f"Its currency is {connection.base_currency}; your practice works in {currency}.")
    if other_before and other_before != connection.organisation_name:
        found.append(
            f"Before, your practice worked with {other_before}. Its mappings and history are kept aside and come"
            f" back if you connect {other_before} again; new jobs would go to {connection.organisation_name}."
        )
    return found


def sample_of_clients() -> list[OurClient]:
    """Up to 50 of our clients, the same ones each time."""
    rows = db.session.execute(
        select(Client.number, Client.name, Client.email)
        .where(Client.archived_at.is_(None))
        .order_by(Client.sort_name, Client.id)
        .limit(SAMPLE)
    )
    return [OurClient(*row) for row in rows]


def overlap(api: AccountingApi, clients: list[OurClient]) -> Overlap:
    """Look for our clients among the organisation's first thousand contacts: one call. Raises XeroError."""
    contacts = next(iter(api.contacts()), [])
    return Overlap(len(clients), sum(_found(clients, contacts)), len(contacts))


def _found(clients: Iterable[OurClient], contacts: list[Contact]) -> Iterable[bool]:
    numbers = {contact.number for contact in contacts if contact.number}
    emails = {contact.email.casefold() for contact in contacts if contact.email}
    names = {normal_name(contact.name) for contact in contacts}
    for client in clients:
        yield (
            client.number in numbers
            or bool(client.email and client.email.casefold() in emails)
            or normal_name(client.name) in names
        )
