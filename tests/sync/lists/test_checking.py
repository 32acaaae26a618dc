"""Invoices judged by the lists before they are sent, and brought in line when a mapping is saved."""

from decimal import Decimal

from flask import Flask
from sqlalchemy import select, update

from app.extensions import db
from app.models import Company, ContactMapping, Invoice, XeroListEntry
from app.sync.causes import CHARGE, CONTACT, OFFICE
from app.sync.invoices.checking import problem_of, problems_of
from app.sync.lists import remapping
from tests.support.books import Books
from tests.support.people import Cast
from tests.support.statements import counted_statements


def archive(books: Books, *names: str) -> None:
    """As if the lists had just been read."""
    with books.scope():
        gone = update(XeroListEntry).where(XeroListEntry.name.in_(names))
        db.session.execute(gone.values(status="ARCHIVED"))


def judged(books: Books, invoice_id) -> tuple[str | None, str, str] | None:
    with books.scope():
        problem = problem_of(db.session.scalars(select(Invoice).where(Invoice.id == invoice_id)).one())
        return (problem.kind, problem.subject, problem.sentence) if problem else None


def test_what_keeps_an_invoice_from_being_sent(cast: Cast, books: Books):
    bas, company_tax = (cast.service(cast.abc, name) for name in ("BAS", "Company Tax"))
    fees, tax_fees = (books.entry("account", name).id for name in ("Accounting Fees", "Tax Return Fees"))
    sydney_option = books.entry("tracking_option", "Sydney").id
    books.charge("BAS", "Accounting Fees", "GST on Income")
    sydney, newcastle = books.track("Sydney", "Sydney"), books.track("Newcastle", None)
    well = {"service_id": bas.id, "account_id": fees}
    fine = books.invoice(well | {"office_id": sydney, "tracking_option_id": sydney_option})
    on_purpose = books.invoice(well | {"office_id": newcastle}, well | {"office_id": sydney})
    described = books.invoice({"unit_amount": Decimal(0)})
    unmapped = books.invoice({"service_id": company_tax.id})
    approved = books.invoice(well, {}, send_as="AUTHORISED")
    by_hand = books.invoice({"account_id": tax_fees, "service_id": bas.id})
    undecided = books.invoice(well | {"office_id": office(books, "Parramatta")})
    without = books.invoice(well | {"office_id": office(books, "Parramatta")}, tracks_offices=False)
    assert judged(books, without) is None, "somebody said that this one carries none"
    assert judged(books, fine) is None
    assert judged(books, on_purpose) is None
    assert judged(books, described) is None, "a description alone may stand in a draft"
    kind, subject, sentence = judged(books, unmapped) or ("", "", "")
    assert (kind, subject) == (CHARGE, str(company_tax.id))
    assert "to which account “Company Tax” is charged" in sentence
    assert judged(books, approved) == (None, "", "Line 2 has no account. Choose one on the invoice.")
    kind, subject, _ = judged(books, undecided) or ("", "", "")
    assert (kind, subject) == (OFFICE, str(office(books, "Parramatta")))
    archive(books, "Accounting Fees", "Sydney", "Tax Return Fees")
    kind, subject, sentence = judged(books, fine) or ("", "", "")
    assert (kind, subject) == (CHARGE, str(bas.id))
    assert "the account “200 Accounting Fees”, which was archived in Xero" in sentence
    books.forget()
    books.charge("BAS", "Other Revenue")
    books.track("Sydney", "Sydney")
    assert judged(books, by_hand) == (
        None,
        "",
        "Line 1 has the account “210 Tax Return Fees”, which was archived in Xero. Choose another on the invoice.",
    ), "the mapping is in order, so only the invoice can be mended"
    with books.scope():
        assert len(remapping.remap(connection_id(books))) == 6, "all that had an archived account"
    kind, subject, sentence = judged(books, fine) or ("", "", "")
    assert (kind, subject) == (OFFICE, str(sydney))
    assert "The office “Sydney” has the tracking option “Sydney”, which was archived in Xero." in sentence
    with books.scope():
        db.session.execute(update(Company).values(track_offices=False))
        remapping.remap(connection_id(books))
    assert judged(books, fine) is None
    assert judged(books, undecided) is None


def test_a_contact_that_was_archived_and_how_many_statements(app: Flask, cast: Cast, books: Books):
    books.charge("BAS", "Accounting Fees")
    line = {
        "service_id": cast.service(cast.abc, "BAS").id,
        "account_id": books.entry("account", "Accounting Fees").id,
    }
    many = [books.invoice(line, line) for _ in range(12)]
    client = cast.client(cast.abc)
    with books.scope() as connection:
        db.session.add(
            ContactMapping(
                connection_id=connection.id,
                client_id=client.id,
                xero_contact_id="1",
                contact_name="Whitlock, H",
                found_by="person",
            )
        )
    with books.scope():
        invoices = db.session.scalars(select(Invoice).where(Invoice.id.in_(many))).all()
        with counted_statements(app) as seen:
            assert problems_of(invoices) == {}
        assert len(seen) <= 3, "lines, contacts, the practice's setting: however many there are"
        db.session.execute(update(ContactMapping).values(contact_status="ARCHIVED"))
        found = problems_of(invoices)
    assert {(one.kind, one.subject) for one in found.values()} == {(CONTACT, str(client.id))}
    assert len(found) == 12
    assert f"The contact “Whitlock, H” of “{client.name}” is archived in Xero" in found[many[0]].sentence


def test_unsent_invoices_take_over_what_can_be_used_and_keep_what_was_chosen(cast: Cast, books: Books):
    bas = cast.service(cast.abc, "BAS")
    fees, chosen = (books.entry("account", name).id for name in ("Accounting Fees", "Other Revenue"))
    gst = books.entry("tax_rate", "GST on Income").id
    gone = {"service_id": bas.id, "account_id": fees, "tax_rate_id": gst}
    by_hand = {"service_id": bas.id, "account_id": chosen, "tax_rate_id": gst}
    mixed = books.invoice(gone, by_hand, push_state="blocked")
    unmapped = books.invoice({"service_id": bas.id, "tax_amount": Decimal(0)}, subtotal=100, tax=0, total=100)
    on_its_way = books.invoice(gone, push_state="to_send", batch="now")
    books.charge("BAS", "Tax Return Fees", "GST Free Income")
    archive(books, "Accounting Fees")
    with books.scope():
        assert len(remapping.remap(connection_id(books))) == 2
        assert len(remapping.remap(connection_id(books))) == 0
    new = books.entry("account", "Tax Return Fees").id
    assert [(one.account_id, one.tax_rate_id) for one in books.lines(mixed)] == [(new, gst), (chosen, gst)]
    assert books.lines(on_its_way)[0].account_id == fees, "as it was sent"
    free = books.entry("tax_rate", "GST Free Income").id
    assert [(one.account_id, one.tax_rate_id) for one in books.lines(unmapped)] == [(new, free)]
    archive(books, "GST on Income")
    with books.scope():
        assert len(remapping.remap(connection_id(books))) == 1
    (invoice,) = cast.read(cast.abc, select(Invoice).where(Invoice.id == mixed))
    assert (invoice.subtotal, invoice.tax, invoice.total, invoice.revision) == (200, 0, 200, 3)


def office(books: Books, name: str):
    from app.models import Office

    return books.cast.read(books.company_id, select(Office.id).where(Office.name == name))[0]


def connection_id(books: Books):
    from app.models import Connection

    return db.session.scalars(select(Connection.id)).one()
