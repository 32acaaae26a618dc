"""Invoices written: for a request, with its time, by hand as people type, and anew."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.models import AuditEvent, TimeEntry
from tests.invoices.conftest import IN_XERO
from tests.support.pages import field, words


def id_in(response) -> str:
    found = re.search(r"/invoices/([0-9a-f-]{36})", response.location)
    assert found, response.location
    return found[1]


def test_a_request_is_billed_once(jane, rows, books, cast):
    request = rows.completed(1)[0]
    assert "Draft an invoice" in words(jane.get(f"/requests/{request.id}"))
    answer = jane.post(f"/invoices/requests/{request.id}")
    invoice = rows.invoice(id_in(answer))
    (line,) = rows.lines(invoice.id)
    assert (invoice.reference, invoice.push_state, invoice.send_as) == (request.reference, "new", "DRAFT")
    assert (invoice.due_on - invoice.issued_on).days == 14
    assert (line.quantity, line.unit_amount) == (1, request.price)
    assert (line.account_id, line.tax_rate_id) == (books["200"], books["OUTPUT"])
    assert (line.tracking_option_id is not None) == (request.office_id is not None)
    assert invoice.tax == (request.price / 10).quantize(Decimal("0.01"))
    assert invoice.total == request.price + invoice.tax
    page = words(jane.get(f"/invoices/{invoice.id}"))
    assert "Nothing is in the way. It is sent as a draft." in page
    assert "200 Accounting Fees · GST on Income" in page

    again = jane.post(f"/invoices/requests/{request.id}")
    assert "is billed already, by an invoice that is not sent yet" in words(jane.get(again.location))
    assert len(rows.of_request(request.id)) == 1
    # Given up, it can be billed again; whoever has the old page before them is told.
    assert jane.post(f"/invoices/{invoice.id}/discard", {"revision": "7"}).status_code == 409
    jane.post(f"/invoices/{invoice.id}/discard", {"revision": "1"})
    assert rows.invoice(invoice.id).ended_at
    assert id_in(jane.post(f"/invoices/requests/{request.id}")) != str(invoice.id)
    acts = cast.read(cast.abc, select(AuditEvent.what).where(AuditEvent.subject_id == invoice.id))
    assert sorted(acts) == ["invoice.discarded", "invoice.drafted"]


def test_time_is_billed_once_and_free_again_when_its_line_goes(jane, rows, books, cast):
    request = rows.completed(1)[0]
    rows.worked(
        request.id,
        ("Prepare return", 50, "165.00"),
        ("Prepare return", 50, "165.00"),
        ("Review", 20, "220.00"),
    )
    page = words(jane.get(f"/requests/{request.id}"))
    # 100 minutes are 1.6667 h at 165, and 20 are 0.3333 h at 220.
    assert "2 h not billed yet, $348.34 without tax" in page
    invoice_id = id_in(jane.post(f"/invoices/requests/{request.id}", {"what": "both"}))
    price, prepared, reviewed = rows.lines(invoice_id)
    assert price.line_amount == request.price
    assert (prepared.description, prepared.quantity) == ("Prepare return: 1 h 40 min", Decimal("1.6667"))
    assert (prepared.line_amount, reviewed.line_amount) == (Decimal("275.01"), Decimal("73.33"))
    assert "not billed yet" not in words(jane.get(f"/requests/{request.id}#time"))

    # The line of the review is taken away: only its time is free.
    form = jane.get(f"/invoices/{invoice_id}/edit")
    kept = {f"lines-{place}-id": field(form, f"lines-{place}-id") for place in (0, 1)}
    fields = {f"lines-{place}-{key}": field(form, f"lines-{place}-{key}") for place in (0, 1) for key in KEYS}
    jane.post(f"/invoices/{invoice_id}/edit", {**kept, **fields, "revision": "1", "track": "y"})
    assert [line.id for line in rows.lines(invoice_id)] == [price.id, prepared.id]
    assert cast.read(cast.abc, select(TimeEntry.task_name).where(TimeEntry.invoice_id.is_(None))) == [
        "Review"
    ]
    assert "20 min not billed yet" in words(jane.get(f"/requests/{request.id}"))


KEYS = ("description", "quantity", "unit_amount", "service_id", "account_id", "tax_rate_id", "office_id")


def test_by_hand_as_people_type(jane, rows, books, cast):
    client = cast.client(cast.abc, "Daniel Okafor")
    service = cast.service(cast.abc, "BAS")
    assert "Daniel Okafor" in words(jane.get("/invoices/new?q=Okafor"))
    page = jane.get(f"/invoices/new?client={client.id}")
    begin = {"client_id": str(client.id), "issued_on": field(page, "issued_on"), "track": "y"}
    wrong = {
        **begin,
        "due_on": "2001-01-01",
        "lines-0-description": "Advice",
        "lines-0-quantity": "two",
        "lines-0-unit_amount": "450,50",
        "lines-1-description": "",
        "lines-2-unit_amount": "10",
        "lines-3-service_id": str(service.id),
        "lines-3-account_id": str(client.id),
    }
    told = jane.post("/invoices/new", wrong)
    said = words(told)
    assert told.status_code == 422
    assert "The quantity must be a number, such as 2 or 1,250.50." in said
    assert "The price must be a number" in said
    assert "Write what the line is for, or choose a service." in said
    assert "The organisation has no such account." in said
    assert "It would be due before its own date." in said
    assert field(told, "lines-0-unit_amount") == "450,50"
    more = jane.post("/invoices/new", {**wrong, "do": "add"})
    assert more.status_code == 200
    assert 'name="lines-6-description"' in more.text
    gone = jane.post("/invoices/new", {**wrong, "do": "remove-0"})
    assert field(gone, "lines-0-unit_amount") == ""

    right = {
        **begin,
        "due_on": begin["issued_on"],
        "line_amounts": "Inclusive",
        "lines-0-description": "Advice\non a trust",
        "lines-0-quantity": "2.5",
        "lines-0-unit_amount": "$1,250.50",
        "lines-0-discount_rate": "10",
        "lines-0-account_id": str(books["210"]),
        "lines-0-tax_rate_id": str(books["EXEMPTOUTPUT"]),
        "lines-1-service_id": str(service.id),
        "lines-2-description": "Thank you",
        "lines-2-unit_amount": "-20",
    }
    invoice = rows.invoice(id_in(jane.post("/invoices/new", right)))
    advice, bas, less = rows.lines(invoice.id)
    assert re.fullmatch(r"ABC-I\d{4}", invoice.reference)
    assert (advice.line_amount, advice.tax_amount) == (Decimal("2813.63"), 0)
    assert (bas.description, bas.quantity, bas.unit_amount) == ("BAS", 1, service.base_price)
    assert (bas.account_id, bas.tax_amount) == (books["200"], Decimal("25.00"))
    assert less.line_amount == -20
    assert invoice.total == Decimal("2813.63") + service.base_price - 20
    assert invoice.subtotal + invoice.tax == invoice.total


@pytest.mark.parametrize("state", ["new", "in Xero"])
def test_changed_while_it_is_a_draft(jane, rows, books, cast, state):
    invoice_id = id_in(jane.post(f"/invoices/requests/{rows.completed(1)[0].id}"))
    if state == "in Xero":
        rows.set(invoice_id, **IN_XERO, xero_status="DRAFT")
    (line,) = rows.lines(invoice_id)
    page = jane.get(f"/invoices/{invoice_id}/edit")
    posted = {
        "revision": field(page, "revision"),
        "lines-0-description": "Something new before it",
        "lines-0-unit_amount": "5",
        "lines-0-account_id": str(books["200"]),
        "lines-1-id": str(line.id),
        "lines-1-unit_amount": "100.125",
        "lines-1-service_id": str(line.service_id),
        "lines-1-account_id": str(books["260"]),
    }
    assert jane.post(f"/invoices/{invoice_id}/edit", posted).status_code == 302
    new, kept = rows.lines(invoice_id)
    assert (kept.id, kept.line_amount, kept.account_id) == (line.id, Decimal("100.13"), books["260"])
    assert new.position == 0
    invoice = rows.invoice(invoice_id)
    assert (invoice.revision, invoice.change) == (2, None if state == "new" else "update")
    # Mike's page is older: he is told, and what Jane wrote stands.
    late = jane.post(f"/invoices/{invoice_id}/edit", {**posted, "lines-0-unit_amount": "6"})
    assert late.status_code == 409
    assert "Somebody else has changed this invoice" in words(late)
    assert rows.lines(invoice_id)[0].unit_amount == 5
    rows.set(invoice_id, **IN_XERO, xero_status="AUTHORISED", change=None)
    approved = jane.get(f"/invoices/{invoice_id}/edit", follow_redirects=True)
    assert "is approved in Xero, so its lines stay" in words(approved)
