"""What a client sees of invoices: their own, once they are approved, with the way to pay."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.extensions import db
from app.models import Client, Connection, Invoice, now
from app.tenancy import company_scope
from tests.support.pages import words


def invoice(app, company_id, client_id, number: str, status: str, **more) -> None:
    today = datetime.now(ZoneInfo("Australia/Sydney")).date()
    with app.app_context(), company_scope(company_id):
        row = {
            "connection_id": db.session.scalars(select(Connection.id)).first(),
            "client_id": client_id,
            "reference": f"R-{number}",
            "currency": "AUD",
            "issued_on": today - timedelta(days=30),
            "due_on": today + timedelta(days=20),
            "subtotal": 100,
            "tax": 10,
            "total": 110,
            "created_by": "Jane Doe",
            "push_state": "sent",
            "xero_invoice_id": number,
            "xero_number": number,
            "xero_status": status,
            "xero_total": 110,
            "xero_due": 110,
            **more,
        }
        db.session.add(Invoice(**row))
        db.session.commit()


def test_their_own_and_no_drafts(app, browser, cast, no_invoices):
    hannah = cast.member(cast.abc, "Hannah").client_id
    other = next(one.id for one in cast.read(cast.abc, select(Client)) if one.id != hannah)
    mine = browser("client@abc.test")
    request = cast.request(cast.abc, client_id=hannah)
    assert "No invoices yet" in words(mine.get("/portal/invoices"))
    link = {"online_url": "https://in.xero.test/abc"}
    invoice(app, cast.abc, hannah, "INV-OPEN", "AUTHORISED", **link, service_request_id=request.id)
    invoice(app, cast.abc, hannah, "INV-LATE", "AUTHORISED", due_on=now().date() - timedelta(days=9))
    invoice(app, cast.abc, hannah, "INV-PART", "AUTHORISED", xero_paid=60, xero_due=50)
    invoice(app, cast.abc, hannah, "INV-PAID", "PAID", xero_paid=110, xero_due=0, xero_paid_on=now().date())
    invoice(app, cast.abc, hannah, "INV-VOID", "VOIDED", ended_at=now())
    invoice(app, cast.abc, hannah, "INV-DRAFT", "DRAFT")
    invoice(app, cast.abc, hannah, "INV-CHECK", "SUBMITTED")
    invoice(app, cast.abc, other, "INV-OTHER", "AUTHORISED")
    page = mine.get("/portal/invoices")
    said = words(page)
    for shown in ("INV-OPEN", "INV-LATE", "INV-PART", "INV-PAID", "INV-VOID"):
        assert shown in said
    for hidden in ("INV-DRAFT", "INV-CHECK", "INV-OTHER"):
        assert hidden not in said
    assert "Please pay $110.00 by" in said
    assert "$110.00 was due on" in said
    assert "Part of it is paid. Please pay $50.00 by" in said
    assert "Thank you." in said
    assert "There is nothing to pay." in said
    assert page.text.count("https://in.xero.test/abc") == 1
    of_request = words(mine.get(f"/portal/requests/{request.id}"))
    assert "INV-OPEN" in of_request
    assert "INV-LATE" not in of_request
    assert browser("jane@abc.test").get("/portal/invoices").status_code == 404
