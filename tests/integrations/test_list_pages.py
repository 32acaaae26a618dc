"""Accounts and tax, offices, and the settings of invoices: suggested, confirmed, checked; what waited goes on."""

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import (
    AuditEvent,
    ChargeMapping,
    Company,
    Invoice,
    Office,
    OfficeMapping,
    Operation,
    XeroCall,
    XeroListEntry,
)
from app.sync.causes import OFFICE, open_cause
from app.sync.invoices.asking import ask_to_send
from app.sync.operations import MAKE_TRACKING, READ_LISTS
from tests.support.books import Books
from tests.support.forms import read_forms
from tests.support.pages import field, words
from tests.support.statements import counted_statements

ROOT = "/settings/integrations/xero"
ACCOUNTS, OFFICES, INVOICES = f"{ROOT}/accounts", f"{ROOT}/offices", f"{ROOT}/invoices"


@pytest.fixture
def books(cast, simulator) -> Books:
    """ABC's, with nothing mapped yet."""
    found = Books(cast, cast.abc, "ABC Pty Ltd", simulator)
    found.forget()
    return found


def leave(books: Books, *names: str, status: str = "ARCHIVED") -> None:
    """As if the lists had just been read."""
    with books.scope():
        db.session.execute(update(XeroListEntry).where(XeroListEntry.name.in_(names)).values(status=status))


def charges(cast, company_id) -> dict:
    return {one.service_id: one for one in cast.read(company_id, select(ChargeMapping))}


def test_suggestions_are_shown_and_saved_together(app, browser, cast, books):
    alice = browser("admin@abc.test")
    fees = books.entry("account", "Accounting Fees")
    individual, bas = (cast.service(cast.abc, name) for name in ("Individual Tax Return", "BAS"))
    with counted_statements(app) as seen:
        page = alice.get(ACCOUNTS)
    assert len(seen) <= 14, "however many services there are"
    assert field(page, f"account-{bas.id}") == str(fees.id)
    assert "Suggested: the service’s account code. Not saved yet." in words(page)
    assert field(page, f"item-{individual.id}") == str(books.entry("item", "Individual Tax Return").id)
    assert field(page, f"tax_rate-{bas.id}") == ""
    assert "200: GST on Income, 10%" in words(page)
    assert "Software Subscriptions" not in words(page), "nothing that is not for sales"
    assert "GST on Expenses" not in words(page)
    assert "9 not saved yet" in words(page)
    assert charges(cast, cast.abc) == {}
    calls = len(cast.read(cast.abc, select(XeroCall)))
    # What a browser sends: every control of the page as it was shown.
    alice.post(ACCOUNTS, shown(page))
    saved = charges(cast, cast.abc)
    assert len(saved) == 8
    assert saved[bas.id].account_id == fees.id
    assert (saved[bas.id].tax_rate_id, saved[bas.id].confirmed_by) == (None, "Alice Carter")
    assert len(cast.read(cast.abc, select(XeroCall))) == calls, "saving asks Xero nothing"
    (told,) = cast.read(cast.abc, select(AuditEvent).where(AuditEvent.what == "mapping.charges"))
    assert told.after["BAS"] == "200 Accounting Fees"
    assert "Everything is saved" in words(alice.get(ACCOUNTS))


def shown(page) -> dict[str, str]:
    return {
        name: value
        for form in read_forms(page.get_data(as_text=True))[0]
        for name, value in form.fields.items()
        if name.split("-")[0] in {"account", "tax_rate", "item", "office"}
    }


def test_a_stale_account_stands_first_and_one_press_mends_it(browser, cast, books, work):
    for name in ("BAS", "Company Tax"):
        books.charge(name, "Accounting Fees")
    books.charge("Bookkeeping", "Bookkeeping Fees")
    books.charge("Payroll Setup", "Bookkeeping Fees")
    line = {
        "service_id": cast.service(cast.abc, "BAS").id,
        "account_id": books.entry("account", "Accounting Fees").id,
    }
    invoice_id = books.invoice(line)
    books.press("account", "Accounting Fees", "archive")
    alice = browser("admin@abc.test")
    alice.post(f"{ROOT}/lists/read", {"back": "accounts"})
    work()
    stuck = words(alice.get("/sync/causes"))
    assert stuck.count("The account “200 Accounting Fees” was archived in Xero.") == 1, "one card for both"
    assert "BAS and Company Tax use it" in stuck
    assert "Will stop invoices" in stuck
    assert "was archived in Xero" in words(alice.get("/"))
    assert "See to accounts and tax" not in words(browser("jane@abc.test").get("/sync/causes"))
    page = alice.get(ACCOUNTS)
    said = words(page)
    assert "“200 Accounting Fees” was archived in Xero." in said
    assert said.index("was archived in Xero") < said.index("ASIC Annual Review"), "what is stale stands first"
    bas, bookkeeping = cast.service(cast.abc, "BAS"), books.entry("account", "Bookkeeping Fees")
    assert field(page, f"account-{bas.id}") == str(bookkeeping.id)
    assert "Suggested: same tax type, used by most services. Not saved yet." in said
    answer = alice.post(ACCOUNTS, {**shown(page), f"account-{bas.id}": str(bookkeeping.id)})
    assert answer.status_code == 302
    assert "1 unsent invoice takes it over." in words(alice.get(ACCOUNTS))
    assert books.lines(invoice_id)[0].account_id == bookkeeping.id
    assert books.causes() == []
    assert "was archived in Xero" not in words(alice.get("/sync/causes"))


