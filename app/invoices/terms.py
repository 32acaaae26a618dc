"""Dates, currency and the like of an invoice, as they were written and as they may stand."""

from datetime import date, timedelta
from typing import Any, TypedDict

from app.checks import Checks
from app.documents.asking import today_of
from app.errors import Problem
from app.forms import typed_date
from app.invoices.books import Books
from app.models import Invoice
from app.models.invoice import LINE_AMOUNTS

FURTHEST = timedelta(days=3_660)
LONGEST_REFERENCE = 255


class TermsDetails(TypedDict, total=False):
    """What a person or a program says of an invoice as a whole; what is left out or empty is the practice's usual. A
    problem's field is called by the key."""

    issued_on: date | str | None
    due_on: date | str | None
    line_amounts: str | None
    """Exclusive, Inclusive or NoTax."""
    currency: str | None
    reference: str | None
    """Of an invoice without a request; empty: the next of our numbers."""


def checked(
    details: TermsDetails, books: Books, checks: Checks, before: Invoice | None = None
) -> dict[str, Any]:
    """Columns of `Invoice` but its reference; what is wrong is put into `checks`. `before`: the invoice that is
    rewritten, whose values stay where nothing is said."""
    issued_on = _day(details, "issued_on", checks) or (
        before.issued_on if before else today_of(books.company)
    )
    due_on = _day(details, "due_on", checks) or books.due_date(issued_on)
    if due_on < issued_on:
        checks.wrong("due_on", "It would be due before its own date. Choose that day or a later one.")
    for field, day in (("issued_on", issued_on), ("due_on", due_on)):
        if abs(day - today_of(books.company)) > FURTHEST:
            checks.wrong(field, "This is more than ten years away. Check the year.")
    usual = before.line_amounts if before else books.company.invoice_line_amounts
    line_amounts = checks.one_of("line_amounts", details.get("line_amounts") or usual, LINE_AMOUNTS, "Tax")
    currency = (details.get("currency") or (before.currency if before else books.currency)).upper()
    if currency not in books.currencies() and (before is None or currency != before.currency):
        known = ", ".join(books.currencies())
        checks.wrong(
            "currency", f"{currency} is not switched on in this organisation. Choose one of: {known}."
        )
    return {
        "issued_on": issued_on,
        "due_on": due_on,
        "line_amounts": line_amounts,
        "currency": currency,
    }


def _day(details: TermsDetails, field: str, checks: Checks) -> date | None:
    value: date | str | None = details.get(field)  # type: ignore[assignment]
    if isinstance(value, date):
        return value
    try:
        return typed_date(value, field)
    except Problem as problem:
        checks.wrong(field, problem.fields[field][0])
        return None
