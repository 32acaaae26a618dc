"""The demonstration's books: the invoices of the past say the same here and in the simulator."""

from collections import Counter
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.models import Invoice, InvoiceLine, InvoicePayment, Operation, ServiceRequest


@pytest.mark.parametrize(("practice", "organisation"), [("abc", "ABC Pty Ltd"), ("smith", "Smith & Co")])
def test_both_sides_agree_to_the_cent(cast, databases, practice, organisation):
    company_id, theirs = getattr(cast, practice), databases.told[organisation]
    ours = cast.read(company_id, select(Invoice))
    sent = {one.xero_invoice_id: one for one in ours if one.push_state == "sent"}
    assert sent.keys() == {one["InvoiceID"] for one in theirs["invoices"]}
    for told in theirs["invoices"]:
        one = sent[told["InvoiceID"]]
        assert one.difference == 0
        assert one.total == Decimal(str(told["Total"]))
        assert (one.xero_status, one.xero_number) == (told["Status"], told["InvoiceNumber"])
        assert one.xero_due == Decimal(str(told["AmountDue"]))
        assert told["Url"].endswith(str(one.id))
        assert told["Date"] == one.issued_on.isoformat()
    paid = cast.read(company_id, select(InvoicePayment))
    assert Counter(one.xero_payment_id for one in paid) == Counter(
        one["PaymentID"] for one in theirs["payments"]
    )
    assert sum(one.amount for one in paid) == sum(Decimal(str(one["Amount"])) for one in theirs["payments"])
    lines = {one.xero_line_id for one in cast.read(company_id, select(InvoiceLine)) if one.xero_line_id}
    assert lines == {line["LineItemID"] for one in theirs["invoices"] for line in one["LineItems"]}
    settled = {one.service_request_id for one in ours if one.xero_status == "PAID"}
    marked = cast.read(company_id, select(ServiceRequest.id).where(ServiceRequest.paid_on.is_not(None)))
    assert settled == set(marked)


def test_there_is_something_of_everything_and_something_left_to_do(cast):
    ours = cast.read(cast.abc, select(Invoice))
    states = Counter(one.xero_status or one.push_state for one in ours)
    assert {"new", "DRAFT", "SUBMITTED", "AUTHORISED", "PAID"} <= states.keys()
    assert any(one.xero_paid and one.xero_due for one in ours), "part paid"
    assert any(
        one.xero_status == "AUTHORISED" and one.due_on < max(x.issued_on for x in ours) for one in ours
    )
    billed = {one.service_request_id for one in ours}
    done = cast.read(cast.abc, select(ServiceRequest).where(ServiceRequest.status == "completed"))
    assert len([one for one in done if one.id not in billed]) >= 4
    assert not cast.read(cast.abc, select(Operation).where(Operation.kind.like("invoice%")))
