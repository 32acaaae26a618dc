"""Whether Xero has the contacts of clients that have none here: few are looked for one by one, many by one reading."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models import Client
from app.sync import causes
from app.sync.contacts.fields import Values
from app.sync.contacts.finding import find_contact
from app.sync.names import normal_name
from app.sync.outcomes import Blocked
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.contacts import Contact

FEW = 3
"""Up to so many clients are looked for one by one, at up to three calls each; more by reading every contact."""


@dataclass(frozen=True)
class Wanted:
    """A client whose contact is to be made."""

    client_id: UUID
    asked_at: datetime
    number: str
    values: Values


Found = tuple[Contact, str] | Blocked | None


def find(accounting: AccountingApi, wanted: Sequence[Wanted]) -> dict[UUID, Found]:
    """Each client's contact with how it was found, None when there is none, or why a person must choose.

    Raises XeroError.
    """
    if len(wanted) <= FEW:
        return {one.client_id: _found_alone(accounting, one) for one in wanted}
    return _found_among_all(accounting, wanted)


def _found_alone(accounting: AccountingApi, one: Wanted) -> Found:
    client = db.session.scalars(select(Client).where(Client.id == one.client_id)).one()
    try:
        return find_contact(accounting, client)
    except Blocked as blocked:
        return blocked


def _found_among_all(accounting: AccountingApi, wanted: Sequence[Wanted]) -> dict[UUID, Found]:
    """As `finding.find_contact` would, from one reading of all contacts; only those that may fit are kept."""
    keys = {key for one in wanted for key in _keys(one.number, one.values["email"], one.values["name"])}
    fitting: dict[tuple[str, str], list[Contact]] = defaultdict(list)
    for page in accounting.contacts():
        for contact in page:
            for key in _keys(contact.number, contact.email, contact.name):
                if key in keys:
                    fitting[key].append(contact)
    return {one.client_id: _choice(one, fitting) for one in wanted}


def _keys(number: str, email: str, name: str) -> Iterator[tuple[str, str]]:
    if number:
        yield "number", number.casefold()
    if email:
        yield "e-mail", email.casefold()
    yield "name", normal_name(name)


def _choice(one: Wanted, fitting: dict[tuple[str, str], list[Contact]]) -> Found:
    by_key = {
        key[0]: fitting.get(key, []) for key in _keys(one.number, one.values["email"], one.values["name"])
    }
    numbered = by_key.get("number", [])
    alike = [*by_key.get("e-mail", []), *by_key["name"]]
    if numbered and any(contact.id == numbered[0].id for contact in alike):
        return numbered[0], "number"
    for how in ("e-mail", "name"):
        several = by_key.get(how, [])
        if len(several) > 1:
            return _must_choose(
                one,
                f"{len(several)} contacts in Xero could be “{one.values['name']}” (same {how}). Choose which one"
                " it is.",
            )
        if several:
            return several[0], how
    if numbered:
        return _must_choose(
            one,
            f"In Xero the number {one.number} belongs to “{numbered[0].name}”, which does not look like"
            f" “{one.values['name']}”. Choose which contact this client is.",
        )
    return None


def _must_choose(one: Wanted, sentence: str) -> Blocked:
    return Blocked(causes.CONTACT, str(one.client_id), sentence)
