"""Contacts: Xero's side of our clients (facts 4.3)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.xero.accounting.calls import PAGE_SIZE, AccountingCalls, Outcome
from app.xero.addresses import segment
from app.xero.dates import instant, twin
from app.xero.shapes import Record, first, flag, page_count, record, rows, several, text, whole


@dataclass(frozen=True)
class Contact:
    """status is ACTIVE, ARCHIVED, GDPRREQUEST or a new word.

    Follow merged_to_id: a merged contact is archived. phone and mobile are joined from country, area and
    number; the address is the street one, else the postal one, street being its lines, joined by newlines. number
    is ours to set (≤ 50), account_number is people's.
    """

    id: str
    name: str
    status: str
    number: str
    account_number: str
    first_name: str
    last_name: str
    email: str
    company_number: str
    tax_number: str
    phone: str
    mobile: str
    street: str
    city: str
    region: str
    postal_code: str
    country: str
    merged_to_id: str | None
    is_customer: bool
    is_supplier: bool
    groups: tuple[str, ...]
    updated_at: datetime | None


@dataclass(frozen=True)
class ContactFields:
    """What to set; None leaves a field as it is.

    Lengths are Xero's: name 255, number 50, e-mail 255, phones 50, street four lines of 500, city and region 255,
    postal code and country 50 (letters only). name is needed to create; runs of spaces are made one, as Xero refuses
    them. The address parts go together as the street address: give all or none. status: ACTIVE or ARCHIVED.
    """

    name: str | None = None
    number: str | None = None
    account_number: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    company_number: str | None = None
    tax_number: str | None = None
    phone: str | None = None
    mobile: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class ContactPage:
    """One page of all contacts. `total`: contacts on all pages, as Xero counted them when it sent this one; `told_at`:
    when that was, by Xero's clock."""

    contacts: list[Contact]
    total: int
    last: bool
    told_at: datetime | None


class ContactCalls(AccountingCalls):
    def contact(self, id_or_number: str) -> Contact:
        """One contact by Xero's id or by our ContactNumber; raises Permanent not_found."""
        return _contact(first(self._get(f"/Contacts/{segment(id_or_number)}"), "Contacts"))

    def contacts(
        self,
        *,
        ids: Iterable[str] | None = None,
        since: datetime | None = None,
        include_archived: bool = False,
        page_size: int = PAGE_SIZE,
    ) -> Iterator[list[Contact]]:
        """All contacts, a list a page (≤ 1,000), one call each.

        since: changed after that moment, to the second, so ask with some minutes of overlap. At most 50 ids.
        """
        params = {"IDs": list(ids) if ids else None, "includeArchived": True if include_archived else None}
        for found in self._pages("Contacts", params=params, since=since, page_size=page_size):
            yield [_contact(row) for row in found]

    def contacts_page(
        self,
        page: int,
        *,
        since: datetime | None = None,
        include_archived: bool = False,
        page_size: int = PAGE_SIZE,
    ) -> ContactPage:
        """The page of this number, from 1, in Xero's own order (by change, then id): for reading that may be broken off
        and goes on with a later page. What changes meanwhile moves to the end."""
        params = {
            "page": page,
            "pageSize": page_size,
            "includeArchived": True if include_archived else None,
        }
        reply = self._get("/Contacts", params=params, since=since)
        found = [_contact(row) for row in several(reply, "Contacts")]
        last = page_count(reply)
        told = record(record(reply.data).get("pagination"))
        told_at = instant(text(record(reply.data), "DateTimeUTC"))
        return ContactPage(found, whole(told, "itemCount"), not found or 0 < last <= page, told_at)

    def search_contacts(self, term: str, *, limit: int = 50) -> list[Contact]:
        """Active contacts in whose names, numbers or e-mail the term occurs; at most one page.

        The term goes as searchTerm, never into a where clause, which has no way to escape a quote (facts
        4.1).
        """
        params = {"searchTerm": term, "page": 1, "pageSize": limit}
        found = record(self._get("/Contacts", params=params).data).get("Contacts")
        return [_contact(row) for row in rows(found)]

    def create_contact(self, fields: ContactFields, idempotency_key: str | None = None) -> Contact:
        """A new contact. PUT, because POST would quietly change one of the same name.

        Raises Permanent contact_name_taken when an active contact has that name or number.
        """
        if not fields.name:
            raise ValueError("a contact needs a name")
        return _contact(first(self._send("PUT", "/Contacts", _body(fields), idempotency_key), "Contacts"))

    def update_contact(self, contact_id: str, fields: ContactFields, key: str | None = None) -> Contact:
        """Change what is given of one contact. Raises Permanent not_found, validation."""
        reply = self._send("POST", f"/Contacts/{segment(contact_id)}", _body(fields), key)
        return _contact(first(reply, "Contacts"))

    def create_contacts(
        self, batch: Sequence[ContactFields], key: str | None = None
    ) -> list[Outcome[Contact]]:
        """Up to 50 new contacts in one call, each taken or refused on its own, in the order given."""
        return _contacts(self._send_batch("PUT", "Contacts", [_body(fields) for fields in batch], key))

    def update_contacts(
        self, batch: Sequence[tuple[str, ContactFields]], key: str | None = None
    ) -> list[Outcome[Contact]]:
        """Change up to 50 contacts, given with their ids, in one call."""
        bodies = [{"ContactID": contact_id, **_body(fields)} for contact_id, fields in batch]
        return _contacts(self._send_batch("POST", "Contacts", bodies, key))

    def archive_contact(self, contact_id: str, key: str | None = None) -> Contact:
        """Take a contact out of use; it can then be neither invoiced nor grouped."""
        return self.update_contact(contact_id, ContactFields(status="ARCHIVED"), key)


