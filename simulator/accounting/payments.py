"""Payments against invoices: make and delete; there is no update."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import request

from simulator import ids
from simulator.accounting.accounts import find_account
from simulator.accounting.api import (
    Draft,
    Instant,
    accounting_api,
    calendar_date,
    elements_sent,
    envelope,
    invalid,
    not_found,
    reading,
    write,
    writing,
)
from simulator.accounting.invoice_lines import CENT, number
from simulator.accounting.invoice_rules import calendar_day, find_invoice
from simulator.accounting.invoices import payments_of
from simulator.accounting.paging import changed_since, cut_page, is_paged, ordered
from simulator.accounting.query import filtered
from simulator.calls import Call
from simulator.clock import Clock
from simulator.journal import Record
from simulator.reply import Reply
from simulator.state import Organisation

api = accounting_api("payments")
READ = (*reading("payments"), *reading("transactions"))
WRITE = (*writing("payments"), *writing("transactions"))


def rendered(organisation: Organisation, payment: Record) -> Record:
    invoice = organisation.table("invoices").get(payment["invoice_id"]) or {}
    account = organisation.table("accounts").get(payment["account_id"]) or {}
    updated = Instant(payment.get("updated", 0))
    shown = {
        "PaymentID": payment["PaymentID"],
        "Date": calendar_date(payment["Date"]),
        "Amount": payment["Amount"],
        "BankAmount": payment["Amount"],
        "CurrencyRate": Decimal(1),
        "Reference": payment["Reference"],
        "IsReconciled": payment["IsReconciled"],
        "Status": payment["Status"],
        "PaymentType": "ACCRECPAYMENT" if invoice.get("Type") != "ACCPAY" else "ACCPAYPAYMENT",
        "UpdatedDateUTC": updated,
        "UpdatedDateUTCString": updated.iso(),
        "HasAccount": True,
        "Account": {name: account[name] for name in ("AccountID", "Code") if name in account},
    }
    if invoice:
        shown["Invoice"] = {
            name: invoice[name] for name in ("InvoiceID", "InvoiceNumber", "Type", "CurrencyCode")
        }
        shown["Invoice"]["Contact"] = {"ContactID": invoice["contact_id"]}
    return shown


def settle(organisation: Organisation, invoice: Record, milliseconds: int, day: str) -> None:
    """Bring the invoice's sums and status in line with its payments."""
    paid = sum((payment["Amount"] for payment in payments_of(organisation, invoice)), Decimal("0.00"))
    due = invoice["Total"] - paid
    organisation.table("invoices").save(
        invoice["InvoiceID"],
        {
            **invoice,
            "AmountPaid": paid,
            "AmountDue": due,
            "Status": "PAID" if due == 0 else "AUTHORISED",
            "FullyPaidOnDate": day if due == 0 else None,
            "updated": milliseconds,
        },
    )


def pay_in_full(organisation: Organisation, invoice: Record, clock: Clock) -> None:
    """Pay what is left of an authorised invoice, as somebody in Xero would. Hold the organisation's lock."""
    bank = next(account for account in organisation.table("accounts").all() if account["Type"] == "BANK")
    day, now = clock.now().date().isoformat(), clock.milliseconds()
    payment = {
        "PaymentID": ids.fresh(),
        "invoice_id": invoice["InvoiceID"],
        "account_id": bank["AccountID"],
        "Date": day,
        "Amount": invoice["AmountDue"],
        "Reference": "",
        "IsReconciled": False,
        "Status": "AUTHORISED",
        "updated": now,
    }
    organisation.table("payments").save(payment["PaymentID"], payment)
    settle(organisation, invoice, now, day)


def take_back(organisation: Organisation, invoice: Record, clock: Clock) -> None:
    """Take every payment of the invoice back, as somebody in Xero would. Hold the organisation's lock."""
    day, now = clock.now().date().isoformat(), clock.milliseconds()
    for payment in payments_of(organisation, invoice):
        gone = {**payment, "Status": "DELETED", "updated": now}
        organisation.table("payments").save(payment["PaymentID"], gone)
    settle(organisation, invoice, now, day)


def _account(organisation: Organisation, sent: Any) -> Record | None:
    if not isinstance(sent, dict):
        return None
    by_id = organisation.table("accounts").get(str(sent.get("AccountID") or "").lower())
    return by_id or find_account(organisation, sent.get("Code"))


