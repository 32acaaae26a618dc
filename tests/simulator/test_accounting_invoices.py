"""Invoices and payments: sums, tracking, states, lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import Connected

LINE = {"Description": "Tax return", "Quantity": 1, "UnitAmount": 300, "AccountCode": "200"}


class Books:
    """A connected organisation and one contact to invoice."""

    def __init__(self, xero: Connected) -> None:
        self.xero = xero
        self.contact_id = xero.contact_id()

    def body(self, **changes: Any) -> dict[str, Any]:
        return {
            "Type": "ACCREC",
            "Contact": {"ContactID": self.contact_id},
            "LineItems": [LINE],
            "LineAmountTypes": "Exclusive",
            "Date": "2026-11-20",
            "DueDate": "2026-12-04",
            **changes,
        }

    def send(self, method: str = "PUT", path: str = "Invoices", **changes: Any) -> Any:
        return self.xero.accounting(method, path, json=self.body(**changes))

    def made(self, **changes: Any) -> dict[str, Any]:
        reply = self.send(**changes)
        assert reply.ok, reply.text
        return reply.json()["Invoices"][0]

    def change(self, invoice: dict[str, Any], **fields: Any) -> Any:
        return self.xero.accounting("POST", f"Invoices/{invoice['InvoiceID']}", json=fields)

    def messages(self, **changes: Any) -> str:
        reply = self.send(**changes)
        assert reply.status_code == 400, reply.text
        return " ".join(error["Message"] for error in reply.json()["Elements"][0]["ValidationErrors"])

    def status(self, invoice: dict[str, Any]) -> str:
        reply = self.xero.accounting("GET", f"Invoices/{invoice['InvoiceID']}")
        return str(reply.json()["Invoices"][0]["Status"])

    def pay(self, invoice: dict[str, Any], amount: float, code: str = "090") -> Any:
        body = {
            "Invoice": {"InvoiceID": invoice["InvoiceID"]},
            "Account": {"Code": code},
            "Date": "2026-11-21",
            "Amount": amount,
        }
        return self.xero.accounting("PUT", "Payments", json=body)


@pytest.fixture
def books(xero: Connected) -> Books:
    return Books(xero)


def test_a_draft_and_its_sums(books: Books) -> None:
    invoice = books.made(Reference="R-1", Url="http://localhost:8000/requests/1")
    assert (invoice["Status"], invoice["InvoiceNumber"]) == ("DRAFT", "INV-0001")
    assert (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"], invoice["AmountDue"]) == (
        300,
        30,
        330,
        330,
    )
    assert invoice["DueDateString"] == "2026-12-04T00:00:00"
    assert invoice["DueDate"] == "/Date(1796342400000+0000)/"
    assert invoice["LineItems"][0]["TaxType"] == "OUTPUT"
    assert invoice["Contact"] == {"ContactID": books.contact_id, "Name": "Karen Whitfield"}
    contact = books.xero.accounting("GET", f"Contacts/{books.contact_id}").json()["Contacts"][0]
    assert contact["IsCustomer"] is True


def test_tax_is_rounded_per_line_and_taken_out_of_inclusive_amounts(books: Books) -> None:
    lines = [{**LINE, "UnitAmount": 0.15} for _ in range(3)]
    exclusive = books.made(LineItems=lines)
    assert (exclusive["SubTotal"], exclusive["TotalTax"], exclusive["Total"]) == (0.45, 0.06, 0.51)
    inclusive = books.made(LineItems=[{**LINE, "UnitAmount": 99.99}], LineAmountTypes="Inclusive")
    assert (inclusive["SubTotal"], inclusive["TotalTax"], inclusive["Total"]) == (90.9, 9.09, 99.99)
    without = books.made(LineAmountTypes="NoTax")
    assert (without["TotalTax"], without["Total"]) == (0, 300)


def test_unit_prices_have_two_decimals_or_four(books: Books) -> None:
    lines = [{**LINE, "Quantity": 100, "UnitAmount": 1.23456}]
    assert books.made(LineItems=lines)["SubTotal"] == 123
    assert books.made(path="Invoices?unitdp=4", LineItems=lines)["SubTotal"] == 123.46


def test_items_fill_lines_and_wrong_totals_are_refused(books: Books) -> None:
    [line] = books.made(LineItems=[{"ItemCode": "ITR", "Quantity": 2}])["LineItems"]
    assert (line["UnitAmount"], line["LineAmount"], line["AccountCode"]) == (330, 660, "210")
    assert "does not match the expected line total 300" in books.messages(
        LineItems=[{**LINE, "LineAmount": 301}]
    )


def test_tracking_sits_on_lines_at_most_two(books: Books) -> None:
    by_name = [{"Name": "Office", "Option": "newcastle"}]
    [line] = books.made(LineItems=[{**LINE, "Tracking": by_name}])["LineItems"]
    [choice] = line["Tracking"]
    assert (choice["Name"], choice["Option"]) == ("Office", "Newcastle")
    ids = {name: choice[name] for name in ("TrackingCategoryID", "TrackingOptionID")}
    [again] = books.made(LineItems=[{**LINE, "Tracking": [ids]}])["LineItems"]
    assert again["Tracking"] == [choice]
    assert "at most 2" in books.messages(LineItems=[{**LINE, "Tracking": by_name * 3}])
    unknown = [{"Name": "Office", "Option": "Mars"}]
    assert "not found" in books.messages(LineItems=[{**LINE, "Tracking": unknown}])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Type": "SALE"}, "Invoice type"),
        ({"LineItems": []}, "One or more line items must be specified"),
        ({"Contact": None}, "A Contact must be specified"),
        ({"Contact": {"ContactID": "11111111-1111-1111-1111-111111111111"}}, "could not be found"),
        ({"Status": "AUTHORISED", "DueDate": None}, "DueDate must be specified"),
        (
            {"Status": "AUTHORISED", "LineItems": [{"Description": "A", "UnitAmount": 1}]},
            "Account code must be specified",
        ),
        ({"LineItems": [{**LINE, "AccountCode": "999"}]}, "Account code '999' is not a valid code"),
        ({"LineItems": [{**LINE, "TaxType": "VAT"}]}, "The TaxType code 'VAT' does not exist"),
        ({"LineItems": [{**LINE, "Description": ""}]}, "Description is required"),
        ({"Status": "PAID"}, "cannot have the status PAID"),
        ({"DueDate": "20/11/2026"}, "not a valid date"),
        ({"LineAmountTypes": "Gross"}, "LineAmountTypes"),
    ],
)
def test_bad_invoices_are_told_why(books: Books, changes: dict[str, Any], says: str) -> None:
    assert says in books.messages(**changes)
    assert books.xero.simulator.organisation()["invoices"] == []


def test_numbers_are_unique_for_sales_only(books: Books) -> None:
    books.made(InvoiceNumber="CH-1")
    assert books.messages(InvoiceNumber="ch-1") == "Invoice # must be unique."
    bill = [{**LINE, "AccountCode": "420"}]
    for _ in range(2):
        books.made(Type="ACCPAY", InvoiceNumber="B-1", LineItems=bill)
    updated = books.send("POST", InvoiceNumber="CH-1", Reference="again").json()["Invoices"][0]
    assert updated["Reference"] == "again"
    assert len(books.xero.simulator.organisation()["invoices"]) == 3


def test_the_way_of_an_invoice(books: Books) -> None:
    invoice = books.made()
    assert books.change(invoice, Status="SUBMITTED").ok
    assert books.change(invoice, Status="AUTHORISED").ok
    refused = books.change(invoice, Status="DRAFT")
    assert "Invoice not of valid status for modification" in refused.text
    assert books.change(invoice, Status="DELETED").status_code == 400
    assert books.change(invoice, Status="VOIDED").ok
    assert books.change(invoice, Reference="late").status_code == 400
    draft = books.made()
    assert books.change(draft, Status="VOIDED").status_code == 400
    assert books.change(draft, Status="DELETED").ok
    assert (books.status(invoice), books.status(draft)) == ("VOIDED", "DELETED")


def test_lines_without_ids_are_made_anew_and_missing_ones_go(books: Books) -> None:
    invoice = books.made(LineItems=[LINE, {**LINE, "Description": "BAS"}])
    first, second = invoice["LineItems"]
    kept = {"LineItemID": second["LineItemID"], **LINE, "Description": "BAS, changed"}
    after = books.change(invoice, LineItems=[kept, LINE]).json()["Invoices"][0]["LineItems"]
    assert after[0]["LineItemID"] == second["LineItemID"]
    assert after[1]["LineItemID"] not in (first["LineItemID"], second["LineItemID"])
    assert len(books.change(invoice, Reference="only this").json()["Invoices"][0]["LineItems"]) == 2


def test_payments_settle_and_come_back(books: Books) -> None:
    invoice = books.made(Status="AUTHORISED")
    assert "exceeds the amount outstanding" in books.pay(invoice, 330.01).text
    part = books.pay(invoice, 130).json()["Payments"][0]
    assert part["Invoice"]["InvoiceID"] == invoice["InvoiceID"]
    assert "cannot be edited" in books.change(invoice, LineItems=[LINE]).text
    assert "Invoice not of valid status" in books.change(invoice, Status="VOIDED").text
    assert books.pay(invoice, 200, "881").ok
    now = books.xero.accounting("GET", f"Invoices/{invoice['InvoiceID']}").json()["Invoices"][0]
    assert (now["Status"], now["AmountDue"], now["AmountPaid"]) == ("PAID", 0, 330)
    assert len(now["Payments"]) == 2
    assert now["FullyPaidOnDate"] == "/Date(1795219200000+0000)/"
    path = f"Payments/{part['PaymentID']}"
    assert books.xero.accounting("POST", path, json={"Status": "DELETED"}).ok
    assert books.xero.accounting("POST", path, json={"Status": "DELETED"}).status_code == 400
    assert books.status(invoice) == "AUTHORISED"
    assert "Authorised documents" in books.pay(books.made(), 1).text
    assert "cannot be used for payments" in books.pay(invoice, 1, "200").text
    assert len(books.xero.accounting("GET", "Payments").json()["Payments"]) == 2


def test_unpaged_lists_have_no_lines(books: Books) -> None:
    books.made()
    [thin] = books.xero.accounting("GET", "Invoices").json()["Invoices"]
    [full] = books.xero.accounting("GET", "Invoices", params={"page": "1"}).json()["Invoices"]
    assert thin["LineItems"] == []
    assert len(full["LineItems"]) == 1


def test_lists_can_be_narrowed(books: Books) -> None:
    one = books.made(InvoiceNumber="CH-1", Reference="R-77", Status="AUTHORISED")
    books.made(InvoiceNumber="CH-2", DueDate="2027-01-31")

    def numbers(**query: str) -> list[str]:
        found = books.xero.accounting("GET", "Invoices", params=query).json()["Invoices"]
        return [invoice["InvoiceNumber"] for invoice in found]

    assert numbers(Statuses="AUTHORISED,PAID") == ["CH-1"]
    assert numbers(InvoiceNumbers="CH-2,CH-3") == ["CH-2"]
    assert numbers(IDs=one["InvoiceID"]) == ["CH-1"]
    assert numbers(ContactIDs=books.contact_id, order="InvoiceNumber DESC") == ["CH-2", "CH-1"]
    assert numbers(searchTerm="r-77") == ["CH-1"]
    assert numbers(where='Type=="ACCREC" AND DueDate>=DateTime(2027, 1, 1)') == ["CH-2"]
    assert numbers(where=f'Contact.ContactID==guid("{books.contact_id}") AND AmountDue>1') == ["CH-1", "CH-2"]
    assert numbers(createdByMyApp="true") == ["CH-1", "CH-2"]
    assert (
        books.xero.accounting("GET", "Invoices/CH-1").json()["Invoices"][0]["InvoiceID"] == one["InvoiceID"]
    )


def test_batches_of_fifty_say_for_each(books: Books) -> None:
    bodies = [books.body(Reference=f"R-{number}") for number in range(50)]
    bodies[7]["LineItems"] = []
    reply = books.xero.accounting("PUT", "Invoices?summarizeErrors=false", json={"Invoices": bodies})
    invoices = reply.json()["Invoices"]
    assert [number for number, one in enumerate(invoices) if one["StatusAttributeString"] == "ERROR"] == [7]
    assert len({one["InvoiceNumber"] for one in invoices if one["StatusAttributeString"] == "OK"}) == 49


def test_a_name_nobody_has_makes_a_contact(books: Books) -> None:
    books.made(Contact={"Name": "Brand New Client"})
    assert books.xero.contact_id("Brand New Client")


def test_archived_contacts_are_not_invoiced(books: Books) -> None:
    books.xero.accounting(
        "POST", "Contacts", json={"ContactID": books.contact_id, "ContactStatus": "ARCHIVED"}
    )
    assert "archived" in books.messages()


def test_locked_books(books: Books) -> None:
    books.xero.simulator.console("organisation", organisation="ABC Pty Ltd", locked_until="2026-11-30")
    assert "lock date" in books.messages(Status="AUTHORISED")
    assert books.send().ok


def test_online_address_pdf_and_mail(books: Books) -> None:
    invoice = books.made(Status="AUTHORISED")
    path = f"Invoices/{invoice['InvoiceID']}"
    online = books.xero.accounting("GET", f"{path}/OnlineInvoice").json()["OnlineInvoices"][0]
    assert invoice["InvoiceID"] in online["OnlineInvoiceUrl"]
    draft = books.made()
    assert books.xero.accounting("GET", f"Invoices/{draft['InvoiceID']}/OnlineInvoice").status_code == 400
    pdf = books.xero.accounting("GET", path, headers={"Accept": "application/pdf"})
    assert pdf.content.startswith(b"%PDF")
    assert books.xero.accounting("POST", f"{path}/Email").status_code == 204
    assert books.xero.accounting("GET", path).json()["Invoices"][0]["SentToContact"] is True


def test_currency_and_look_are_the_organisations_own(books: Books) -> None:
    assert "not subscribed to currency NZD" in books.messages(CurrencyCode="NZD")
    assert "theme was not found" in books.messages(BrandingThemeID="00000000-0000-0000-0000-000000000001")
    [theme] = books.xero.accounting("GET", "BrandingThemes").json()["BrandingThemes"]
    assert books.xero.accounting("PUT", "Currencies", json={"Code": "NZD"}).ok
    made = books.made(CurrencyCode="NZD", BrandingThemeID=theme["BrandingThemeID"])
    assert (made["CurrencyCode"], made["BrandingThemeID"]) == ("NZD", theme["BrandingThemeID"])
    assert books.change(made, Reference="x").json()["Invoices"][0]["CurrencyCode"] == "NZD"


def test_tax_rates_added_in_xero(books: Books) -> None:
    books.xero.simulator.console("tax_rates", organisation="ABC Pty Ltd", rates={"T12": "12.5"})
    made = books.made(LineItems=[{**LINE, "TaxType": "T12"}])
    assert (made["TotalTax"], made["Total"]) == (37.5, 337.5)


def test_pages_of_an_invoice(books: Books) -> None:
    simulator, invoice = books.xero.simulator, books.made(Url="http://localhost:8000/invoices/1")
    short_code = simulator.organisation()["short_code"].lstrip("!")
    inside = f"{simulator.url}/organisation/{short_code}/invoices/{invoice['InvoiceID']}"
    assert "Go to Countinghouse" in simulator.http.get(inside, timeout=10).text
    online = f"{simulator.url}/online-invoice/{invoice['InvoiceID']}"
    assert simulator.http.get(online, timeout=10).status_code == 404, "a draft is nobody’s to see"
    books.change(invoice, Status="AUTHORISED")
    seen = simulator.http.get(online, timeout=10)
    assert seen.ok
    assert "330.00" in seen.text
    assert "Go to Countinghouse" not in seen.text


def test_console_approves_pays_takes_back_and_merges(books: Books) -> None:
    simulator, invoice = books.xero.simulator, books.made()
    form = {"organisation": "ABC Pty Ltd", "id": invoice["InvoiceID"]}
    for deed, status in (
        ("approve", "AUTHORISED"),
        ("pay", "PAID"),
        ("unpay", "AUTHORISED"),
        ("pay", "PAID"),
    ):
        assert simulator.http.post(f"{simulator.url}/_console/do/{deed}", data=form, timeout=10).ok
        assert books.status(invoice) == status
        again = simulator.http.post(f"{simulator.url}/_console/do/{deed}", data=form, timeout=10)
        assert again.status_code == 400
    winner = books.xero.contact_id("Emma Thornton")
    form = {"organisation": "ABC Pty Ltd", "id": books.contact_id, "into": "Emma Thornton"}
    assert simulator.http.post(f"{simulator.url}/_console/do/merge", data=form, timeout=10).ok
    [loser] = books.xero.accounting("GET", f"Contacts/{books.contact_id}").json()["Contacts"]
    assert (loser["ContactStatus"], loser["MergedToContactID"]) == ("ARCHIVED", winner)


def test_seeded_invoices(books: Books) -> None:
    made = books.xero.simulator.console("seed", organisation="ABC Pty Ltd", invoices=120)
    assert made["invoices"] == 120
    page = books.xero.accounting("GET", "Invoices", params={"page": "2"}).json()
    assert page["pagination"]["itemCount"] == 120
    assert len(page["Invoices"]) == 20
