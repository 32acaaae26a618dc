"""Lines of invoices: what was written, checked and completed from services and the organisation's lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import select

from app.checks import Checks
from app.extensions import db
from app.invoices.books import Books
from app.models import InvoiceLine, Office, Service, XeroListEntry
from app.sync.invoices.money import LARGEST, Amounts, Charge, Totals, amounts_of, totals
from app.sync.lists import lookup

MOST_LINES = 100
LONGEST_DESCRIPTION = 4000
MOST_EACH = Decimal("9999999999.9999")
_WORDS = {"account": "account", "tax_rate": "tax rate", "item": "item"}


class LineDetails(TypedDict, total=False):
    """A line as a person or a program wrote it. A problem's field is called ``lines-<place from 0>-<key>``.

    What is left out or empty comes from the service: its name, price, account, tax rate and item; a tax rate then from
    the account. The quantity is 1 unless given.
    """

    id: UUID | None
    """Of a line that the invoice has already and that stays."""
    description: str | None
    quantity: Decimal | str | None
    unit_amount: Decimal | str | None
    discount_rate: Decimal | str | None
    """In per cent."""
    service_id: UUID | None
    office_id: UUID | None
    account_id: UUID | None
    """Of an entry of the organisation's lists, as are `tax_rate_id` and `item_id`."""
    tax_rate_id: UUID | None
    item_id: UUID | None
    time_entry_ids: Sequence[UUID]
    """The time it bills."""


@dataclass(frozen=True)
class Line:
    """A line that may stand. `values`: columns of `InvoiceLine` but its place. `kept`: the row it stands in already."""

    values: dict[str, Any]
    kept: InvoiceLine | None
    time_entry_ids: Sequence[UUID]

    @property
    def amounts(self) -> Amounts:
        return Amounts(self.values["line_amount"], self.values["tax_amount"])


@dataclass(frozen=True)
class Lines:
    lines: list[Line]
    totals: Totals


