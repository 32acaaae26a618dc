"""Revenue by office and service: what counts, by which months, currency by currency, to the cent."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import delete, select

from app.extensions import db
from app.invoices import revenue
from app.invoices.revenue import Period, month_after, months_before
from app.models import Client, Connection, Invoice, InvoiceLine, InvoicePayment, Office, Service, now
from app.tenancy import company_scope
from tests.support.pages import links, words

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


class Books:
    """Writes a practice's invoices as they would stand after Xero told of them."""

    def __init__(self, app, company_id) -> None:
        self.app, self.company_id = app, company_id
        with app.app_context(), company_scope(company_id):
            for table in (InvoicePayment, InvoiceLine, Invoice):
                db.session.execute(delete(table))
            self.connection_id = db.session.scalars(select(Connection.id)).one()
            self.client_id = db.session.scalars(select(Client.id).limit(1)).one()
            self.offices = {office.name: office.id for office in db.session.scalars(select(Office))}
            self.services = {service.name: service.id for service in db.session.scalars(select(Service))}
            db.session.commit()

    def invoice(
        self, day, *lines, status="AUTHORISED", currency="AUD", line_amounts="Exclusive", theirs=None
    ):
        """Lines: office, service, line amount, tax; `theirs`: Xero's subtotal where it is not ours."""
        tax = sum((Decimal(line[3]) for line in lines), Decimal(0))
        amounts = sum((Decimal(line[2]) for line in lines), Decimal(0))
        net = amounts - tax if line_amounts == "Inclusive" else amounts
        known = {"xero_invoice_id": str(uuid4()), "push_state": "sent"} if status else {"push_state": "new"}
        with self.app.app_context(), company_scope(self.company_id):
            invoice = Invoice(
                id=uuid4(),
                connection_id=self.connection_id,
                client_id=self.client_id,
                reference=f"R-{uuid4()}",
                line_amounts=line_amounts,
                currency=currency,
                issued_on=day,
                due_on=day,
                subtotal=net,
                tax=tax,
                total=net + tax,
                created_by="Alice Carter",
                xero_status=status,
                xero_subtotal=theirs or net,
                ended_at=now() if status in {"VOIDED", "DELETED"} else None,
                **known,
            )
            db.session.add(invoice)
            db.session.flush()
            for position, (office, service, amount, its_tax) in enumerate(lines):
                db.session.add(
                    InvoiceLine(
                        invoice_id=invoice.id,
                        position=position,
                        description=service or "By hand",
                        quantity=Decimal(1),
                        unit_amount=Decimal(amount),
                        office_id=self.offices[office] if office else None,
                        service_id=self.services[service] if service else None,
                        line_amount=Decimal(amount),
                        tax_amount=Decimal(its_tax),
                    )
                )
            db.session.commit()

    def revenue(self, first, last):
        with self.app.app_context(), company_scope(self.company_id):
            return revenue.read_revenue(Period(first, last))


@pytest.fixture
def books(app, cast) -> Books:
    return Books(app, cast.abc)


def sums(parts):
    return {part.name: part.net for part in parts}


def test_what_counts_and_what_does_not(books, cast, app):
    books.invoice(
        date(2026, 7, 31), ("Sydney", "BAS", "275.00", "27.50"), ("Newcastle", "BAS", "100.10", "10.01")
    )
    books.invoice(date(2026, 8, 1), ("Sydney", "Company Tax", "1850.00", "185.00"), status="PAID")
    books.invoice(AUGUST, ("Sydney", "BAS", "330.00", "30.00"), line_amounts="Inclusive")
    books.invoice(AUGUST, (None, None, "-0.05", "0.00"), line_amounts="NoTax")
    for status in (None, "DRAFT", "SUBMITTED", "VOIDED", "DELETED"):
        books.invoice(AUGUST, ("Sydney", "BAS", "9999.00", "999.90"), status=status)
    books.invoice(date(2026, 6, 30), ("Sydney", "BAS", "1.00", "0.10"))
    books.invoice(date(2026, 9, 1), ("Sydney", "BAS", "1.00", "0.10"))
    books.invoice(AUGUST, ("Newcastle", "BAS", "80.00", "0.00"), currency="NZD")
    Books(app, cast.smith).invoice(AUGUST, ("Bendigo", "BAS", "7.00", "0.70"))

    ours, zealand = books.revenue(JULY, AUGUST)
    assert (ours.currency, ours.net, ours.invoices) == ("AUD", Decimal("2525.05"), 4)
    assert sums(ours.offices) == {
        "Sydney": Decimal("2425.00"),
        "Newcastle": Decimal("100.10"),
        "No office": Decimal("-0.05"),
    }
    assert sums(ours.services) == {
        "Company Tax": Decimal("1850.00"),
        "BAS": Decimal("675.10"),
        "No service": Decimal("-0.05"),
    }
    assert ours.offices[0].months == (Decimal("275.00"), Decimal("2150.00"))
    assert [part.name for part in ours.offices][-1] == "No office"
    assert (zealand.currency, zealand.net) == ("NZD", Decimal("80.00"))
    assert (ours.difference, ours.differing) == (0, 0)
    assert [one.net for one in books.revenue(JULY, JULY)] == [Decimal("375.10")]