def test_what_waited_for_an_account_goes_on(browser, cast, books, work, simulator):
    bas = cast.service(cast.abc, "BAS")
    invoice_id = books.invoice({"service_id": bas.id})
    with books.scope():
        ask_to_send(db.session.scalars(select(Invoice).where(Invoice.id == invoice_id)), "Alice Carter")
    work()
    alice = browser("admin@abc.test")
    page = words(alice.get(ACCOUNTS))
    assert "1 invoice waits for this" in page
    assert page.index("1 invoice waits for this") < page.index("ASIC Annual Review")
    assert "Accounts and tax need somebody 1 invoice waits" in words(alice.get("/sync/causes"))
    fees = books.entry("account", "Accounting Fees")
    alice.post(ACCOUNTS, {f"account-{bas.id}": str(fees.id)})
    assert "1 unsent invoice takes it over. 1 that waited goes on now." in words(alice.get(ACCOUNTS))
    work()
    (invoice,) = cast.read(cast.abc, select(Invoice).where(Invoice.id == invoice_id))
    assert (invoice.push_state, invoice.push_error) == ("sent", None)
    held = simulator.state(newest=0)["organisations"]["ABC Pty Ltd"]["invoices"]
    (made,) = [one for one in held if one["InvoiceID"] == invoice.xero_invoice_id]
    assert [line["AccountCode"] for line in made["LineItems"]] == ["200"]
    assert books.causes() == []


def test_wrong_rows_are_named_and_nothing_is_saved(browser, cast, books):
    leave(books, "Other Revenue")
    bas, asic = cast.service(cast.abc, "BAS"), cast.service(cast.abc, "ASIC Annual Review")
    smiths = cast.read(cast.smith, select(XeroListEntry.id).where(XeroListEntry.kind == "account"))[0]
    alice, gst = browser("admin@abc.test"), books.entry("tax_rate", "GST on Income")
    answer = alice.post(
        ACCOUNTS,
        {
            f"account-{bas.id}": str(books.entry("account", "Other Revenue").id),
            f"account-{asic.id}": str(smiths),
            f"tax_rate-{asic.id}": str(gst.id),
            f"item-{bas.id}": "not-an-id",
            f"tax_rate-{cast.service(cast.abc, 'Company Tax').id}": str(gst.id),
        },
    )
    assert answer.status_code == 422
    said = words(answer)
    assert "BAS: “260 Other Revenue” is archived in Xero. Choose another account." in said
    assert "ASIC Annual Review: this account is not in the list." in said
    assert "BAS: this item is not in the list." in said
    assert "Company Tax: choose an account too, or neither tax rate nor item." in said
    assert field(answer, f"tax_rate-{asic.id}") == str(gst.id), "what was typed is kept"
    assert charges(cast, cast.abc) == {}


