from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from xero_python.accounting import (
    Contact,
    CurrencyCode,
    Invoice,
    Invoices,
    LineAmountTypes,
    LineItem,
    LineItemTracking,
    RequestEmpty,
)
from xero_python.exceptions import AccountingBadRequestException, NotFoundException

from tests.simulator.sdk.client import DUE, Sdk


def _update(sdk: Sdk, invoice_id: str, **fields: object) -> Invoice:
    sent = Invoices(invoices=[Invoice(**fields)])
    return sdk.accounting.update_invoice(sdk.tenant_id, invoice_id, sent, unitdp=4).invoices[0]


def test_create_a_draft(sdk: Sdk) -> None:
    tracking = [LineItemTracking(name="Office", option="Newcastle")]
    line = LineItem(
        description="Tax return", quantity=1.5, unit_amount=99.99, account_code="200", tracking=tracking
    )
    made = sdk.new_invoice(
        status="DRAFT",
        line_items=[line],
        date=date(2026, 11, 20),
        reference="ABC-1",
        url="https://crm.test/1",
    )
    held = sdk.held("invoices", "InvoiceID", made.invoice_id)
    assert (held["Status"], held["Reference"], held["Date"]) == ("DRAFT", "ABC-1", "2026-11-20")
    assert (made.date, made.due_date) == (date(2026, 11, 20), DUE)
    assert (made.sub_total, made.total_tax, made.total) == (
        Decimal("149.99"),
        Decimal("15.00"),
        Decimal("164.99"),
    )
    assert (made.amount_due, made.amount_paid, made.has_errors) == (Decimal("164.99"), 0, False)
    assert isinstance(made.total, Decimal)
    assert (made.line_amount_types, made.currency_code) == (LineAmountTypes.EXCLUSIVE, CurrencyCode.AUD)
    assert made.invoice_number == held["InvoiceNumber"] != ""
    assert made.contact.contact_id == sdk.contact_id()
    [line] = made.line_items
    assert (line.line_amount, line.tax_type, line.tax_amount) == (
        Decimal("149.99"),
        "OUTPUT",
        Decimal("15.00"),
    )
    assert [(one.name, one.option) for one in line.tracking] == [("Office", "Newcastle")]
    assert made.updated_date_utc.tzinfo is not None


def test_four_decimals_when_asked_for(sdk: Sdk) -> None:
    line = LineItem(description="Hours", quantity=3, unit_amount=33.3333, account_code="200")
    fields = {"type": "ACCREC", "contact": Contact(contact_id=sdk.contact_id()), "line_items": [line]}
    sent = Invoices(invoices=[Invoice(**fields)])
    [two] = sdk.accounting.create_invoices(sdk.tenant_id, sent, summarize_errors=True).invoices
    [four] = sdk.accounting.create_invoices(sdk.tenant_id, sent, summarize_errors=True, unitdp=4).invoices
    assert two.line_items[0].unit_amount == Decimal("33.33")
    assert four.line_items[0].unit_amount == Decimal("33.3333")
    assert (two.sub_total, four.sub_total) == (Decimal("99.99"), Decimal("100.00"))


def test_batch_told_one_by_one(sdk: Sdk) -> None:
    line = LineItem(description="Tax return", quantity=1, unit_amount=1, account_code="200")
    common = {"type": "ACCREC", "line_items": [line], "status": "DRAFT"}
    sent = [Invoice(contact=Contact(contact_id=sdk.contact_id()), **common), Invoice(**common)]
    good, bad = sdk.accounting.create_invoices(
        sdk.tenant_id, Invoices(invoices=sent), summarize_errors=False
    ).invoices
    assert (good.status_attribute_string, good.has_errors) == ("OK", False)
    assert (bad.status_attribute_string, bad.has_errors) == ("ERROR", True)
    assert "Contact" in bad.validation_errors[0].message
    assert [one["InvoiceID"] for one in sdk.state()["invoices"]] == [good.invoice_id]


def test_get(sdk: Sdk) -> None:
    made = sdk.new_invoice()
    for key in (made.invoice_id, made.invoice_number):
        [found] = sdk.accounting.get_invoice(sdk.tenant_id, key, unitdp=4).invoices
        assert (found.invoice_id, found.total) == (made.invoice_id, Decimal("330.00"))
        assert found.line_items[0].line_item_id == made.line_items[0].line_item_id
        assert datetime.fromisoformat(found.updated_date_utc_string) == found.updated_date_utc.replace(
            tzinfo=None
        )
    with pytest.raises(NotFoundException):
        sdk.accounting.get_invoice(sdk.tenant_id, "INV-9999")


