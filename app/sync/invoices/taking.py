"""What Xero says of invoices, written onto ours: status, amounts, payments, line ids, and what follows for the request.

The one place that writes it, whoever asked: the call that made the invoice, one that changed it, or a reading. What is
older than what is known already is left out, so answers may come in any order.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, update

from app.extensions import db
from app.models import (
    Invoice,
    InvoiceLine,
    InvoicePayment,
    RequestEvent,
    ServiceRequest,
    TimeEntry,
    now,
)
from app.sync.invoices.rules import ENDED, standing
from app.xero.accounting.invoice_shapes import Invoice as Told
from app.xero.accounting.invoice_shapes import PaymentOfInvoice

COUNTINGHOUSE = "Countinghouse"
PAID = "paid"
IN_XERO = "invoice"
"""Kinds of `RequestEvent`: paid, or not any more (the client sees it); what became of the invoice itself."""
ZERO = Decimal(0)


def take(pairs: Sequence[tuple[Invoice, Told]]) -> Counter[str]:
    """Write down how each stands in Xero (not committed); the caller has locked the rows. Answers what was new:
    changed, paid, unpaid, ended."""
    counts = Counter[str]()
    fresh = [(invoice, told) for invoice, told in pairs if not _is_older(told, invoice)]
    ids = [invoice.id for invoice, _ in fresh]
    lines, payments, requests = _lines(ids), _payments(ids), _requests([one for one, _ in fresh])
    for invoice, told in fresh:
        counts["changed"] += invoice.xero_updated_at != told.updated_at
        first = invoice.xero_invoice_id is None
        _standing(invoice, told)
        _name_lines(lines[invoice.id], told)
        _settle_payments(invoice.id, payments[invoice.id], told)
        request = requests.get(invoice.service_request_id) if invoice.service_request_id else None
        if first and request is not None:
            _tell(request, invoice, f"The invoice {invoice.xero_number} is in Xero as {_as(told.status)}.")
        if request is not None:
            counts[_paid(request, invoice, told)] += 1
        counts[_end(invoice, request)] += 1
    del counts[""]
    return counts


def _is_older(told: Told, invoice: Invoice) -> bool:
    known = invoice.xero_updated_at
    return known is not None and told.updated_at is not None and told.updated_at < known


def _as(status: str) -> str:
    return {"SUBMITTED": "one that waits for approval", "AUTHORISED": "an approved invoice"}.get(
        status, standing(status)
    )


def _standing(invoice: Invoice, told: Told) -> None:
    invoice.push_state, invoice.push_error = "sent", None
    invoice.batch, invoice.batch_sent_at = None, None
    invoice.xero_invoice_id, invoice.xero_number = told.id, told.number or invoice.xero_number
    invoice.xero_status, invoice.xero_currency = told.status, told.currency or None
    invoice.xero_due_on, invoice.xero_paid_on = told.due_date, told.paid_on
    invoice.xero_subtotal, invoice.xero_tax, invoice.xero_total = told.subtotal, told.tax, told.total
    invoice.xero_paid, invoice.xero_credited, invoice.xero_due = told.paid, told.credited, told.due
    invoice.xero_updated_at = told.updated_at or invoice.xero_updated_at
    invoice.read_at = now()


def _lines(ids: Collection[UUID]) -> Mapping[UUID, list[InvoiceLine]]:
    found: dict[UUID, list[InvoiceLine]] = defaultdict(list)
    rows = db.session.scalars(
        select(InvoiceLine).where(InvoiceLine.invoice_id.in_(ids)).order_by(InvoiceLine.position)
    )
    for line in rows:
        found[line.invoice_id].append(line)
    return found


def _name_lines(lines: list[InvoiceLine], told: Told) -> None:
    """Xero answers lines in the order sent. Where somebody took one out or added one there, only those that are known
    keep their id: the others would be made anew by a change of ours."""
    theirs = [line.id for line in told.lines]
    if not theirs:
        return
    alike = len(theirs) == len(lines)
    for place, line in enumerate(lines):
        if alike:
            line.xero_line_id = theirs[place]
        elif line.xero_line_id not in theirs:
            line.xero_line_id = None


# Payments.


def _payments(ids: Collection[UUID]) -> Mapping[UUID, dict[str, InvoicePayment]]:
    found: dict[UUID, dict[str, InvoicePayment]] = defaultdict(dict)
    for payment in db.session.scalars(select(InvoicePayment).where(InvoicePayment.invoice_id.in_(ids))):
        found[payment.invoice_id][payment.xero_payment_id] = payment
    return found


def _settle_payments(invoice_id: UUID, known: dict[str, InvoicePayment], told: Told) -> None:
    """Those that Xero tells of, and no others; an answer that speaks of paid money and names no payment is no word on
    which there are."""
    if not told.payments and told.paid:
        return
    for payment in told.payments:
        _keep_payment(invoice_id, known.pop(payment.id, None), payment)
    for gone in known.values():
        db.session.delete(gone)


def _keep_payment(invoice_id: UUID, row: InvoicePayment | None, payment: PaymentOfInvoice) -> None:
    if row is None:
        row = InvoicePayment(invoice_id=invoice_id, xero_payment_id=payment.id)
        db.session.add(row)
    row.paid_on, row.amount, row.reference = payment.paid_on, payment.amount, payment.reference


# What follows.


def _requests(invoices: list[Invoice]) -> dict[UUID, ServiceRequest]:
    ids = {invoice.service_request_id for invoice in invoices if invoice.service_request_id}
    if not ids:
        return {}
    rows = db.session.scalars(select(ServiceRequest).where(ServiceRequest.id.in_(ids)))
    return {request.id: request for request in rows}


def _end(invoice: Invoice, request: ServiceRequest | None) -> str:
    """Voided or deleted, it no longer counts: the request may be billed again, and so may its time."""
    if invoice.xero_status not in ENDED or invoice.ended_at is not None:
        return ""
    invoice.ended_at, invoice.change = now(), None
    db.session.execute(
        update(TimeEntry)
        .where(TimeEntry.invoice_id == invoice.id)
        .values(invoice_id=None, invoice_line_id=None)
        .execution_options(synchronize_session=False)
    )
    if request is not None:
        how = standing(invoice.xero_status)
        _tell(
            request, invoice, f"The invoice {invoice.xero_number} was {how} in Xero; it can be billed again."
        )
    return "ended"


def _paid(request: ServiceRequest, invoice: Invoice, told: Told) -> str:
    """The request is paid when its invoice is, to the last cent, and no longer when a payment is taken back."""
    paid_on = _paid_on(told) if told.status == "PAID" and told.due == ZERO else None
    if (request.paid_on is None) == (paid_on is None):
        return ""
    if paid_on is None and invoice.ended_at is not None:
        # Another invoice of the request may be the one that was paid.
        return ""
    request.paid_on = paid_on
    if paid_on is not None:
        _tell(request, invoice, f"The invoice {invoice.xero_number} was paid in full.", PAID, paid_on)
        return "paid"
    said = (
        f"A payment of the invoice {invoice.xero_number} was taken back, so it is not paid in full any more."
    )
    _tell(request, invoice, said, PAID)
    return "unpaid"


def _paid_on(told: Told) -> date:
    days = [payment.paid_on for payment in told.payments if payment.paid_on]
    return told.paid_on or max(days, default=None) or (told.updated_at or now()).date()


def _tell(
    request: ServiceRequest, invoice: Invoice, said: str, kind: str = IN_XERO, paid_on: date | None = None
) -> None:
    db.session.add(
        RequestEvent(
            service_request_id=request.id,
            kind=kind,
            actor_name=COUNTINGHOUSE,
            text=said,
            internal=kind != PAID,
            details={
                "invoice_id": str(invoice.id),
                "number": invoice.xero_number,
                **({"paid_on": paid_on.isoformat()} if paid_on else {}),
            },
        )
    )
