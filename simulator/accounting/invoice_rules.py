"""What an invoice may look like and how it may change.

DRAFT -> SUBMITTED -> AUTHORISED -> PAID (by payments only); DRAFT and SUBMITTED may be DELETED, AUTHORISED
without payments VOIDED; nothing leads back. Source: the Invoices documentation's table of status codes.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from flask import request

from simulator import ids
from simulator.accounting.contact_rules import empty_contact, find_by_name, find_by_number, merged
from simulator.accounting.invoice_lines import CENT, LineRules, complete_line, totals
from simulator.calls import Call
from simulator.journal import Record
from simulator.state import Organisation

TYPES = ("ACCREC", "ACCPAY")
AMOUNT_TYPES = ("Exclusive", "Inclusive", "NoTax")
NEXT = {
    "DRAFT": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
    "SUBMITTED": ("SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"),
    "AUTHORISED": ("AUTHORISED", "VOIDED"),
    "PAID": ("PAID",),
    "VOIDED": (),
    "DELETED": (),
}
_MICROSOFT = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_TEXTS = {"Reference": 255, "InvoiceNumber": 255, "Url": 2000}
_WHEN_PAID = {"InvoiceID", "InvoiceNumber", "Reference", "DueDate", "SentToContact", "Url", "Status"}
NOT_NOW = "Invoice not of valid status for modification"


def calendar_day(value: Any, field: str, messages: list[str]) -> str | None:
    """YYYY-MM-DD, an ISO instant's day, or ``/Date(ms)/``; a date written otherwise is a message."""
    if value in (None, ""):
        return None
    text = str(value)
    if written := _MICROSOFT.fullmatch(text):
        return datetime.fromtimestamp(int(written[1]) / 1000, UTC).date().isoformat()
    try:
        return (datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)).isoformat()[:10]
    except ValueError:
        messages.append(f"{field} '{value}' is not a valid date.")
        return None


def find_invoice(organisation: Organisation, key: Any) -> Record | None:
    """The invoice of that id, or the sales invoice of that number."""
    text = str(key or "")
    found = organisation.table("invoices").get(text.lower())
    if found or not text:
        return found
    return next((one for one in numbered(organisation, text) if one["Status"] != "DELETED"), None)


def _number_key(invoice: Record) -> str:
    return str(invoice["InvoiceNumber"] or "").casefold() if invoice["Type"] == "ACCREC" else ""


def numbered(organisation: Organisation, invoice_number: str) -> list[Record]:
    """The sales invoices of that number."""
    if not invoice_number:
        return []
    return organisation.table("invoices").matching("number", _number_key, invoice_number.casefold())


def next_number(organisation: Organisation) -> str:
    count = len(organisation.table("invoices")) + 1
    while numbered(organisation, f"INV-{count:04d}"):
        count += 1
    return f"INV-{count:04d}"


def drafted(call: Call, known: Record | None, sent: Record) -> tuple[Record, list[str], Record | None]:
    """The invoice with what was sent laid over it, what is wrong, and a contact to be made (sent by name
    only).
    """
    messages: list[str] = []
    organisation = call.organisation
    invoice = dict(known) if known else _blank(call)
    if known is None:
        invoice["Type"] = sent.get("Type")
        if invoice["Type"] not in TYPES:
            messages.append("Invoice type must be ACCREC or ACCPAY.")
            invoice["Type"] = "ACCREC"
    status = str(sent.get("Status") or invoice["Status"])
    if not _may_change(known, status, sent, messages):
        return invoice, messages, None
    invoice["Status"] = status
    if status in ("VOIDED", "DELETED"):
        invoice["AmountDue"] = Decimal("0.00")
        return invoice, messages, None
    for field, longest in _TEXTS.items():
        if field in sent:
            invoice[field] = str(sent[field] or "")
            if len(invoice[field]) > longest:
                messages.append(f"{field} must not be longer than {longest} characters.")
    for field in ("Date", "DueDate"):
        if field in sent:
            invoice[field] = calendar_day(sent[field], field, messages)
    invoice["SentToContact"] = bool(sent.get("SentToContact", invoice["SentToContact"]))
    _look_and_currency(organisation, invoice, sent, messages)
    new_contact = _contact(organisation, invoice, sent.get("Contact"), messages)
    _money(organisation, invoice, sent, messages)
    _check_whole(organisation, invoice, known, messages)
    return invoice, messages, new_contact


def _blank(call: Call) -> Record:
    return {
        "InvoiceID": ids.fresh(),
        "Type": "ACCREC",
        "InvoiceNumber": "",
        "Reference": "",
        "Url": "",
        "contact_id": "",
        "Date": call.simulator.clock.now().date().isoformat(),
        "DueDate": None,
        "LineAmountTypes": "Exclusive",
        "LineItems": [],
        "Status": "DRAFT",
        "CurrencyCode": call.organisation.record["BaseCurrency"],
        "SentToContact": False,
        "BrandingThemeID": call.organisation.table("branding_themes").names()[0],
        "SubTotal": Decimal("0.00"),
        "TotalTax": Decimal("0.00"),
        "Total": Decimal("0.00"),
        "AmountDue": Decimal("0.00"),
        "AmountPaid": Decimal("0.00"),
        "FullyPaidOnDate": None,
        "client_id": call.client_id,
    }


