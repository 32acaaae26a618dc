"""What invoices are completed from: the organisation's lists as they were read last, what is mapped to them, and the
practice's terms."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from uuid import UUID

from sqlalchemy import select

from app.errors import WrongState
from app.extensions import db
from app.models import Company, Connection, XeroListEntry
from app.sync.connections import current_connection
from app.sync.lists import lookup
from app.sync.lists.lookup import Charged


@dataclass(frozen=True)
class Books:
    """`lists`: every entry by its id. `charges`: by service. `options`: by office, None for one whose lines carry
    none on purpose; an office that nobody has decided about is not in it."""

    company: Company
    connection: Connection
    lists: Mapping[UUID, XeroListEntry]
    charges: Mapping[UUID, Charged]
    options: Mapping[UUID, XeroListEntry | None]

    @cached_property
    def _tax_rates(self) -> dict[str, XeroListEntry]:
        return {one.code: one for one in self.lists.values() if one.kind == "tax_rate"}

    @property
    def currency(self) -> str:
        return self.connection.base_currency or self.company.currency

    def entry(self, entry_id: UUID | None, kind: str) -> XeroListEntry | None:
        """The entry of that kind with this id."""
        found = self.lists.get(entry_id) if entry_id else None
        return found if found is not None and found.kind == kind else None

    def own_tax_of(self, account: XeroListEntry) -> XeroListEntry | None:
        """The tax rate that Xero gives a line of this account when none is said."""
        return lookup.own_tax_rate(account, self._tax_rates)

    def currencies(self) -> list[str]:
        """The codes that invoices may be in, the organisation's own first."""
        found = {one.xero_id for one in self.lists.values() if one.kind == "currency" and one.usable}
        return [self.currency, *sorted(found - {self.currency})]

    def due_date(self, issued_on: date) -> date:
        """When an invoice of this day is due, by the practice's terms."""
        begin = issued_on
        if self.company.invoice_due_from == "month_end":
            begin = issued_on.replace(day=calendar.monthrange(issued_on.year, issued_on.month)[1])
        return begin + timedelta(days=self.company.invoice_due_days)


def open_books() -> Books:
    """The books of the organisation that is connected now. Raises `WrongState` when none is, or none is confirmed."""
    connection = current_connection()
    if connection is None or connection.status == "to_confirm":
        raise WrongState(
            "Invoices need the practice’s Xero organisation: its accounts, tax rates and contacts. A practice admin"
            " connects it under Settings → Xero."
        )
    return _books_of(connection)


def books_of(connection_id: UUID) -> Books:
    """The books an invoice was written with. Raises `WrongState` when another organisation is connected by now."""
    books = open_books()
    if books.connection.id != connection_id:
        raise WrongState(
            "This invoice belongs to another Xero organisation, which is no longer connected. It stays as it is."
        )
    return books


def _books_of(connection: Connection) -> Books:
    entries = db.session.scalars(
        select(XeroListEntry).where(XeroListEntry.connection_id == connection.id)
    ).all()
    return Books(
        company=db.session.scalars(select(Company)).one(),
        connection=connection,
        lists={entry.id: entry for entry in entries},
        charges=lookup.charges_of(connection.id),
        options=lookup.office_options(connection.id),
    )