def _draft(call: Call, sent: Record, promised: dict[str, Decimal]) -> Draft:
    organisation, messages = call.organisation, list[str]()
    wanted = sent.get("Invoice") if isinstance(sent.get("Invoice"), dict) else {}
    invoice = find_invoice(
        organisation, (wanted or {}).get("InvoiceID") or (wanted or {}).get("InvoiceNumber")
    )
    account = _account(organisation, sent.get("Account"))
    found = number(sent.get("Amount"))
    amount = (found or Decimal(0)).quantize(CENT)
    day = calendar_day(sent.get("Date"), "Date", messages) or call.simulator.clock.now().date().isoformat()
    if invoice is None:
        messages.append("Invoice could not be found")
    elif invoice["Status"] not in ("AUTHORISED", "PAID"):
        messages.append("Payments can only be made against Authorised documents")
    if account is None:
        messages.append("Account could not be found")
    elif account["Type"] != "BANK" and not account["EnablePaymentsToAccount"]:
        messages.append("The account cannot be used for payments.")
    if amount <= 0:
        messages.append("The payment amount must be greater than zero")
    elif invoice and amount + promised.get(invoice["InvoiceID"], Decimal(0)) > invoice["AmountDue"]:
        messages.append("Payment amount exceeds the amount outstanding on this document")
    elif invoice:
        promised[invoice["InvoiceID"]] = promised.get(invoice["InvoiceID"], Decimal(0)) + amount
    payment = {
        "PaymentID": ids.fresh(),
        "invoice_id": invoice["InvoiceID"] if invoice else "",
        "account_id": account["AccountID"] if account else "",
        "Date": day,
        "Amount": amount,
        "Reference": str(sent.get("Reference") or ""),
        "IsReconciled": bool(sent.get("IsReconciled", False)),
        "Status": "AUTHORISED",
    }
    return Draft(payment, messages)


def _create(call: Call, elements: list[Record]) -> Reply:
    organisation = call.organisation
    promised: dict[str, Decimal] = {}
    drafts = [_draft(call, sent, promised) for sent in elements]

    def save(draft: Draft) -> None:
        now, payment = call.simulator.clock.milliseconds(), draft.record
        payment["updated"] = now
        organisation.table("payments").save(payment["PaymentID"], payment)
        settle(organisation, organisation.table("invoices")[payment["invoice_id"]], now, payment["Date"])
        call.happened("INVOICE", "UPDATE", payment["invoice_id"])

    return write(call, "Payments", drafts, save, lambda one: rendered(organisation, one), "PaymentID")


@api.route("/Payments", "PUT", *WRITE)
def create_payments(call: Call) -> Reply:
    return _create(call, elements_sent("Payments"))


@api.route("/Payments", "POST", *WRITE)
def create_payment(call: Call) -> Reply:
    """One payment."""
    return _create(call, elements_sent("Payments")[:1])


def _value(payment: Record, field: str) -> Any:
    if field == "UpdatedDateUTC":
        return payment["updated"]
    if field == "Invoice.InvoiceID":
        return payment["invoice_id"]
    return calendar_date(payment["Date"]).milliseconds if field == "Date" else payment[field]


@api.route("/Payments", "GET", *READ)
def get_payments(call: Call) -> Reply:
    payments = call.organisation.table("payments").all()
    payments = ordered(
        filtered(payments, request.args.get("where"), _value, changed_since()), _value, "PaymentID"
    )
    pagination = None
    if is_paged():
        payments, pagination = cut_page(payments)
    return envelope(call, "Payments", [rendered(call.organisation, one) for one in payments], pagination)


def _payment(call: Call, payment_id: str) -> Record:
    found = call.organisation.table("payments").get(payment_id.lower())
    if found is None:
        raise not_found()
    return found


@api.route("/Payments/<payment_id>", "GET", *READ)
def get_payment(call: Call, payment_id: str) -> Reply:
    return envelope(call, "Payments", [rendered(call.organisation, _payment(call, payment_id))])


@api.route("/Payments/<payment_id>", "POST", *WRITE)
def delete_payment(call: Call, payment_id: str) -> Reply:
    """Status DELETED takes a payment back; nothing else can be changed."""
    payment, sent = _payment(call, payment_id), elements_sent("Payments")[0]
    if sent.get("Status") != "DELETED" or payment["Status"] == "DELETED":
        message = "A payment can only be deleted, and only once."
        raise invalid([{"PaymentID": payment["PaymentID"], "ValidationErrors": [{"Message": message}]}])
    organisation, now = call.organisation, call.simulator.clock.milliseconds()
    gone = {**payment, "Status": "DELETED", "updated": now}
    organisation.table("payments").save(payment["PaymentID"], gone)
    settle(organisation, organisation.table("invoices")[payment["invoice_id"]], now, payment["Date"])
    call.happened("INVOICE", "UPDATE", payment["invoice_id"])
    return envelope(call, "Payments", [rendered(organisation, gone)])