def _may_change(known: Record | None, status: str, sent: Record, messages: list[str]) -> bool:
    if known is None:
        if status not in ("DRAFT", "SUBMITTED", "AUTHORISED"):
            messages.append(f"A new invoice cannot have the status {status}.")
    elif status not in NEXT[known["Status"]]:
        messages.append(NOT_NOW)
    elif known["AmountPaid"] and (status == "VOIDED" or set(sent) - _WHEN_PAID):
        messages.append(
            f"{NOT_NOW}. This document cannot be edited as it has a payment or credit note allocated to it."
        )
    return not messages


def _look_and_currency(
    organisation: Organisation, invoice: Record, sent: Record, messages: list[str]
) -> None:
    """Both must be the organisation's own; left out, they stay as they are."""
    if currency := str(sent.get("CurrencyCode") or ""):
        if currency not in organisation.table("currencies"):
            messages.append(f"Organisation is not subscribed to currency {currency}")
        invoice["CurrencyCode"] = currency
    if theme := str(sent.get("BrandingThemeID") or "").lower():
        if theme not in organisation.table("branding_themes"):
            messages.append("The branding theme was not found.")
        invoice["BrandingThemeID"] = theme


def _contact(organisation: Organisation, invoice: Record, sent: Any, messages: list[str]) -> Record | None:
    """Find who the invoice is for. A name nobody has makes a new contact, as Xero does."""
    if not isinstance(sent, dict):
        if not invoice["contact_id"]:
            messages.append("A Contact must be specified for this type of transaction.")
        return None
    found: Record | None
    if sent.get("ContactID"):
        found = organisation.table("contacts").get(str(sent["ContactID"]).lower())
    elif sent.get("ContactNumber"):
        found = find_by_number(organisation, str(sent["ContactNumber"]))
    else:
        found = find_by_name(organisation, str(sent.get("Name") or ""))
        if found is None and sent.get("Name"):
            made, wrong = merged({"ContactID": ids.fresh(), **empty_contact()}, sent)
            messages.extend(wrong)
            invoice["contact_id"] = made["ContactID"]
            return made
    if found is None:
        messages.append("The Contact could not be found.")
    elif found["ContactStatus"] != "ACTIVE":
        messages.append("The Contact is archived. It must be restored before it can be used.")
    else:
        invoice["contact_id"] = found["ContactID"]
    return None


def _money(organisation: Organisation, invoice: Record, sent: Record, messages: list[str]) -> None:
    if "LineAmountTypes" in sent:
        invoice["LineAmountTypes"] = sent["LineAmountTypes"]
        if invoice["LineAmountTypes"] not in AMOUNT_TYPES:
            messages.append(f"LineAmountTypes must be one of {', '.join(AMOUNT_TYPES)}.")
            return
    rules = LineRules(
        amount_types=invoice["LineAmountTypes"],
        sales=invoice["Type"] == "ACCREC",
        approved=invoice["Status"] in ("SUBMITTED", "AUTHORISED"),
        unit_step=Decimal("0.0001") if request.args.get("unitdp") == "4" else CENT,
    )
    kept = {line["LineItemID"]: line for line in invoice["LineItems"]}
    lines = sent.get("LineItems", invoice["LineItems"])
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        messages.append("LineItems must be a list.")
        return
    # A line sent without its id is a new one; a stored line that is not sent is gone.
    invoice["LineItems"] = [
        complete_line(organisation, line, kept.get(str(line.get("LineItemID"))), rules, messages)
        for line in lines
    ]
    sums = totals(invoice["LineItems"], invoice["LineAmountTypes"])
    invoice.update(SubTotal=sums.net, TotalTax=sums.tax, Total=sums.gross)
    invoice["AmountDue"] = sums.gross - invoice["AmountPaid"]


def _check_whole(
    organisation: Organisation, invoice: Record, known: Record | None, messages: list[str]
) -> None:
    approved = invoice["Status"] in ("SUBMITTED", "AUTHORISED")
    if not invoice["LineItems"]:
        messages.append("One or more line items must be specified")
    if approved and not invoice["DueDate"]:
        messages.append("DueDate must be specified")
    locked = organisation.record.get("locked_until")
    days = [invoice["Date"], (known or invoice)["Date"]]
    if approved and locked and any(day and day <= locked for day in days):
        messages.append("The document date cannot be before the period lock date.")
    if invoice["Total"] < 0:
        messages.append("The invoice total cannot be negative.")
    twins = numbered(organisation, invoice["InvoiceNumber"]) if invoice["Type"] == "ACCREC" else []
    if any(
        other["InvoiceID"] != invoice["InvoiceID"] and other["Status"] not in ("DELETED", "VOIDED")
        for other in twins
    ):
        messages.append("Invoice # must be unique.")
