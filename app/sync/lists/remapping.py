"""Invoices that are not sent take over what their services and offices are mapped to now, where what a line carries
can no longer be used. What a person chose and Xero still takes is left alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.extensions import db
from app.models import Company, Invoice, InvoiceLine, XeroListEntry
from app.models.xero_list import ACTIVE
from app.sync.invoices import asking
from app.sync.invoices.checking import problems_of
from app.sync.invoices.money import Amounts, Charge, amounts_of, totals
from app.sync.lists import noticing
from app.sync.lists.lookup import Charged, charges_of, office_options, tax_rate_of


@dataclass(frozen=True)
class TakenOver:
    """How many invoices changed, and how much that waited goes on."""

    invoices: int
    released: int


def take_over(connection_id: UUID, newly_decided: Collection[UUID] = ()) -> TakenOver:
    """A mapping was saved: unsent invoices take it over, causes are brought in line, and what is in order now goes on
    (not committed). `newly_decided`: offices that had no decision before, whose lines therefore carry no option yet.
    """
    changed = remap(connection_id, newly_decided)
    released = noticing.settle(connection_id).released
    # One that waited for no mapping, only for its own line, and has a good one now.
    waiting = db.session.scalars(
        select(Invoice).where(Invoice.id.in_(changed), Invoice.push_state == "blocked")
    ).all()
    problems = problems_of(waiting)
    return TakenOver(len(changed), released + asking.let_go(one for one in waiting if one.id not in problems))


def remap(connection_id: UUID, newly_decided: Collection[UUID] = ()) -> set[UUID]:
    """Bring the lines of unsent invoices in line with the mappings (not committed); the invoices that changed. One that
    is on its way in a call is left as it was sent."""
    invoices = _concerned(connection_id, newly_decided)
    if not invoices:
        return set()
    lines = _lines(invoices)
    judge = _Mapped(connection_id, newly_decided)
    changed = {line.invoice_id for line in lines if judge.give(line, invoices[line.invoice_id])}
    for invoice_id in changed:
        invoice = invoices[invoice_id]
        own = [Amounts(one.line_amount, one.tax_amount) for one in lines if one.invoice_id == invoice_id]
        sums = totals(own, invoice.line_amounts)
        invoice.subtotal, invoice.tax, invoice.total = sums.subtotal, sums.tax, sums.total
        invoice.revision += 1
    return changed


def _concerned(connection_id: UUID, newly_decided: Collection[UUID]) -> dict[UUID, Invoice]:
    """The unsent invoices with a line that carries something unusable or lacks something, locked."""
    wrong: list[ColumnElement[bool]] = [
        and_(InvoiceLine.account_id.is_(None), InvoiceLine.service_id.is_not(None)),
        and_(InvoiceLine.tracking_option_id.is_(None), InvoiceLine.office_id.in_(newly_decided)),
    ]
    statement = select(InvoiceLine.invoice_id)
    for column in _COLUMNS:
        entry = aliased(XeroListEntry)
        statement = statement.outerjoin(
            entry, and_(entry.id == column, entry.company_id == InvoiceLine.company_id)
        )
        usable = and_(entry.status == ACTIVE, entry.for_sales, entry.connection_id == connection_id)
        wrong.append(and_(column.is_not(None), ~usable))
    found = db.session.scalars(
        select(Invoice)
        .where(
            Invoice.connection_id == connection_id,
            Invoice.push_state != "sent",
            Invoice.ended_at.is_(None),
            Invoice.batch.is_(None),
            Invoice.id.in_(statement.where(or_(*wrong))),
        )
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {invoice.id: invoice for invoice in found}


_COLUMNS: tuple[InstrumentedAttribute[UUID | None], ...] = (
    InvoiceLine.account_id,
    InvoiceLine.tax_rate_id,
    InvoiceLine.item_id,
    InvoiceLine.tracking_option_id,
)


def _lines(invoices: Iterable[UUID]) -> list[InvoiceLine]:
    return list(
        db.session.scalars(
            select(InvoiceLine)
            .where(InvoiceLine.invoice_id.in_(list(invoices)))
            .order_by(InvoiceLine.invoice_id, InvoiceLine.position)
            .execution_options(populate_existing=True)
        )
    )


class _Mapped:
    """What lines get: the mappings as they are now."""

    def __init__(self, connection_id: UUID, newly_decided: Collection[UUID]) -> None:
        self._charges = charges_of(connection_id)
        self._tracks = bool(db.session.scalar(select(Company.track_offices)))
        self._options = office_options(connection_id)
        self._newly_decided = newly_decided
        of_connection = select(XeroListEntry).where(XeroListEntry.connection_id == connection_id)
        self._entries: Mapping[UUID, XeroListEntry] = {
            entry.id: entry for entry in db.session.scalars(of_connection)
        }

    def give(self, line: InvoiceLine, invoice: Invoice) -> bool:
        """Whether anything of the line changed."""
        before = [getattr(line, column.key) for column in _COLUMNS]
        charged = self._charges.get(line.service_id) if line.service_id else None
        if charged is not None and charged.problem is None:
            self._charge(line, invoice, charged)
        self._office(line, tracks=self._tracks and invoice.tracks_offices)
        return before != [getattr(line, column.key) for column in _COLUMNS]

    def _usable(self, entry_id: UUID | None) -> bool:
        entry = self._entries.get(entry_id) if entry_id else None
        return entry is not None and entry.usable

    def _charge(self, line: InvoiceLine, invoice: Invoice, charged: Charged) -> None:
        unmapped = line.account_id is None
        if not self._usable(line.account_id):
            line.account_id = charged.account.id if charged.account else None
        if line.item_id is not None and not self._usable(line.item_id):
            line.item_id = charged.item.id if charged.item else None
        rate_left = line.tax_rate_id is not None and not self._usable(line.tax_rate_id)
        if rate_left or (unmapped and line.tax_rate_id is None):
            line.tax_rate_id = charged.tax_rate.id if charged.tax_rate else None
            _work_out(line, invoice, charged.tax_rate)

    def _office(self, line: InvoiceLine, *, tracks: bool) -> None:
        lacking = line.tracking_option_id is None and line.office_id in self._newly_decided
        left = line.tracking_option_id is not None and not self._usable(line.tracking_option_id)
        if not (lacking or left):
            return
        if not tracks:
            line.tracking_option_id = None
            return
        option = self._options.get(line.office_id) if line.office_id else None
        decided = line.office_id in self._options
        if decided and (option is None or option.usable):
            line.tracking_option_id = option.id if option else None


def _work_out(line: InvoiceLine, invoice: Invoice, rate: XeroListEntry | None) -> None:
    charge = Charge(line.quantity, line.unit_amount, tax_rate_of(rate), line.discount_rate)
    amounts = amounts_of(charge, invoice.line_amounts)
    line.line_amount, line.tax_amount = amounts.line, amounts.tax
