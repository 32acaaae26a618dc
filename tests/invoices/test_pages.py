"""The list, the page of one invoice, who may do what, and that nobody sees another practice's."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Invoice, InvoicePayment, Operation, now
from app.sync.operations import CHANGE_INVOICE, READ_INVOICES, SEND_INVOICES
from app.tenancy import company_scope
from tests.invoices.conftest import IN_XERO
from tests.invoices.test_drafting import id_in
from tests.support.chart import keep_books
from tests.support.pages import links, words
from tests.support.statements import counted_statements


@pytest.fixture
def six(jane, rows, books) -> list[Invoice]:
    """Not sent; draft in Xero; awaiting payment; overdue; part paid; paid."""
    ids = [id_in(jane.post(f"/invoices/requests/{one.id}")) for one in rows.completed(6)]
    today = datetime.now(ZoneInfo("Australia/Sydney")).date()
    sent = {**IN_XERO, "xero_due_on": today + timedelta(days=9)}
    total = [rows.invoice(one).total for one in ids]
    states = [
        {"xero_status": "DRAFT"},
        {"xero_status": "AUTHORISED", "xero_due": total[2], "xero_paid": 0},
        {
            "xero_status": "AUTHORISED",
            "xero_due": total[3],
            "xero_due_on": today - timedelta(days=3),
            "due_on": today - timedelta(days=3),
        },
        {"xero_status": "AUTHORISED", "xero_due": total[4] - 100, "xero_paid": 100},
        {
            "xero_status": "PAID",
            "xero_due": 0,
            "xero_paid": total[5],
            "xero_total": total[5] + Decimal("0.01"),
        },
    ]
    for place, state in enumerate(states, 1):
        ours = {"xero_invoice_id": f"in-xero-{place}", "xero_number": f"INV-{place:04d}"}
        rows.set(ids[place], **{**sent, "xero_total": total[place], **ours, **state})
    return [rows.invoice(one) for one in ids]


def test_the_list(app, jane, six, cast):
    page = words(jane.get("/invoices"))
    for said in (
        "Not sent",
        "Draft in Xero",
        "Awaiting payment",
        "Overdue",
        "Part paid",
        "Paid",
        "3 days late",
    ):
        assert said in page
    owed = sum((one.xero_due for one in six[2:5]), Decimal(0))
    assert f"${owed:,.2f} still to be paid, ${six[3].xero_due:,.2f} overdue" in page
    # A total that differs is told beside ours.
    assert f"ours: ${six[5].total:,.2f}" in page

    def listed(query: str) -> set[str]:
        return {
            one.rsplit("/", 1)[1]
            for one in links(jane.get(f"/invoices?{query}"), "/invoices/")
            if len(one) == 46
        }

    ids = [str(one.id) for one in six]
    assert listed("status=new") == {ids[0]}
    assert listed("status=owed") == set(ids[2:5])
    assert listed("status=overdue") == listed("due=late") == {ids[3]}
    assert listed("status=part_paid") == {ids[4]}
    assert listed("status=counted") == set(ids[2:])
    assert listed("q=inv-0002") == {ids[2]}
    assert listed(f"q={six[1].reference.removeprefix('ABC-')}") == {ids[1]}
    assert ids[0] in listed(f"client={six[0].client_id}")
    client = cast.client(cast.abc)
    assert {one.id for one in six if one.client_id == client.id} <= {
        one.id for one in six if str(one.id) in listed(f"q={client.name.split()[0]}")
    }
    assert listed("office=none&q=zzz") == set()
    # Of what is owed, the oldest debt comes first.
    (first, *_) = [one for one in links(jane.get("/invoices?status=owed"), "/invoices/") if len(one) == 46]
    assert first.endswith(ids[3])
    jane.get("/invoices")
    with counted_statements(app) as seen:
        jane.get("/invoices")
    assert len(seen) <= 7, seen


def test_one_sent_changed_and_paid(jane, alice, rows, books, cast):
    request = rows.completed(1)[0]
    invoice_id = id_in(jane.post(f"/invoices/requests/{request.id}"))
    check = words(jane.get(f"/invoices/{invoice_id}/send"))
    assert "1 invoice to ABC Pty Ltd, as a draft: about" in check
    assert "Nothing is sent yet" in check
    jane.post(f"/invoices/{invoice_id}/send", {"revision": "1"})
    assert "On its way to Xero" in words(jane.get(f"/invoices/{invoice_id}"))
    assert cast.read(cast.abc, select(Operation.kind).where(Operation.kind == SEND_INVOICES)) == [
        SEND_INVOICES
    ]
    told = jane.post(f"/invoices/{invoice_id}/edit", {"revision": "1", "lines-0-unit_amount": "1"})
    assert "is being sent to Xero" in words(told)
    jane.post(f"/invoices/{invoice_id}/take-back", {"revision": "1"})
    assert rows.invoice(invoice_id).push_state == "new"

    rows.set(invoice_id, **IN_XERO, xero_status="DRAFT")
    version = jane.get(f"/invoices/{invoice_id}").text.split("/state?seen=")[1][:16]
    state = f"/invoices/{invoice_id}/state?seen={version}"
    assert jane.get(state, headers={"HX-Request": "true"}).status_code == 204
    rows.set(invoice_id, xero_status="SUBMITTED")
    assert jane.get(state, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    # Only an admin approves.
    assert "Approve" not in words(jane.get(f"/invoices/{invoice_id}"))
    assert jane.post(f"/invoices/{invoice_id}/authorise", {"revision": "1"}).status_code == 403
    assert jane.post(f"/invoices/{invoice_id}/void", {"revision": "1"}).status_code == 403
    assert alice.post(f"/invoices/{invoice_id}/void", {"revision": "1"}).status_code == 409
    assert alice.post(f"/invoices/{invoice_id}/authorise", {"revision": "1"}).status_code == 302
    assert rows.invoice(invoice_id).change == "authorise"
    assert cast.read(cast.abc, select(Operation.kind).where(Operation.kind == CHANGE_INVOICE))

    total = rows.invoice(invoice_id).total
    paid = {
        "xero_status": "PAID",
        "change": None,
        "xero_total": total - 1,
        "xero_due": 0,
        "xero_paid": total - 1,
    }
    rows.set(invoice_id, **paid, xero_paid_on=now().date())
    with_payment(rows, cast, invoice_id, total - 1)
    page = words(alice.get(f"/invoices/{invoice_id}"))
    assert "Xero’s total differs from ours by $1.00" in page
    assert "Bank transfer" in page
    assert "Void" not in page
    jane.post(f"/invoices/{invoice_id}/status")
    assert cast.read(cast.abc, select(Operation.kind).where(Operation.kind == READ_INVOICES))


def with_payment(rows, cast, invoice_id, amount) -> None:
    with rows.app.app_context(), company_scope(cast.abc):
        payment = InvoicePayment(
            invoice_id=invoice_id,
            xero_payment_id="p",
            paid_on=now().date(),
            amount=amount,
            reference="Bank transfer",
        )
        db.session.add(payment)
        db.session.commit()


def test_not_connected_says_so(browser, cast):
    nina = browser("admin@xyz.test")
    assert "Xero is not connected" in words(nina.get("/invoices"))
    assert "Xero is not connected" in words(nina.get("/invoices/bill"))
    client = cast.client(cast.xyz)
    answer = nina.get(f"/invoices/new?client={client.id}", follow_redirects=True)
    assert "A practice admin connects it under Settings" in words(answer)


def test_nobody_elses(app, browser, jane, rows, books, cast):
    keep_books(app, cast.smith)
    priya, hannah = browser("priya@smith.test"), browser("client@abc.test")
    invoice_id = id_in(jane.post(f"/invoices/requests/{rows.completed(1)[0].id}"))
    for path in ("", "/edit", "/send", "/state"):
        assert priya.get(f"/invoices/{invoice_id}{path}").status_code == 404
        assert hannah.get(f"/invoices/{invoice_id}{path}").status_code == 404
    posts = ("discard", "send", "take-back", "submit", "authorise", "void", "delete", "status", "edit")
    for path in posts:
        assert priya.post(f"/invoices/{invoice_id}/{path}", {"revision": "1"}).status_code in {403, 404}
    assert hannah.get("/invoices").status_code == 404
    assert "0 invoices" in words(priya.get("/invoices?status=new"))
    # Ids of another practice in a form are as if they were not there.
    assert "There is nothing to send" in words(priya.post("/invoices/send", {"invoices": [invoice_id]}))
    priya.post("/invoices/send/confirmed", {"invoices": [invoice_id]})
    service = cast.service(cast.abc, "BAS")
    ours = {
        "client_id": str(cast.client(cast.smith).id),
        "lines-0-service_id": str(service.id),
        "lines-0-account_id": str(books["200"]),
        "lines-0-unit_amount": "1",
        "lines-0-description": "x",
    }
    told = words(priya.post("/invoices/new", ours))
    assert "There is no such service in your practice." in told
    assert "The organisation has no such account." in told
    assert rows.invoice(invoice_id).push_state == "new"