def test_list(sdk: Sdk) -> None:
    draft, authorised = sdk.new_invoice(status="DRAFT", reference="SPRING"), sdk.new_invoice()
    api, tenant = sdk.accounting, sdk.tenant_id
    every = api.get_invoices(tenant, page=1, page_size=1)
    assert (len(every.invoices), every.pagination.item_count, every.pagination.page_count) == (1, 2, 2)
    questions = {
        "i_ds": [draft.invoice_id],
        "invoice_numbers": [draft.invoice_number],
        "statuses": ["DRAFT"],
        "search_term": "spring",
        "where": 'Status=="DRAFT" AND Type=="ACCREC"',
    }
    for name, value in questions.items():
        found = api.get_invoices(tenant, page=1, **{name: value}).invoices
        assert [one.invoice_id for one in found] == [draft.invoice_id], name
    both = api.get_invoices(tenant, page=1, contact_i_ds=[sdk.contact_id()], created_by_my_app=True).invoices
    assert {one.invoice_id for one in both} == {draft.invoice_id, authorised.invoice_id}
    assert all(one.line_items for one in both)
    assert all(one.line_items == [] for one in api.get_invoices(tenant).invoices)  # unpaged: without lines


def test_if_modified_since(sdk: Sdk) -> None:
    sdk.new_invoice()
    later = datetime(2099, 1, 1)  # noqa: DTZ001 - the SDK writes If-Modified-Since from a naive UTC time
    earlier = datetime(2026, 9, 1)  # noqa: DTZ001
    assert sdk.accounting.get_invoices(sdk.tenant_id, if_modified_since=later).invoices == []
    assert len(sdk.accounting.get_invoices(sdk.tenant_id, if_modified_since=earlier).invoices) == 1


def test_update_keeps_lines_by_their_ids(sdk: Sdk) -> None:
    made = sdk.new_invoice(status="DRAFT")
    kept = made.line_items[0]
    added = LineItem(description="Lodgement", quantity=1, unit_amount=10, account_code="200")
    changed = _update(sdk, made.invoice_id, reference="R-2", line_items=[kept, added])
    assert changed.line_items[0].line_item_id == kept.line_item_id
    assert (changed.reference, changed.sub_total) == ("R-2", Decimal("310.00"))
    replaced = _update(sdk, made.invoice_id, line_items=[added])
    assert replaced.line_items[0].line_item_id not in {one.line_item_id for one in changed.line_items}
    held = sdk.held("invoices", "InvoiceID", made.invoice_id)
    assert [line["Description"] for line in held["LineItems"]] == ["Lodgement"]


def test_authorise(sdk: Sdk) -> None:
    made = sdk.new_invoice(status="DRAFT", due_date=None)
    with pytest.raises(AccountingBadRequestException, match="DueDate"):
        _update(sdk, made.invoice_id, status="AUTHORISED")
    assert sdk.held("invoices", "InvoiceID", made.invoice_id)["Status"] == "DRAFT"
    assert _update(sdk, made.invoice_id, status="AUTHORISED", due_date=DUE).status == "AUTHORISED"
    with pytest.raises(AccountingBadRequestException, match="not of valid status"):
        _update(sdk, made.invoice_id, status="DRAFT")


def test_void_and_delete(sdk: Sdk) -> None:
    authorised, draft = sdk.new_invoice(), sdk.new_invoice(status="DRAFT")
    assert _update(sdk, authorised.invoice_id, status="VOIDED").status == "VOIDED"
    assert _update(sdk, draft.invoice_id, status="DELETED").status == "DELETED"
    assert {one["Status"] for one in sdk.state()["invoices"]} == {"VOIDED", "DELETED"}
    paid = sdk.new_invoice()
    sdk.new_payment(paid.invoice_id)
    with pytest.raises(AccountingBadRequestException, match="payment"):
        _update(sdk, paid.invoice_id, status="VOIDED")


def test_online_invoice(sdk: Sdk) -> None:
    made = sdk.new_invoice()
    [found] = sdk.accounting.get_online_invoice(sdk.tenant_id, made.invoice_id).online_invoices
    assert made.invoice_id in found.online_invoice_url
    with pytest.raises(AccountingBadRequestException):
        sdk.accounting.get_online_invoice(sdk.tenant_id, sdk.new_invoice(status="DRAFT").invoice_id)


def test_email(sdk: Sdk) -> None:
    made = sdk.new_invoice()
    assert sdk.accounting.email_invoice(sdk.tenant_id, made.invoice_id, RequestEmpty()) is None
    assert sdk.held("invoices", "InvoiceID", made.invoice_id)["SentToContact"] is True


def test_pdf(sdk: Sdk) -> None:
    made = sdk.new_invoice()
    found = sdk.accounting.get_invoice_as_pdf(sdk.tenant_id, made.invoice_id)
    assert Path(found).read_bytes().startswith(b"%PDF-")  # the SDK gives the path of a file it wrote


def test_dates_before_1970(sdk: Sdk) -> None:
    made = sdk.new_invoice(status="DRAFT", date=date(1969, 7, 20))
    assert sdk.accounting.get_invoice(sdk.tenant_id, made.invoice_id).invoices[0].date == date(1969, 7, 20)
    assert made.updated_date_utc > datetime(2026, 1, 1, tzinfo=UTC)
