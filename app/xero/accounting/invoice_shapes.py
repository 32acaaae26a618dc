"""Invoices and their lines as plain data, and how Xero writes them (facts 4.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.xero.dates import calendar_date, instant, twin
from app.xero.money import money
from app.xero.shapes import Record, flag, record, rows, text


@dataclass(frozen=True)
class Tracking:
    """One option of one category; a line carries at most two. There is no tracking on a whole invoice."""

    category_id: str
    option_id: str


@dataclass(frozen=True)
class Line:
    """A line of an invoice. A description alone is enough; unit_amount may have four decimals.

    id: Xero's LineItemID. On a change, a line sent without its id is made anew and a line not sent is
    deleted, so read, alter and send all. tax_amount and line_amount are worked out by Xero unless given.
    """

    description: str
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    account_code: str = ""
    tax_type: str = ""
    item_code: str = ""
    tracking: tuple[Tracking, ...] = ()
    discount_rate: Decimal | None = None
    tax_amount: Decimal | None = None
    line_amount: Decimal | None = None
    id: str = ""


@dataclass(frozen=True)
class InvoiceFields:
    """What to send. Only contact_id is sent of the contact, since anything more would change it (facts 4.4).

    To authorise, due_date and each line's account_code are needed as well. number: "" lets Xero choose.
    line_amounts: Exclusive, Inclusive or NoTax. url: where Xero's "Go to" button leads.
    """

    contact_id: str
    lines: tuple[Line, ...]
    issue_date: date | None = None
    due_date: date | None = None
    reference: str = ""
    number: str = ""
    line_amounts: str = "Exclusive"
    currency: str = ""
    status: str = "DRAFT"
    type: str = "ACCREC"
    url: str = ""
    branding_theme_id: str = ""


@dataclass(frozen=True)
class PaymentOfInvoice:
    """A payment as an invoice tells of it; amount in the invoice's currency."""

    id: str
    paid_on: date | None
    amount: Decimal
    reference: str


@dataclass(frozen=True)
class Invoice:
    """type: ACCREC (sale) or ACCPAY. status: DRAFT, SUBMITTED, AUTHORISED, PAID, VOIDED, DELETED or new.

    Amounts are in `currency`. lines, payments and url are filled by `invoice` and by paged lists, not by summaries.
    """

    id: str
    number: str
    type: str
    status: str
    reference: str
    contact_id: str
    contact_name: str
    issue_date: date | None
    due_date: date | None
    paid_on: date | None
    currency: str
    line_amounts: str
    subtotal: Decimal | None
    tax: Decimal | None
    total: Decimal | None
    due: Decimal | None
    paid: Decimal | None
    credited: Decimal | None
    sent_to_contact: bool
    url: str
    lines: tuple[Line, ...]
    payments: tuple[PaymentOfInvoice, ...]
    updated_at: datetime | None


def body_of(fields: InvoiceFields, *, invoice_id: str = "") -> dict[str, Any]:
    """The body of one invoice. Dates go out as YYYY-MM-DD."""
    body: dict[str, Any] = {
        "Type": fields.type,
        "Status": fields.status,
        "LineAmountTypes": fields.line_amounts,
        "Contact": {"ContactID": fields.contact_id},
        "LineItems": [_line_body(line) for line in fields.lines],
    }
    optional = {
        "InvoiceID": invoice_id,
        "Date": fields.issue_date.isoformat() if fields.issue_date else "",
        "DueDate": fields.due_date.isoformat() if fields.due_date else "",
        "Reference": fields.reference,
        "InvoiceNumber": fields.number,
        "CurrencyCode": fields.currency,
        "Url": fields.url,
        "BrandingThemeID": fields.branding_theme_id,
    }
    return body | {name: value for name, value in optional.items() if value}


def needs_four_decimals(invoices: Iterable[InvoiceFields]) -> bool:
    """Whether unitdp=4 must be said, without which Xero rounds unit amounts to cents (facts 4.1)."""
    amounts = (line.unit_amount for fields in invoices for line in fields.lines)
    return any(amount is not None and amount != round(amount, 2) for amount in amounts)


def _line_body(line: Line) -> dict[str, Any]:
    if len(line.tracking) > 2:
        raise ValueError("a line carries at most two tracking options")
    pairs = {
        "LineItemID": line.id or None,
        "Description": line.description,
        "Quantity": line.quantity,
        "UnitAmount": line.unit_amount,
        "AccountCode": line.account_code or None,
        "TaxType": line.tax_type or None,
        "ItemCode": line.item_code or None,
        "DiscountRate": line.discount_rate,
        "TaxAmount": line.tax_amount,
        "LineAmount": line.line_amount,
        "Tracking": [
            {"TrackingCategoryID": chosen.category_id, "TrackingOptionID": chosen.option_id}
            for chosen in line.tracking
        ]
        or None,
    }
    return {name: value for name, value in pairs.items() if value is not None}


def _line(row: Record) -> Line:
    return Line(
        description=text(row, "Description"),
        quantity=money(row.get("Quantity")),
        unit_amount=money(row.get("UnitAmount")),
        account_code=text(row, "AccountCode"),
        tax_type=text(row, "TaxType"),
        item_code=text(row, "ItemCode"),
        tracking=tuple(
            Tracking(text(t, "TrackingCategoryID"), text(t, "TrackingOptionID"))
            for t in rows(row.get("Tracking"))
        ),
        discount_rate=money(row.get("DiscountRate")),
        tax_amount=money(row.get("TaxAmount")),
        line_amount=money(row.get("LineAmount")),
        id=text(row, "LineItemID"),
    )


def _payment(row: Record) -> PaymentOfInvoice:
    return PaymentOfInvoice(
        id=text(row, "PaymentID"),
        paid_on=calendar_date(twin(row, "Date")),
        amount=money(row.get("Amount")) or Decimal(0),
        reference=text(row, "Reference"),
    )


def invoice_of(row: Record) -> Invoice:
    """An invoice out of a reply."""
    contact = record(row.get("Contact"))
    return Invoice(
        id=text(row, "InvoiceID"),
        number=text(row, "InvoiceNumber"),
        type=text(row, "Type"),
        status=text(row, "Status"),
        reference=text(row, "Reference"),
        contact_id=text(contact, "ContactID"),
        contact_name=text(contact, "Name"),
        issue_date=calendar_date(twin(row, "Date")),
        due_date=calendar_date(twin(row, "DueDate")),
        paid_on=calendar_date(twin(row, "FullyPaidOnDate")),
        currency=text(row, "CurrencyCode"),
        line_amounts=text(row, "LineAmountTypes"),
        subtotal=money(row.get("SubTotal")),
        tax=money(row.get("TotalTax")),
        total=money(row.get("Total")),
        due=money(row.get("AmountDue")),
        paid=money(row.get("AmountPaid")),
        credited=money(row.get("AmountCredited")),
        sent_to_contact=flag(row, "SentToContact"),
        url=text(row, "Url"),
        lines=tuple(_line(line) for line in rows(row.get("LineItems"))),
        payments=tuple(_payment(payment) for payment in rows(row.get("Payments"))),
        updated_at=instant(twin(row, "UpdatedDateUTC")),
    )
