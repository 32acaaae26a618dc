"""Invoices changed in Xero: contents while a draft, the next status, the end; and what Xero no longer takes."""

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import delete, update

from app.errors import WrongState
from app.extensions import db
from app.models import Invoice, InvoiceLine
from app.sync import operations
from app.sync.invoices import asking
from tests.sync.contacts.practice import BY
from tests.sync.invoices.practice import HOUR, Books


def rewrite(books: Books, invoice_id, *prices: str, keep: int = 1) -> None:
    """As the page does: the first `keep` lines stay the same lines, others are new; our totals go with them."""
    net = sum((Decimal(price) for price in prices), Decimal(0))
    tax = (net / 10).quantize(Decimal("0.01"))
    with books.scope():
        lines = InvoiceLine.invoice_id == invoice_id
        db.session.execute(delete(InvoiceLine).where(lines, InvoiceLine.position > keep))
        for position, price in enumerate(prices, 1):
            values = {"unit_amount": Decimal(price), "line_amount": Decimal(price)}
            if position <= keep:
                db.session.execute(
                    update(InvoiceLine).where(lines, InvoiceLine.position == position).values(**values)
                )
            else:
                db.session.add(
                    InvoiceLine(
                        id=uuid4(),
                        invoice_id=invoice_id,
                        position=position,
                        description=f"New {position}",
                        quantity=Decimal(1),
                        tax_amount=Decimal(price) / 10,
                        account_id=books.lists["220"],
                        tax_rate_id=books.lists["OUTPUT"],
                        **values,
                    )
                )
        totals = {"subtotal": net, "tax": tax, "total": net + tax, "revision": Invoice.revision + 1}
        db.session.execute(update(Invoice).where(Invoice.id == invoice_id).values(**totals))
        db.session.commit()


def told(books: Books, invoice_id) -> tuple[str | None, str | None, str | None]:
    found = books.invoice(invoice_id)
    return found.xero_status, found.change, found.change_error


def test_contents_change_while_it_is_a_draft_and_lines_stay_the_same_lines(books: Books):
    [invoice_id] = books.write(books.clients("Changeable"), [HOUR, HOUR, HOUR])
    books.send([invoice_id])
    before = [line["LineItemID"] for line in books.theirs_of(invoice_id)["LineItems"]]

    rewrite(books, invoice_id, "90.005", "10.00", "5.00", keep=2)
    for price, kind in enumerate((None, "drop_before", "drop_after", "500_after", "truncated"), 20):
        if kind:
            books.simulator.fault(kind, path="/Invoices/", method="POST", count=1)
            rewrite(books, invoice_id, "90.005", f"{price}.00", "5.00", keep=3)
        books.change_ours(invoice_id, "update")
        lines = books.theirs_of(invoice_id)["LineItems"]
        assert [line["LineItemID"] for line in lines[:2]] == before[:2], kind
        assert lines[2]["LineItemID"] not in before
        ours = books.invoice(invoice_id)
        assert told(books, invoice_id) == ("DRAFT", None, None), kind
        assert [line.xero_line_id for line in ours.lines] == [line["LineItemID"] for line in lines]
        assert [Decimal(str(line["UnitAmount"])) for line in lines] == [
            line.unit_amount for line in ours.lines
        ]
    assert len(books.held()) == 1

    # Somebody edits it in Xero meanwhile: told, and theirs stays until it is saved here again.
    books.set_there(invoice_id, Reference="Changed there")
    rewrite(books, invoice_id, "77.00", keep=1)
    books.change_ours(invoice_id, "update")
    status, wish, said = told(books, invoice_id)
    assert (status, wish) == ("DRAFT", "update")
    assert "changed in Xero since it was read last" in str(said)
    assert books.theirs_of(invoice_id)["Reference"] == "Changed there"
    with pytest.raises(WrongState, match="has not reached Xero"):
        books.change_ours(invoice_id, "authorise")
    books.change_ours(invoice_id, "update")
    assert told(books, invoice_id) == ("DRAFT", None, None)
    theirs = books.theirs_of(invoice_id)
    assert (theirs["Reference"], Decimal(str(theirs["Total"]))) == (
        books.invoice(invoice_id).reference,
        Decimal("84.70"),
    )


def test_the_next_status_and_the_end_by_xeros_rules(books: Books):
    clients = books.clients("Lifecycle")
    submitted, authorised, deleted, paid, lost = books.write(clients * 5)
    requests = [books.request(clients[0]) for _ in range(2)]
    books.edit_invoice(deleted, service_request_id=requests[0])
    books.send([submitted, authorised, deleted, paid, lost])

    books.change_ours(submitted, "submit")
    assert told(books, submitted) == ("SUBMITTED", None, None)
    books.change_ours(submitted, "authorise")
    assert books.theirs_of(submitted)["Status"] == "AUTHORISED"
    books.change_ours(submitted, "void")
    assert told(books, submitted) == ("VOIDED", None, None)
    assert books.invoice(submitted).ended_at is not None

    books.change_ours(deleted, "delete")
    assert books.theirs_of(deleted)["Status"] == "DELETED"
    assert books.invoice(deleted).ended_at is not None
    again = books.write(clients, service_request_id=requests[0])
    assert again, "the request may be billed again"
    assert books.history(requests[0])[-1][0].endswith("was deleted in Xero; it can be billed again.")

    books.change_ours(paid, "authorise")
    books.pay([paid])
    with pytest.raises(WrongState, match="only a draft"):
        books.change_ours(paid, "update")
    books.change_ours(paid, "void")
    status, wish, said = told(books, paid)
    assert (status, wish) == ("PAID", None)
    assert "a payment or credit stands against it" in str(said)
    assert books.operation(operations.CHANGE_INVOICE).state == "cancelled"

    # Xero has moved on: told, nothing changed.
    books.set_there(authorised, Status="AUTHORISED")
    books.change_ours(authorised, "delete")
    status, wish, said = told(books, authorised)
    assert (status, wish) == ("AUTHORISED", None)
    assert str(said).startswith("Nothing was changed in Xero: it is approved, and only a draft, or one that")
    assert books.theirs_of(authorised)["Status"] == "AUTHORISED"

    for change, status in (("submit", "SUBMITTED"), ("authorise", "AUTHORISED"), ("void", "VOIDED")):
        books.simulator.fault("drop_after", path="/Invoices/", method="POST", count=1)
        books.change_ours(lost, change)
        assert told(books, lost) == (status, None, None), "the next look finds it done"


def test_a_refusal_is_told_and_a_person_may_try_again(books: Books):
    [invoice_id] = books.write(books.clients("Locked Out"))
    books.send([invoice_id])
    books.simulator.post("organisation", {"organisation": "ABC Pty Ltd", "locked_until": "2099-01-01"})
    books.change_ours(invoice_id, "authorise")
    status, wish, said = told(books, invoice_id)
    assert (status, wish) == ("DRAFT", "authorise")
    assert "period lock date" in str(said)
    assert books.operation(operations.CHANGE_INVOICE).state == "failed"
    books.simulator.post("organisation", {"organisation": "ABC Pty Ltd", "locked_until": None})
    books.change_ours(invoice_id, "authorise")
    assert told(books, invoice_id) == ("AUTHORISED", None, None)

    [unsent] = books.write(books.clients("Not There Yet"))
    with pytest.raises(WrongState, match="not in Xero yet"):
        books.change_ours(unsent, "delete")
    with books.scope():
        row = books._invoices([invoice_id])[0]
        row.change = "void"
        with pytest.raises(WrongState, match="only a draft"):
            asking.ask_change(row, "delete", BY)
        db.session.rollback()
