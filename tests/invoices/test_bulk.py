"""Many requests billed at once: checked first, written and sent in one go, told one by one."""

import re

from sqlalchemy import select, update

from app.extensions import db
from app.models import Invoice, Operation, ServiceRequest, XeroListEntry
from app.sync.operations import SEND_INVOICES
from app.tenancy import company_scope
from tests.support.chart import keep_books
from tests.support.pages import words


def test_checked_then_billed_then_watched(app, jane, rows, cast, no_invoices):
    keep_books(app, cast.abc, leave_out="BAS")
    five = rows.completed(5)
    ids = [str(one.id) for one in five]
    bas = sum(one.service_id == cast.service(cast.abc, "BAS").id for one in five)
    assert "without tax" in words(jane.get("/invoices/bill"))
    check = jane.post("/invoices/bill", {"ids": ids, "what": "price"})
    said = words(check)
    assert "Bill 5 requests" in said
    assert "Nothing is written yet" in said
    assert "200 Accounting Fees · GST on Income" in said
    if bas:
        assert f"{bas} invoice{'' if bas == 1 else 's'} will wait for what is missing" in said
        assert "It is not known yet to which account “BAS” is charged" in said
    assert cast.read(cast.abc, select(Invoice).where(Invoice.service_request_id.in_(ids))) == []
    assert re.findall(r'name="ids" value="([0-9a-f-]{36})"', check.text)

    answer = jane.post("/invoices/bill/confirmed", {"ids": ids, "what": "price", "send": "1"})
    made = cast.read(cast.abc, select(Invoice).where(Invoice.service_request_id.in_(ids)))
    assert len(made) == 5
    assert {one.push_state for one in made} == {"to_send"}
    assert {one.created_at for one in made} == {made[0].created_at}
    assert sum(one.subtotal for one in made) == sum(one.price for one in five)
    page = jane.get(answer.location)
    assert "5 invoices sent" in words(page)
    assert 'hx-trigger="every 2s"' in page.text
    assert len(cast.read(cast.abc, select(Operation.id).where(Operation.kind == SEND_INVOICES))) == 1
    # Again: nothing is billed twice, and each is named.
    again = jane.post("/invoices/bill/confirmed", {"ids": ids, "what": "price", "send": "1"})
    assert "is billed already" in words(jane.get(again.location))
    assert len(cast.read(cast.abc, select(Invoice.id).where(Invoice.service_request_id.in_(ids)))) == 5
    assert not set(ids) & set(re.findall(r"[0-9a-f-]{36}", jane.get("/invoices/bill").text))


def test_all_that_match_are_drafted_and_sent_later(app, jane, rows, books, cast):
    service = cast.service(cast.abc, "Bookkeeping")
    wanted = select(ServiceRequest).where(
        ServiceRequest.status == "completed", ServiceRequest.service_id == service.id
    )
    matching = cast.read(cast.abc, wanted)
    with app.app_context(), company_scope(cast.abc):
        free = {"price": 0}
        db.session.execute(update(ServiceRequest).where(ServiceRequest.id == matching[0].id).values(free))
        db.session.commit()
    form = {"all_matching": "1", "service": str(service.id), "what": "price", "ids": ["x"]}
    check = jane.post("/invoices/bill", form)
    ids = re.findall(r'name="ids" value="([0-9a-f-]{36})"', check.text)
    assert set(ids) == {str(one.id) for one in matching[1:]}
    assert f"The price of {matching[0].reference} is 0" in words(check)
    answer = jane.post("/invoices/bill/confirmed", {"ids": ids, "what": "price", "send": "0"})
    assert "nothing is in Xero" in words(jane.get(answer.location))
    drafts = cast.read(cast.abc, select(Invoice).where(Invoice.service_request_id.in_(ids)))
    assert {one.push_state for one in drafts} == {"new"}

    # The account is archived meanwhile: the page before sending says so, and that they go on by themselves.
    with app.app_context(), company_scope(cast.abc):
        gone = {"status": "ARCHIVED"}
        db.session.execute(update(XeroListEntry).where(XeroListEntry.id == books["200"]).values(gone))
        db.session.commit()
    picked = {"invoices": [str(one.id) for one in drafts]}
    said = words(jane.post("/invoices/send", picked))
    assert f"{len(drafts)} invoices will wait for what is missing" in said
    assert "was archived in Xero" in said
    jane.post("/invoices/send/confirmed", picked)
    assert {rows.invoice(one.id).push_state for one in drafts} == {"to_send"}
    told = words(jane.get(jane.post("/invoices/send/confirmed", picked).location))
    assert "is on its way to Xero already" in told


def test_nothing_or_too_much(jane, books):
    for path in ("/invoices/bill", "/invoices/bill/confirmed"):
        answer = jane.post(path, {"ids": ["", "x"], "what": "price", "service": ""})
        assert "Choose at least one request. Nothing was changed." in words(jane.get(answer.location))
    answer = jane.post("/invoices/send", {})
    assert "Choose at least one invoice. Nothing was changed." in words(jane.get(answer.location))
    assert "Nothing to show" in words(jane.get("/invoices/sent?drafted=2026-01-01&asked=x"))
