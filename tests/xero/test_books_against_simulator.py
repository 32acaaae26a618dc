"""Settings, invoices and payments against the simulator over HTTP."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.xero.accounting import AccountingApi, ContactFields, Invoice, InvoiceFields, Line, Tracking
from app.xero.errors import Permanent
from tests.xero.road import Road

DUE = date(2030, 1, 31)
TODAY = datetime.now(UTC).date()


@pytest.fixture
def abc(road: Callable[..., Road]) -> AccountingApi:
    return road().accounting


@pytest.fixture
def contact(abc: AccountingApi) -> str:
    return abc.create_contact(ContactFields(name="Invoice Taker", email="taker@brown.test")).id


def income(abc: AccountingApi) -> str:
    return next(
        account.code for account in abc.accounts() if account.type in ("REVENUE", "SALES") and account.is_open
    )


def make(abc: AccountingApi, contact: str, status: str = "DRAFT", reference: str = "R-1") -> Invoice:
    line = Line("BAS", Decimal(1), Decimal("100.00"), income(abc), "OUTPUT")
    return abc.create_invoice(
        InvoiceFields(contact, (line,), due_date=DUE, status=status, reference=reference)
    )


def test_settings(abc: AccountingApi) -> None:
    assert {account.status for account in abc.accounts()} >= {"ACTIVE"}
    assert any(account.can_receive for account in abc.accounts())
    assert any(rate.tax_type == "OUTPUT" and rate.rate == 10 for rate in abc.tax_rates())
    assert "CreateDraftInvoice" in abc.allowed_actions()


def test_an_item(abc: AccountingApi) -> None:
    made = abc.create_item("ZZ-1", "Special", price=Decimal("350.1255"), account_code=income(abc))
    found = {item.code: item for item in abc.items()}
    assert found["ZZ-1"].id == made.id
    assert made.price == Decimal("350.1255")
    with pytest.raises(Permanent):
        abc.create_item("ZZ-2", "x" * 51)


def test_groups(abc: AccountingApi, contact: str) -> None:
    group = abc.create_contact_group("New VIPs")
    abc.add_to_contact_group(group.id, [contact])
    assert abc.contact_group(group.id).contact_ids == (contact,)
    assert "New VIPs" in abc.contact(contact).groups
    abc.remove_from_contact_group(group.id, contact)
    assert abc.contact_group(group.id).contact_ids == ()
    assert group.id in {found.id for found in abc.contact_groups()}


def test_tracking(abc: AccountingApi) -> None:
    held = abc.tracking_categories()
    category = held[0] if len(held) > 1 else abc.create_tracking_category("Office X")
    option = abc.create_tracking_option(category.id, "Broome")
    abc.rename_tracking_option(category.id, option.id, "Broome North")
    found = next(c for c in abc.tracking_categories(include_archived=True) if c.id == category.id)
    assert "Broome North" in {o.name for o in found.options}


def test_an_invoices_life(abc: AccountingApi, contact: str) -> None:
    draft = make(abc, contact)
    assert (draft.status, draft.total, draft.tax, draft.due_date) == ("DRAFT", Decimal(110), Decimal(10), DUE)
    assert draft.contact_id == contact
    again = abc.invoice(draft.id)
    assert again.lines[0].description == "BAS"
    changed = Line(
        "BAS, second quarter",
        Decimal(2),
        Decimal("50.1255"),
        again.lines[0].account_code,
        id=again.lines[0].id,
    )
    updated = abc.update_invoice(draft.id, InvoiceFields(contact, (changed,), due_date=DUE))
    assert updated.lines[0].id == again.lines[0].id
    assert updated.lines[0].unit_amount == Decimal("50.1255")
    authorised = abc.set_invoice_status(draft.id, "AUTHORISED")
    assert authorised.status == "AUTHORISED"
    assert abc.online_invoice_url(draft.id).startswith("http")
    with pytest.raises(Permanent):
        abc.set_invoice_status(draft.id, "DRAFT")
    assert abc.set_invoice_status(draft.id, "VOIDED").status == "VOIDED"


def test_finding_invoices(abc: AccountingApi, contact: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    made = make(abc, contact, reference="FIND-ME-77")
    assert [i.id for page in abc.invoices(search="FIND-ME-77") for i in page] == [made.id]
    assert [i.id for page in abc.invoices(contact_ids=[contact], statuses=["DRAFT"]) for i in page] == [
        made.id
    ]
    assert [i.id for page in abc.invoices(ids=[made.id]) for i in page] == [made.id]
    assert made.id in {i.id for page in abc.invoices(since=before) for i in page}
    assert [i.lines[0].description for page in abc.invoices(numbers=[made.number]) for i in page] == ["BAS"]


def test_tracking_on_a_line(abc: AccountingApi, contact: str) -> None:
    held = abc.tracking_categories()
    category = held[0] if held else abc.create_tracking_category("Office X")
    option = category.options[0] if category.options else abc.create_tracking_option(category.id, "Perth")
    line = Line("BAS", Decimal(1), Decimal(100), income(abc), tracking=(Tracking(category.id, option.id),))
    made = abc.create_invoice(InvoiceFields(contact, (line,)))
    assert abc.invoice(made.id).lines[0].tracking == (Tracking(category.id, option.id),)


def test_a_batch_with_a_bad_one(abc: AccountingApi, contact: str) -> None:
    good = InvoiceFields(contact, (Line("Good", Decimal(1), Decimal(10)),))
    bad = InvoiceFields("00000000-1111-2222-3333-444444444444", (Line("Bad", Decimal(1), Decimal(10)),))
    first, second, third = abc.create_invoices([good, bad, good])
    assert first.record is not None
    assert second.record is None
    assert second.errors
    assert third.record is not None
    assert first.record.id != third.record.id


def test_paying_and_taking_it_back(abc: AccountingApi, contact: str) -> None:
    invoice = make(abc, contact, "AUTHORISED")
    bank = next(account for account in abc.accounts() if account.can_receive)
    part = abc.create_payment(invoice.id, bank.id, TODAY, Decimal("60.00"), reference="EFT")
    assert abc.invoice(invoice.id).due == Decimal(50)
    with pytest.raises(Permanent):
        abc.create_payment(invoice.id, bank.id, TODAY, Decimal("50.01"))
    abc.create_payment(invoice.id, bank.id, TODAY, Decimal("50.00"))
    paid = abc.invoice(invoice.id)
    assert (paid.status, paid.due, paid.paid) == ("PAID", Decimal(0), Decimal(110))
    assert abc.payment(part.id).invoice_id == invoice.id
    assert part.id in {payment.id for page in abc.payments() for payment in page}
    assert abc.delete_payment(part.id).status == "DELETED"
    assert abc.invoice(invoice.id).status == "AUTHORISED"


def test_notes(abc: AccountingApi, contact: str) -> None:
    abc.add_note("Contacts", contact, "Called about the BAS")
    assert any(line.details == "Called about the BAS" for line in abc.history("Contacts", contact))


def test_time_on_a_project(road: Callable[..., Road]) -> None:
    abc = road()
    contact = abc.accounting.create_contact(ContactFields(name="Time Taker"))
    project = abc.projects.create_project(contact.id, "Hours")
    task = abc.projects.create_task(project.id, "Work", Decimal(100), "AUD")
    user = abc.projects.users()[0]
    moment = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    entry = abc.projects.create_time_entry(project.id, task.id, user.id, moment, 45, "Call")
    assert [e.minutes for e in abc.projects.time_entries(project.id)] == [45]
    assert entry.at == moment
    assert abc.projects.project(project.id).minutes_logged == 45
    abc.projects.delete_time_entry(project.id, entry.id)
    abc.projects.update_task(project.id, task.id, "Other work", Decimal(90), "AUD")
    assert abc.projects.tasks(project.id)[0].name == "Other work"
    abc.projects.delete_task(project.id, task.id)
    assert abc.projects.tasks(project.id) == []