def test_offices_are_suggested_checked_and_decided(browser, cast, books):
    alice = browser("admin@abc.test")
    offices = {one.name: one for one in cast.read(cast.abc, select(Office))}
    sydney, newcastle = (books.entry("tracking_option", name) for name in ("Sydney", "Newcastle"))
    page = alice.get(OFFICES)
    assert field(page, f"office-{offices['Sydney'].id}") == str(sydney.id)
    assert "Xero has no option of this name in Office." in words(page)
    advisory = books.entry("tracking_option", "Advisory")
    wrong = alice.post(
        OFFICES,
        {
            f"office-{offices['Sydney'].id}": str(newcastle.id),
            f"office-{offices['Newcastle'].id}": str(newcastle.id),
            f"office-{offices['Parramatta'].id}": str(advisory.id),
        },
    )
    assert wrong.status_code == 422
    assert words(wrong).count("“Newcastle” is chosen for more than one office") >= 2
    assert "Parramatta: “Advisory” is an option of another tracking category." in words(wrong)
    blocked = books.invoice({"office_id": offices["Sydney"].id}, push_state="blocked")
    alice.post(
        OFFICES,
        {
            f"office-{offices['Sydney'].id}": str(newcastle.id),
            f"office-{offices['Newcastle'].id}": str(sydney.id),
            f"office-{offices['Parramatta'].id}": "none",
        },
    )
    # Changed places.
    alice.post(
        OFFICES,
        {
            f"office-{offices['Sydney'].id}": str(sydney.id),
            f"office-{offices['Newcastle'].id}": str(newcastle.id),
        },
    )
    saved = {one.office_id: one.option_id for one in cast.read(cast.abc, select(OfficeMapping))}
    assert saved == {
        offices["Sydney"].id: sydney.id,
        offices["Newcastle"].id: newcastle.id,
        offices["Parramatta"].id: None,
    }
    assert books.lines(blocked)[0].tracking_option_id == newcastle.id, "what was chosen first is still good"
    page = alice.get(OFFICES)
    assert field(page, f"office-{offices['Parramatta'].id}") == "none"
    assert "Make the missing options" not in words(page)
    assert cast.read(cast.smith, select(OfficeMapping.confirmed_by)) != ["Alice Carter"]


def test_missing_options_are_made_in_xero_and_mapped(browser, cast, books, work):
    alice = browser("admin@abc.test")
    page = alice.get(OFFICES)
    assert "Adds Parramatta to the tracking category Office in ABC Pty Ltd, and maps it here." in words(page)
    category = books.entry("tracking_category", "Office")
    alice.post(f"{OFFICES}/make", {"category": str(category.id)})
    assert "Options are being made in Xero" in words(alice.get(OFFICES))
    work()
    parramatta = cast.read(cast.abc, select(Office).where(Office.name == "Parramatta"))[0]
    made = books.entry("tracking_option", "Parramatta")
    assert field(alice.get(OFFICES), f"office-{parramatta.id}") == str(made.id)
    again = alice.post(f"{OFFICES}/make", {"category": str(category.id)})
    assert again.status_code == 409, "what is only suggested is there already"
    assert "there is nothing to make" in words(again)


def test_settings_of_invoices(browser, cast, books):
    alice = browser("admin@abc.test")
    good = {
        "invoice_status": "AUTHORISED",
        "invoice_line_amounts": "Inclusive",
        "invoice_due_days": "30",
        "invoice_due_from": "month_end",
    }
    for wrong in ({"invoice_status": "PAID"}, {"invoice_due_days": "366"}, {"invoice_due_days": "soon"}):
        assert alice.post(INVOICES, good | wrong).status_code == 422
    assert "must be a whole number from 0 to 365" in words(
        alice.post(INVOICES, good | {"invoice_due_days": "-1"})
    )
    parramatta = cast.read(cast.abc, select(Office).where(Office.name == "Parramatta"))[0]
    with books.scope():
        open_cause(OFFICE, parramatta.id, "Not decided")
    blocked = books.invoice({"office_id": parramatta.id}, push_state="blocked")
    alice.post(INVOICES, good)
    (company,) = cast.read(cast.abc, select(Company))
    assert (company.invoice_status, company.invoice_line_amounts) == ("AUTHORISED", "Inclusive")
    assert (company.invoice_due_days, company.invoice_due_from, company.track_offices) == (
        30,
        "month_end",
        False,
    )
    assert books.causes() == [], "lines carry no tracking now, so nothing waits for it"
    assert cast.read(cast.abc, select(Invoice.push_state).where(Invoice.id == blocked)) == ["to_send"]
    assert "Lines carry no tracking now" in words(alice.get(OFFICES))
    assert cast.read(cast.smith, select(Company))[0].invoice_status == "DRAFT"


def test_for_admins_of_a_connected_practice(browser, cast, simulator):
    for path in (ACCOUNTS, OFFICES, INVOICES):
        assert browser("jane@abc.test").get(path).status_code == 403
        assert browser("jane@abc.test").post(path).status_code == 403
        assert browser("client@abc.test").get(path).status_code == 404
    nina = browser("admin@xyz.test")
    for path in (ACCOUNTS, OFFICES):
        assert "Xero is not connected yet" in words(nina.get(path))
        nina.post(path, {})
    assert nina.post(f"{ROOT}/lists/read").status_code == 409
    assert nina.post(f"{OFFICES}/make").status_code == 409
    kinds = (READ_LISTS, MAKE_TRACKING)
    assert cast.read(cast.xyz, select(Operation).where(Operation.kind.in_(kinds))) == []