class Writer:
    """Checks and completes the lines of one invoice or of many. `track`: whether they carry their office's option."""

    def __init__(self, books: Books, line_amounts: str, *, track: bool) -> None:
        self.books = books
        self.line_amounts = line_amounts
        self.track = track
        self._services: dict[UUID, Service] = {}
        self._offices: dict[UUID, str] = {}

    def know(self, lines: Sequence[LineDetails]) -> None:
        """Read the services and offices that these lines name, all at once."""
        services = {one for line in lines if (one := line.get("service_id")) and one not in self._services}
        offices = {one for line in lines if (one := line.get("office_id")) and one not in self._offices}
        if services:
            found = db.session.scalars(select(Service).where(Service.id.in_(services)))
            self._services |= {service.id: service for service in found}
        if offices:
            rows = db.session.execute(select(Office.id, Office.name).where(Office.id.in_(offices)))
            self._offices |= {row.id: row.name for row in rows}

    def written(
        self, lines: Sequence[LineDetails], checks: Checks, kept: Mapping[UUID, InvoiceLine] | None = None
    ) -> Lines:
        """The lines, completed; what is wrong is put into `checks`. `kept`: the rows of the invoice by their id."""
        self.know(lines)
        if not lines:
            checks.wrong("lines", "An invoice needs at least one line. Write one.")
        if len(lines) > MOST_LINES:
            checks.wrong("lines", f"An invoice takes {MOST_LINES} lines at most. Take some away.")
        found = [
            self._line(f"lines-{place}", line, checks, (kept or {}).get(line.get("id") or UUID(int=0)))
            for place, line in enumerate(lines[:MOST_LINES])
        ]
        sums = totals([line.amounts for line in found], self.line_amounts)
        if sums.total < 0:
            checks.wrong(
                "lines", "The total is below 0. Xero takes no such invoice; write a credit note there."
            )
        if sums.total > LARGEST:
            checks.wrong("lines", f"The total is above {LARGEST:,}, the most that Xero takes.")
        return Lines(found, sums)

    def _line(self, name: str, line: LineDetails, checks: Checks, kept: InvoiceLine | None) -> Line:
        service = self._service(name, line, checks)
        account, tax_rate, item = self._charge(name, line, service, checks, kept)
        description = checks.text(
            f"{name}-description", line.get("description"), "The description", LONGEST_DESCRIPTION
        ) or (service.name if service else None)
        if not description:
            checks.wrong(f"{name}-description", "Write what the line is for, or choose a service.")
        charge = self._figures(name, line, service, tax_rate, checks)
        amounts = amounts_of(charge, self.line_amounts)
        if abs(amounts.line) > LARGEST:
            checks.wrong(
                f"{name}-unit_amount", f"The line comes to more than {LARGEST:,}, which Xero refuses."
            )
        office_id = self._office(name, line, checks)
        option = self.books.options.get(office_id) if office_id and self.track else None
        values = {
            "description": description or "",
            "quantity": charge.quantity,
            "unit_amount": charge.unit_amount,
            "discount_rate": charge.discount_rate or None,
            "service_id": service.id if service else None,
            "office_id": office_id,
            "account_id": account.id if account else None,
            "tax_rate_id": tax_rate.id if tax_rate else None,
            "item_id": item.id if item else None,
            "tracking_option_id": option.id if option else None,
            "line_amount": amounts.line,
            "tax_amount": amounts.tax,
        }
        return Line(values, kept, line.get("time_entry_ids") or ())

    def _service(self, name: str, line: LineDetails, checks: Checks) -> Service | None:
        service_id = line.get("service_id")
        service = self._services.get(service_id) if service_id else None
        if service_id and service is None:
            checks.wrong(
                f"{name}-service_id", "There is no such service in your practice. Choose one from the list."
            )
        return service

    def _office(self, name: str, line: LineDetails, checks: Checks) -> UUID | None:
        office_id = line.get("office_id")
        if office_id and office_id not in self._offices:
            checks.wrong(
                f"{name}-office_id", "There is no such office in your practice. Choose one from the list."
            )
            return None
        return office_id

    def _charge(
        self, name: str, line: LineDetails, service: Service | None, checks: Checks, kept: InvoiceLine | None
    ) -> tuple[XeroListEntry | None, XeroListEntry | None, XeroListEntry | None]:
        mapped = self.books.charges.get(service.id) if service else None
        account = self._chosen(name, "account", line.get("account_id"), checks, kept)
        tax_rate = self._chosen(name, "tax_rate", line.get("tax_rate_id"), checks, kept)
        item = self._chosen(name, "item", line.get("item_id"), checks, kept)
        if mapped is not None:
            # The mapping's tax rate belongs to its account: beside another one that account's own counts.
            own = account is None or account == mapped.account
            account, item = account or mapped.account, item or (mapped.item if own else None)
            tax_rate = tax_rate or (mapped.tax_rate if own else None)
        if tax_rate is None and account is not None:
            tax_rate = self.books.own_tax_of(account)
        return account, tax_rate, item

    def _chosen(
        self, name: str, kind: str, entry_id: UUID | None, checks: Checks, kept: InvoiceLine | None
    ) -> XeroListEntry | None:
        if entry_id is None:
            return None
        entry = self.books.entry(entry_id, kind)
        field = f"{name}-{kind}_id"
        if entry is None:
            checks.wrong(field, f"The organisation has no such {_WORDS[kind]}. Choose one from the list.")
        elif not entry.usable and (kept is None or getattr(kept, f"{kind}_id") != entry.id):
            checks.wrong(field, f"{entry.name} can no longer be used in Xero. Choose another {_WORDS[kind]}.")
        return entry

    def _figures(
        self,
        name: str,
        line: LineDetails,
        service: Service | None,
        tax_rate: XeroListEntry | None,
        checks: Checks,
    ) -> Charge:
        def number(key: str, noun: str, least: Decimal, most: Decimal, places: int = 4) -> Decimal | None:
            typed = line.get(key)
            return checks.decimal(f"{name}-{key}", typed, noun, places=places, least=least, most=most)

        quantity = number("quantity", "The quantity", Decimal(0), MOST_EACH)
        price = number("unit_amount", "The price", -MOST_EACH, MOST_EACH)
        discount = number("discount_rate", "The discount", Decimal(0), Decimal(100), 2)
        if price is None and service is not None:
            price = service.base_price
        if price is None and f"{name}-unit_amount" not in checks.fields:
            checks.wrong(f"{name}-unit_amount", "Write the price, or choose a service.")
        return Charge(
            quantity=Decimal(1) if quantity is None else quantity,
            unit_amount=price or Decimal(0),
            tax_rate=lookup.tax_rate_of(tax_rate) if tax_rate else Decimal(0),
            discount_rate=discount,
        )
