from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests_mock as rm

from app.xero.accounting import AccountingApi, InvoiceFields, Line, Tracking
from app.xero.errors import Permanent
from app.xero.transport import Transport
from tests.xero.doubles import API

BASE = f"{API}/api.xro/2.0/Invoices"
ROW = {
    "InvoiceID": "i1",
    "InvoiceNumber": "INV-1",
    "Type": "ACCREC",
    "Status": "DRAFT",
    "Reference": "R-12",
    "Contact": {"ContactID": "c1", "Name": "Brown & Co"},
    "Date": "/Date(1573689600000+0000)/",
    "DateString": "2026-11-20T00:00:00",
    "DueDate": "/Date(1573689600000+0000)/",
    "CurrencyCode": "AUD",
    "LineAmountTypes": "Exclusive",
    "SubTotal": 100.00,
    "TotalTax": 10.00,
    "Total": 110.00,
    "AmountDue": 110.00,
    "AmountPaid": 0.00,
    "SentToContact": False,
    "LineItems": [
        {
            "LineItemID": "l1",
            "Description": "BAS",
            "Quantity": 1.0000,
            "UnitAmount": 100.1255,
            "TaxType": "OUTPUT",
            "Tracking": [
                {"TrackingCategoryID": "t1", "TrackingOptionID": "o1", "Name": "Office", "Option": "Perth"}
            ],
        }
    ],
}


@pytest.fixture
def api(transport: Transport) -> AccountingApi:
    return AccountingApi(transport)


@pytest.fixture
def draft() -> InvoiceFields:
    line = Line("BAS", Decimal(1), Decimal("100.00"), "200", "OUTPUT", tracking=(Tracking("t1", "o1"),))
    return InvoiceFields("c1", (line,), due_date=date(2026, 12, 4), reference="R-12")


def test_reading_one(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/INV-1", json={"Invoices": [ROW]})
    found = api.invoice("INV-1")
    assert requests_mock.last_request.qs == {"unitdp": ["4"]}
    assert (found.issue_date, found.due_date, found.paid_on) == (date(2026, 11, 20), date(2019, 11, 14), None)
    assert (found.total, found.due, found.contact_id) == (Decimal(110), Decimal(110), "c1")
    assert found.lines[0].unit_amount == Decimal("100.1255")
    assert found.lines[0].tracking == (Tracking("t1", "o1"),)


def test_reading_many(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(BASE, json={"pagination": {"pageCount": 1}, "Invoices": [ROW]})
    ((found,),) = api.invoices(ids=["i1", "i2"], statuses=["DRAFT", "PAID"], search="R-12", by_us=True)
    assert found.id == "i1"
    assert requests_mock.last_request.qs == {
        "ids": ["i1,i2"],
        "statuses": ["draft,paid"],
        "searchterm": ["r-12"],
        "createdbymyapp": ["true"],
        "unitdp": ["4"],
        "page": ["1"],
        "pagesize": ["1000"],
    }


def test_drafting(api: AccountingApi, requests_mock: rm.Mocker, draft: InvoiceFields) -> None:
    requests_mock.put(BASE, json={"Invoices": [ROW]})
    assert api.create_invoice(draft, "k").id == "i1"
    sent = requests_mock.last_request
    assert sent.json() == {
        "Type": "ACCREC",
        "Status": "DRAFT",
        "LineAmountTypes": "Exclusive",
        "Contact": {"ContactID": "c1"},
        "LineItems": [
            {
                "Description": "BAS",
                "Quantity": 1,
                "UnitAmount": 100.0,
                "AccountCode": "200",
                "TaxType": "OUTPUT",
                "Tracking": [{"TrackingCategoryID": "t1", "TrackingOptionID": "o1"}],
            }
        ],
        "DueDate": "2026-12-04",
        "Reference": "R-12",
    }
    assert '"UnitAmount":100.00' in sent.text
    assert "unitdp" not in sent.qs


def test_four_decimals_are_announced(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.put(BASE, json={"Invoices": [ROW]})
    api.create_invoice(InvoiceFields("c1", (Line("BAS", unit_amount=Decimal("1.0001")),)))
    assert requests_mock.last_request.qs["unitdp"] == ["4"]
    api.create_invoices([InvoiceFields("c1", (Line("BAS", unit_amount=Decimal("1.0001")),))])
    assert requests_mock.last_request.qs["unitdp"] == ["4"]


def test_three_options_on_a_line_are_too_many(api: AccountingApi) -> None:
    line = Line("BAS", tracking=(Tracking("a", "b"),) * 3)
    with pytest.raises(ValueError):
        api.create_invoice(InvoiceFields("c1", (line,)))


def test_a_batch(api: AccountingApi, requests_mock: rm.Mocker, draft: InvoiceFields) -> None:
    bad = {"StatusAttributeString": "ERROR", "ValidationErrors": [{"Message": "Invoice # must be unique."}]}
    requests_mock.put(BASE, json={"Invoices": [bad, {**ROW, "StatusAttributeString": "OK"}]})
    refused, made = api.create_invoices([draft, draft], "k")
    assert refused.errors == ("Invoice # must be unique.",)
    assert made.record is not None
    assert made.record.id == "i1"


def test_a_change_keeps_the_lines_it_names(
    api: AccountingApi, requests_mock: rm.Mocker, draft: InvoiceFields
) -> None:
    requests_mock.post(f"{BASE}/i1", json={"Invoices": [ROW]})
    api.update_invoice("i1", InvoiceFields("c1", (Line("BAS", id="l1"),)))
    assert requests_mock.last_request.json()["LineItems"] == [{"LineItemID": "l1", "Description": "BAS"}]


def test_moving_along(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/i1", json={"Invoices": [{**ROW, "Status": "AUTHORISED"}]})
    assert api.set_invoice_status("i1", "AUTHORISED", "k").status == "AUTHORISED"
    assert requests_mock.last_request.json() == {"Status": "AUTHORISED"}


def test_a_step_xero_does_not_allow(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    body: dict[str, Any] = {
        "ErrorNumber": 10,
        "Elements": [{"ValidationErrors": [{"Message": "Invoice not of valid status for modification"}]}],
    }
    requests_mock.post(f"{BASE}/i1", status_code=400, json=body)
    with pytest.raises(Permanent) as caught:
        api.set_invoice_status("i1", "DRAFT")
    assert caught.value.details == ["Invoice not of valid status for modification"]


def test_online_mail_and_pdf(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(
        f"{BASE}/i1/OnlineInvoice", json={"OnlineInvoices": [{"OnlineInvoiceUrl": "https://in.xero.com/x"}]}
    )
    requests_mock.post(f"{BASE}/i1/Email", status_code=204)
    requests_mock.get(f"{BASE}/i1", content=b"%PDF-1.7", headers={"Content-Type": "application/pdf"})
    assert api.online_invoice_url("i1") == "https://in.xero.com/x"
    api.email_invoice("i1", "k")
    assert requests_mock.last_request.headers["Idempotency-Key"] == "k"
    assert api.invoice_pdf("i1") == b"%PDF-1.7"
    assert requests_mock.last_request.headers["Accept"] == "application/pdf"
