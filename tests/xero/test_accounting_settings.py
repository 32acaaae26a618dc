"""Groups, accounts, tax rates, items, tracking, history, payments."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests_mock as rm

from app.xero.accounting import AccountingApi, ContactFields
from app.xero.errors import Again, Permanent
from app.xero.transport import Transport
from tests.xero.doubles import API

BASE = f"{API}/api.xro/2.0"


@pytest.fixture
def api(transport: Transport) -> AccountingApi:
    return AccountingApi(transport)


def test_groups(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    row = {"ContactGroupID": "g1", "Name": "VIP", "Status": "ACTIVE"}
    requests_mock.get(f"{BASE}/ContactGroups", json={"ContactGroups": [row]})
    requests_mock.get(
        f"{BASE}/ContactGroups/g1", json={"ContactGroups": [{**row, "Contacts": [{"ContactID": "c1"}]}]}
    )
    requests_mock.put(f"{BASE}/ContactGroups", json={"ContactGroups": [row]})
    requests_mock.put(f"{BASE}/ContactGroups/g1/Contacts", json={"Contacts": []})
    requests_mock.delete(f"{BASE}/ContactGroups/g1/Contacts/c1", status_code=204)
    assert api.contact_groups()[0].contact_ids == ()
    assert api.contact_group("g1").contact_ids == ("c1",)
    assert api.create_contact_group("VIP", "k").id == "g1"
    api.add_to_contact_group("g1", ["c1", "c2"], "k2")
    assert requests_mock.last_request.json() == {"Contacts": [{"ContactID": "c1"}, {"ContactID": "c2"}]}
    api.remove_from_contact_group("g1", "c1")
    assert requests_mock.last_request.method == "DELETE"


@pytest.mark.parametrize(
    ("row", "can_receive"),
    [
        ({"Type": "BANK", "Status": "ACTIVE"}, True),
        ({"Type": "BANK", "Status": "ARCHIVED"}, False),
        ({"Type": "REVENUE", "Status": "ACTIVE"}, False),
        ({"Type": "EQUITY", "Status": "ACTIVE", "EnablePaymentsToAccount": True}, True),
    ],
)
def test_accounts(
    api: AccountingApi, requests_mock: rm.Mocker, row: dict[str, Any], can_receive: bool
) -> None:
    requests_mock.get(f"{BASE}/Accounts", json={"Accounts": [{"AccountID": "a1", "Name": "X", **row}]})
    (account,) = api.accounts()
    assert (account.id, account.code, account.can_receive) == ("a1", "", can_receive)


def test_tax_rates(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    row = {"TaxType": "OUTPUT", "Name": "GST on Income", "DisplayTaxRate": 10.0, "CanApplyToRevenue": True}
    requests_mock.get(f"{BASE}/TaxRates", json={"TaxRates": [row]})
    (rate,) = api.tax_rates()
    assert (rate.tax_type, rate.rate, rate.for_revenue) == ("OUTPUT", Decimal(10), True)


def test_items(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    row = {
        "ItemID": "i1",
        "Code": "ITR",
        "Name": "Return",
        "SalesDetails": {"UnitPrice": 350.5, "AccountCode": "200"},
    }
    requests_mock.get(f"{BASE}/Items", json={"Items": [row]})
    requests_mock.put(f"{BASE}/Items", json={"Items": [row]})
    (item,) = api.items(since=datetime(2026, 11, 1, tzinfo=UTC))
    assert (item.price, item.account_code, item.tax_type) == (Decimal("350.5"), "200", "")
    assert requests_mock.last_request.headers["If-Modified-Since"] == "2026-11-01T00:00:00"
    api.create_item("ITR", "Return", price=Decimal("350.1255"), key="k")
    assert requests_mock.last_request.text == (
        '{"Code":"ITR","Name":"Return","IsSold":true,"SalesDetails":{"UnitPrice":350.1255}}'
    )
    assert requests_mock.last_request.qs["unitdp"] == ["4"]
    api.create_item("ITR", "Return", price=Decimal("350.10"), description="Long")
    assert "unitdp" not in requests_mock.last_request.qs


def test_tracking(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    option = {"TrackingOptionID": "o1", "Name": "Perth", "Status": "ACTIVE"}
    category = {"TrackingCategoryID": "t1", "Name": "Office", "Status": "ACTIVE", "Options": [option]}
    path = f"{BASE}/TrackingCategories"
    requests_mock.get(path, json={"TrackingCategories": [category]})
    requests_mock.put(path, json={"TrackingCategories": [{**category, "Options": []}]})
    requests_mock.post(f"{path}/t1", json={"TrackingCategories": [category]})
    requests_mock.put(f"{path}/t1/Options", json={"Options": [option]})
    requests_mock.post(f"{path}/t1/Options/o1", json={"Options": [option]})
    (found,) = api.tracking_categories(include_archived=True)
    assert requests_mock.last_request.qs == {"includearchived": ["true"]}
    assert [o.name for o in found.options] == ["Perth"]
    assert api.create_tracking_category("Office").options == ()
    assert api.rename_tracking_category("t1", "Branch").id == "t1"
    assert api.create_tracking_option("t1", "Perth").id == "o1"
    api.rename_tracking_option("t1", "o1", "Perth West", "k")
    assert requests_mock.last_request.json() == {"Name": "Perth West"}


def test_history(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    line = {
        "Details": "Sent",
        "Changes": "Note",
        "User": "System Generated",
        "DateUTC": "/Date(1573755038314)/",
    }
    requests_mock.get(f"{BASE}/Invoices/i1/History", json={"HistoryRecords": [line]})
    requests_mock.put(f"{BASE}/Invoices/i1/History", json={"HistoryRecords": [line]})
    (found,) = api.history("Invoices", "i1")
    assert found.at == datetime(2019, 11, 14, 18, 10, 38, 314000, UTC)
    assert api.add_note("Invoices", "i1", "Sent", "k").details == "Sent"
    assert requests_mock.last_request.json() == {"HistoryRecords": [{"Details": "Sent"}]}
    for note in ("", "x" * 2501):
        with pytest.raises(ValueError):
            api.add_note("Invoices", "i1", note)


PAYMENT = {
    "PaymentID": "p1",
    "Invoice": {"InvoiceID": "i1", "InvoiceNumber": "INV-1"},
    "Account": {"AccountID": "a1"},
    "Date": "/Date(1573689600000+0000)/",
    "Amount": 110.1,
    "Status": "AUTHORISED",
    "PaymentType": "ACCRECPAYMENT",
    "UpdatedDateUTC": "/Date(0)/",
    "UpdatedDateUTCString": "2026-11-20T01:02:03",
}


def test_payments(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/Payments", json={"pagination": {"pageCount": 1}, "Payments": [PAYMENT]})
    requests_mock.get(f"{BASE}/Payments/p1", json={"Payments": [PAYMENT]})
    requests_mock.put(f"{BASE}/Payments", json={"Payments": [PAYMENT]})
    requests_mock.post(f"{BASE}/Payments/p1", json={"Payments": [{**PAYMENT, "Status": "DELETED"}]})
    ((found,),) = api.payments()
    assert (found.invoice_id, found.amount, found.paid_on) == ("i1", Decimal("110.1"), date(2019, 11, 14))
    assert found.updated_at == datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    assert api.payment("p1") == found
    api.create_payment("i1", "a1", date(2026, 11, 20), Decimal("110.10"), reference="R", key="k")
    assert requests_mock.last_request.text == (
        '{"Invoice":{"InvoiceID":"i1"},"Account":{"AccountID":"a1"},"Date":"2026-11-20","Amount":110.10,"Reference":"R"}'
    )
    assert api.delete_payment("p1").status == "DELETED"
    assert requests_mock.last_request.json() == {"Status": "DELETED"}


def ok(name: str) -> dict[str, Any]:
    return {"ContactID": name, "Name": name, "StatusAttributeString": "OK", "HasValidationErrors": False}


class TestBatches:
    def test_each_is_taken_or_refused_on_its_own(self, api: AccountingApi, requests_mock: rm.Mocker) -> None:
        refused = {
            "ContactID": "00000000-0000-0000-0000-000000000000",
            "StatusAttributeString": "ERROR",
            "ValidationErrors": [{"Message": "Name is taken"}, {"Description": "Too long"}],
        }
        requests_mock.put(f"{BASE}/Contacts", json={"Contacts": [ok("a"), refused, ok("c")]})
        outcomes = api.create_contacts([ContactFields(name=n) for n in "abc"], "k")
        assert [o.record.id if o.record else o.errors for o in outcomes] == [
            "a",
            ("Name is taken", "Too long"),
            "c",
        ]
        assert requests_mock.last_request.qs["summarizeerrors"] == ["false"]
        assert requests_mock.last_request.json() == {
            "Contacts": [{"Name": "a"}, {"Name": "b"}, {"Name": "c"}]
        }

    def test_changes_name_their_record(self, api: AccountingApi, requests_mock: rm.Mocker) -> None:
        requests_mock.post(f"{BASE}/Contacts", json={"Contacts": [ok("a")]})
        api.update_contacts([("c1", ContactFields(email="a@b.test"))])
        assert requests_mock.last_request.json() == {
            "Contacts": [{"ContactID": "c1", "EmailAddress": "a@b.test"}]
        }

    def test_a_refusal_without_words(self, api: AccountingApi, requests_mock: rm.Mocker) -> None:
        requests_mock.put(f"{BASE}/Contacts", json={"Contacts": [{"HasValidationErrors": True}]})
        (outcome,) = api.create_contacts([ContactFields(name="a")])
        assert outcome.record is None
        assert outcome.errors

    def test_an_answer_for_fewer_is_unclear(self, api: AccountingApi, requests_mock: rm.Mocker) -> None:
        requests_mock.put(f"{BASE}/Contacts", json={"Contacts": [ok("a")]})
        with pytest.raises(Again) as caught:
            api.create_contacts([ContactFields(name=n) for n in "ab"])
        assert caught.value.maybe_done is True

    @pytest.mark.parametrize("size", [0, 51])
    def test_the_size(self, api: AccountingApi, size: int) -> None:
        with pytest.raises(ValueError):
            api.create_contacts([ContactFields(name="a")] * size)


def test_a_setting_that_is_not_there(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/ContactGroups/x", status_code=404, text="The resource cannot be found")
    with pytest.raises(Permanent):
        api.contact_group("x")
