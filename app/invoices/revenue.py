"""Revenue by month, office and service: what the lines of our invoices come to, net of tax.

What counts: invoices written here that stand in Xero as approved, to be paid or paid, by the date on the invoice.
Drafts, what waits for approval, and what was voided or deleted do not; credit notes are not taken off. Sums of
different currencies are never added together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Row, and_, case, cast, func, select

from app.extensions import db
from app.models import Invoice, InvoiceLine, Office, Service
from app.models.invoice import COUNTED_STATUSES

NO_OFFICE, NO_SERVICE = "No office", "No service"
NONE = Decimal("0.00")


@dataclass(frozen=True)
class Period:
    """Whole months: the first day of the first one, and of the last one."""

    first: date
    last: date

    @property
    def end(self) -> date:
        """The day after it."""
        return month_after(self.last)

    @property
    def months(self) -> list[date]:
        found = [self.first]
        while found[-1] < self.last:
            found.append(month_after(found[-1]))
        return found


@dataclass(frozen=True)
class Part:
    """What one office or service brought in. `id` None: lines that have none. `months`: one sum for each."""

    id: UUID | None
    name: str
    net: Decimal
    lines: int
    months: tuple[Decimal, ...]


@dataclass(frozen=True)
class Revenue:
    """One currency's. `in_xero`: what Xero says the same invoices come to before tax; `differing` of them are not
    to the cent what we worked out."""

    currency: str
    net: Decimal
    invoices: int
    in_xero: Decimal
    differing: int
    offices: list[Part]
    services: list[Part]

    @property
    def difference(self) -> Decimal:
        """Xero's sum less ours."""
        return self.in_xero - self.net


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_before(month: date, count: int) -> date:
    """The month so many before this one."""
    years, index = divmod(month.year * 12 + month.month - 1 - count, 12)
    return date(years, index + 1, 1)


def counted_days() -> tuple[date, date] | None:
    """The first and last date of all invoices that count; None while there is none."""
    row = db.session.execute(
        select(func.min(Invoice.issued_on), func.max(Invoice.issued_on)).where(_counts())
    ).one()
    return (row[0], row[1]) if row[0] else None


def read_revenue(period: Period) -> list[Revenue]:
    """Each currency's, the largest number of invoices first."""
    offices, services = _names(Office), _names(Service)
    lines: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in sums(period):
        lines[row.currency].append(row)
    found = []
    for told in db.session.execute(_of_invoices(period)):
        rows = lines[told.currency]
        found.append(
            Revenue(
                told.currency,
                sum((row.net for row in rows), NONE),
                told.invoices,
                told.in_xero,
                told.differing,
                _parts(rows, "office_id", {**offices, None: NO_OFFICE}, period),
                _parts(rows, "service_id", {**services, None: NO_SERVICE}, period),
            )
        )
    return sorted(found, key=lambda one: (-one.invoices, one.currency))


@dataclass(frozen=True)
class Sum:
    """What a month's lines of one office and service come to."""

    month: date
    office: str
    service: str
    currency: str
    net: Decimal
    lines: int


def named_sums(period: Period) -> list[Sum]:
    """Every sum of the period with its names, by month."""
    offices = {**_names(Office), None: NO_OFFICE}
    services = {**_names(Service), None: NO_SERVICE}
    found = [
        Sum(
            row.month.date(),
            offices[row.office_id],
            services[row.service_id],
            row.currency,
            row.net,
            row.lines,
        )
        for row in sums(period)
    ]
    return sorted(found, key=lambda one: (one.month, one.office, one.service, one.currency))


def sums(period: Period) -> list[Row[Any]]:
    """What lines come to by currency, month, office and service. Row: currency, month (its first day), office_id,
    service_id, net, lines."""
    net = case(
        (Invoice.line_amounts == "Inclusive", InvoiceLine.line_amount - InvoiceLine.tax_amount),
        else_=InvoiceLine.line_amount,
    )
    # A timestamp without a zone: a calendar date must not move with the database's own.
    month = func.date_trunc("month", cast(Invoice.issued_on, DateTime)).label("month")
    keys = (Invoice.currency, month, InvoiceLine.office_id, InvoiceLine.service_id)
    same = and_(InvoiceLine.company_id == Invoice.company_id, InvoiceLine.invoice_id == Invoice.id)
    statement = (
        select(*keys, func.sum(net).label("net"), func.count().label("lines"))
        .select_from(Invoice)
        .join(InvoiceLine, same)
        .where(_counts(), *_within(period))
        .group_by(*keys)
    )
    return list(db.session.execute(statement))


def _of_invoices(period: Period) -> Any:
    differs = Invoice.xero_subtotal.is_distinct_from(Invoice.subtotal)
    return (
        select(
            Invoice.currency,
            func.count().label("invoices"),
            func.coalesce(func.sum(Invoice.xero_subtotal), NONE).label("in_xero"),
            func.count().filter(differs).label("differing"),
        )
        .where(_counts(), *_within(period))
        .group_by(Invoice.currency)
    )


def _counts() -> ColumnElement[bool]:
    return Invoice.xero_status.in_(COUNTED_STATUSES)


def _within(period: Period) -> tuple[ColumnElement[bool], ...]:
    return Invoice.issued_on >= period.first, Invoice.issued_on < period.end


def _names(model: type[Office] | type[Service]) -> dict[UUID | None, str]:
    return {row.id: row.name for row in db.session.execute(select(model.id, model.name))}


def _parts(
    rows: Iterable[Row[Any]], key: str, names: Mapping[UUID | None, str], period: Period
) -> list[Part]:
    """The parts with their names, the largest first, those without a name of their own last."""
    places = {month: place for place, month in enumerate(period.months)}
    months: dict[UUID | None, list[Decimal]] = defaultdict(lambda: [NONE] * len(places))
    lines: dict[UUID | None, int] = defaultdict(int)
    for row in rows:
        its_id = getattr(row, key)
        months[its_id][places[row.month.date()]] += row.net
        lines[its_id] += row.lines
    parts = [
        Part(its_id, names[its_id], sum(found, NONE), lines[its_id], tuple(found))
        for its_id, found in months.items()
    ]
    return sorted(parts, key=lambda part: (part.id is None, -part.net, part.name))