_NAMES = {
    "number": "ContactNumber",
    "account_number": "AccountNumber",
    "first_name": "FirstName",
    "last_name": "LastName",
    "email": "EmailAddress",
    "company_number": "CompanyNumber",
    "tax_number": "TaxNumber",
    "status": "ContactStatus",
}


def _body(fields: ContactFields) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if fields.name is not None:
        body["Name"] = " ".join(fields.name.split())
    for ours, theirs in _NAMES.items():
        if (value := getattr(fields, ours)) is not None:
            body[theirs] = value
    kinds = (("DEFAULT", fields.phone), ("MOBILE", fields.mobile))
    # The number is whole, so area and country are sent empty: those of the number before would stay beside it.
    if phones := [_phone_body(kind, number) for kind, number in kinds if number is not None]:
        body["Phones"] = phones
    if address := _address(fields):
        body["Addresses"] = [address]
    return body


def _phone_body(kind: str, number: str) -> dict[str, str]:
    return {"PhoneType": kind, "PhoneNumber": number, "PhoneAreaCode": "", "PhoneCountryCode": ""}


def _address(fields: ContactFields) -> dict[str, Any]:
    parts = (fields.street, fields.city, fields.region, fields.postal_code, fields.country)
    if all(part is None for part in parts):
        return {}
    lines = (fields.street or "").splitlines()
    # Empty lines are sent too, or those of a longer address before would stay.
    streets = {f"AddressLine{n}": lines[n - 1] if n <= len(lines) else "" for n in range(1, 5)}
    return {
        "AddressType": "STREET",
        **streets,
        "City": fields.city or "",
        "Region": fields.region or "",
        "PostalCode": fields.postal_code or "",
        "Country": fields.country or "",
    }


def _contacts(outcomes: list[Outcome[Record]]) -> list[Outcome[Contact]]:
    return [Outcome(_contact(o.record) if o.record else None, o.errors) for o in outcomes]


def _contact(row: Record) -> Contact:
    addresses = {
        text(a, "AddressType"): a for a in rows(row.get("Addresses")) if _street(a) or text(a, "City")
    }
    address = addresses.get("STREET") or addresses.get("POBOX") or {}
    phones = {text(p, "PhoneType"): _phone(p) for p in rows(row.get("Phones"))}
    return Contact(
        id=text(row, "ContactID"),
        name=text(row, "Name"),
        status=text(row, "ContactStatus"),
        number=text(row, "ContactNumber"),
        account_number=text(row, "AccountNumber"),
        first_name=text(row, "FirstName"),
        last_name=text(row, "LastName"),
        email=text(row, "EmailAddress"),
        company_number=text(row, "CompanyNumber"),
        tax_number=text(row, "TaxNumber"),
        phone=phones.get("DEFAULT", ""),
        mobile=phones.get("MOBILE", ""),
        street=_street(address),
        city=text(address, "City"),
        region=text(address, "Region"),
        postal_code=text(address, "PostalCode"),
        country=text(address, "Country"),
        merged_to_id=text(row, "MergedToContactID") or None,
        is_customer=flag(row, "IsCustomer"),
        is_supplier=flag(row, "IsSupplier"),
        groups=tuple(text(group, "Name") for group in rows(row.get("ContactGroups"))),
        updated_at=instant(twin(row, "UpdatedDateUTC")),
    )


def _phone(row: Record) -> str:
    parts = (text(row, name) for name in ("PhoneCountryCode", "PhoneAreaCode", "PhoneNumber"))
    return " ".join(part for part in parts if part)


def _street(row: Record) -> str:
    return "\n".join(line for line in (text(row, f"AddressLine{number}") for number in range(1, 5)) if line)