def test_months_are_counted_over_the_years():
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)
    assert months_before(date(2026, 1, 1), 1) == date(2025, 12, 1)
    assert months_before(date(2026, 11, 1), 11) == date(2025, 12, 1)
    assert len(Period(date(2025, 12, 1), date(2026, 11, 1)).months) == 12
    assert Period(date(2026, 2, 1), date(2026, 2, 1)).end == date(2026, 3, 1)


def test_the_page_and_its_file(books, browser, cast):
    today = now().date()
    month = today.replace(day=1)
    books.invoice(month, ("Sydney", "BAS", "275.00", "27.50"), ("Newcastle", "BAS", "100.10", "10.01"))
    books.invoice(months_before(month, 2), ("Sydney", None, "1000.00", "100.00"), theirs=Decimal("1000.01"))
    books.invoice(month, ("Sydney", "BAS", "80.00", "0.00"), currency="NZD")
    alice = browser("admin@abc.test")
    page = alice.get("/revenue")
    said = words(page)
    assert "Net of tax $1,375.10" in said
    assert "Xero’s sums differ by $0.01" in said
    assert "In other currencies, which are not added: NZD80.00" in said
    assert f"Most in {months_before(month, 2):%B %Y}: $1,000.00." in said
    assert "No service" in said
    assert b"<svg" in page.data

    (office,) = [link for link in links(page, "/invoices?") if str(books.offices["Newcastle"]) in link]
    assert "status=counted" in office
    assert f"from={months_before(month, 11)}" in office
    assert "service=none" in "".join(links(page, "/invoices?"))

    only = words(alice.get(f"/revenue?from={month:%Y-%m}&to={month:%Y-%m}"))
    assert "Net of tax $375.10" in only
    assert "Xero’s sums differ" not in only
    other = words(alice.get("/revenue?currency=NZD"))
    assert "80.00" in other
    # The wrong way round is turned, and what is no month is the usual year.
    turned = alice.get(f"/revenue?from={month:%Y-%m}&to={months_before(month, 2):%Y-%m}")
    assert "Net of tax $1,375.10" in words(turned)
    assert "Net of tax $1,375.10" in words(alice.get("/revenue?from=soon&to=0000-13&currency=XXX"))

    file = alice.get(f"/revenue/export.csv?from={months_before(month, 2):%Y-%m}&to={month:%Y-%m}")
    assert file.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(file.get_data(as_text=True).lstrip("\ufeff"))))
    assert rows[0] == ["Month", "Office", "Service", "Currency", "Net of tax", "Lines"]
    assert [f"{months_before(month, 2):%Y-%m}", "Sydney", "No service", "AUD", "1000.00", "1"] == rows[1]
    assert [f"{month:%Y-%m}", "Sydney", "BAS", "NZD", "80.00", "1"] in rows


def test_empty_pages_say_which_kind_of_empty(books, browser, app, cast):
    alice = browser("admin@abc.test")
    assert "No revenue yet" in words(alice.get("/revenue"))
    assert "Not connected to Xero" in words(browser("admin@xyz.test").get("/revenue"))
    books.invoice(now().date() - timedelta(days=400), ("Sydney", "BAS", "1.00", "0.10"))
    assert "No revenue in these months" in words(alice.get("/revenue"))
    assert browser("jane@abc.test").get("/revenue").status_code == 403
    assert browser("client@abc.test").get("/revenue").status_code == 404
