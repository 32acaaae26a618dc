from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from xero_python.accounting import Account, PaymentDelete
from xero_python.exceptions import AccountingBadRequestException

from tests.simulator.sdk.client import DUE, Sdk


def test_create(sdk: Sdk) -> None:
    invoice = sdk.new_invoice()
    made = sdk.new_payment(invoice.invoice_id, 100.5)
    assert (made.amount, made.date, made.reference) == (Decimal("100.50"), DUE, "EFT 1")
    assert (made.status, made.payment_type, made.is_reconciled) == ("AUTHORISED", "ACCRECPAYMENT", False)
    assert (made.invoice.invoice_id, made.invoice.invoice_number) == (
        invoice.invoice_id,
        invoice.invoice_number,
    )
    assert made.account.account_id == sdk.bank_account_id()
    held = sdk.held("invoices", "InvoiceID", invoice.invoice_id)
    assert (held["Status"], held["AmountPaid"], held["AmountDue"]) == ("AUTHORISED", 100.5, 229.5)
    assert len(sdk.state()["payments"]) == 1


def test_the_last_one_pays_the_invoice(sdk: Sdk) -> None:
    invoice = sdk.new_invoice()
    first, last = sdk.new_payment(invoice.invoice_id), sdk.new_payment(invoice.invoice_id, 230.0)
    [found] = sdk.accounting.get_invoice(sdk.tenant_id, invoice.invoice_id).invoices
    assert (found.status, found.amount_due, found.fully_paid_on_date) == ("PAID", 0, DUE)
    assert {one.payment_id for one in found.payments} == {first.payment_id, last.payment_id}


def test_what_is_refused(sdk: Sdk) -> None:
    invoice, draft = sdk.new_invoice(), sdk.new_invoice(status="DRAFT")
    with pytest.raises(AccountingBadRequestException, match="exceeds the amount outstanding"):
        sdk.new_payment(invoice.invoice_id, 330.01)
    with pytest.raises(AccountingBadRequestException, match="Authorised"):
        sdk.new_payment(draft.invoice_id)
    with pytest.raises(AccountingBadRequestException, match="cannot be used for payments"):
        sdk.new_payment(invoice.invoice_id, account=Account(code="200"))
    assert sdk.state()["payments"] == []


def test_list(sdk: Sdk) -> None:
    invoice = sdk.new_invoice()
    made = [
        sdk.new_payment(invoice.invoice_id, amount, date=date(2026, 12, 1)) for amount in (10.0, 20.0, 30.0)
    ]
    found = sdk.accounting.get_payments(sdk.tenant_id, page=2, page_size=2)
    assert (len(found.payments), found.pagination.item_count) == (1, 3)
    [second] = sdk.accounting.get_payments(sdk.tenant_id, where="Amount==20").payments
    assert (second.payment_id, second.date) == (made[1].payment_id, date(2026, 12, 1))
    later = datetime(2099, 1, 1)  # noqa: DTZ001 - the SDK writes If-Modified-Since from a naive UTC time
    assert sdk.accounting.get_payments(sdk.tenant_id, if_modified_since=later).payments == []
    [one] = sdk.accounting.get_payment(sdk.tenant_id, made[0].payment_id).payments
    assert (one.amount, one.invoice.contact.contact_id) == (10, sdk.contact_id())


def test_delete(sdk: Sdk) -> None:
    invoice = sdk.new_invoice()
    made = sdk.new_payment(invoice.invoice_id, 330.0)
    [gone] = sdk.accounting.delete_payment(
        sdk.tenant_id, made.payment_id, PaymentDelete(status="DELETED")
    ).payments
    assert gone.status == sdk.held("payments", "PaymentID", made.payment_id)["Status"] == "DELETED"
    held = sdk.held("invoices", "InvoiceID", invoice.invoice_id)
    assert (held["Status"], held["AmountDue"]) == ("AUTHORISED", 330)
    with pytest.raises(AccountingBadRequestException):
        sdk.accounting.delete_payment(sdk.tenant_id, made.payment_id, PaymentDelete(status="DELETED"))
