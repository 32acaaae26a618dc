"""How invoices stand, back from Xero: by news and by poll, in few calls, once, and undone when it is undone there."""

from decimal import Decimal

from sqlalchemy import select, update

from app.extensions import db
from app.models import Invoice, Membership, TimeEntry, WebhookEvent, now
from app.sync import operations
from app.sync.connections import needed_connection
from app.sync.invoices import asking, reading
from app.sync.webhooks.handlers import invoices as hear
from app.xero.webhooks import Event
from tests.sync.contacts.practice import BY
from tests.sync.invoices.practice import Books, at_another_machine

READS = "GET /Invoices"


def test_paid_and_unpaid_are_seen_in_one_call(books: Books, smiths: Books):
    clients = books.clients("Pays In Time", "Pays In Part")
    request = books.request(clients[0])
    [full] = books.write(clients[:1], service_request_id=request, send_as="AUTHORISED")
    [part] = books.write(clients[1:], send_as="AUTHORISED")
    books.send([full, part])
    theirs = smiths.write(smiths.clients("Pays In Time"), send_as="AUTHORISED")
    smiths.send(theirs)
    assert books.history(request) == [
        (f"The invoice {books.invoice(full).xero_number} is in Xero as an approved invoice.", True)
    ]
    foreign = books.call(
        "PUT",
        "/Invoices",
        {"Type": "ACCREC", "Contact": {"Name": "Foreign"}, "LineItems": [{"Description": "x"}]},
    )
    assert foreign["Invoices"]

    books.pay([full])
    books.pay([part], Decimal("50.00"))
    before = books.mark()
    assert books.poll()
    assert books.calls(before) == [READS]
    paid, partly = books.invoices([full, part])
    assert (paid.xero_status, paid.xero_due, paid.xero_paid) == ("PAID", Decimal("0.00"), Decimal("132.00"))
    assert (partly.xero_status, partly.xero_due) == ("AUTHORISED", Decimal("82.00"))
    assert (books.paid(full), books.paid(part)) == ([Decimal("132.00")], [Decimal("50.00")])
    assert books.paid_on(request) == paid.xero_paid_on is not None
    assert books.history(request)[-1] == (f"The invoice {paid.xero_number} was paid in full.", False)
    assert smiths.invoice(theirs[0]).xero_status == "AUTHORISED"

    books.take_back(full)
    assert books.poll()
    assert (books.paid(full), books.paid_on(request)) == ([], None)
    assert books.invoice(full).xero_status == "AUTHORISED"
    text, internal = books.history(request)[-1]
    assert ("was taken back" in text, internal) == (True, False)

    # An answer that is older than what is known changes nothing.
    with books.scope():
        known = now()
        db.session.execute(
            update(Invoice).where(Invoice.id == part).values(xero_updated_at=known, xero_status="PAID")
        )
        db.session.commit()
    books.read_status()
    assert books.invoice(part).xero_status == "PAID"

    # Where nothing of ours stands there, the clock asks nothing.
    books.call("POST", f"/Invoices/{books.invoice(full).xero_invoice_id}", {"Status": "VOIDED"})
    with books.scope():
        db.session.execute(update(Invoice).where(Invoice.push_state == "sent").values(xero_updated_at=None))
        db.session.commit()
    smiths.call("POST", f"/Invoices/{smiths.invoice(theirs[0]).xero_invoice_id}", {"Status": "VOIDED"})
    assert smiths.poll()
    assert smiths.invoice(theirs[0]).ended_at is not None
    before = smiths.mark()
    assert not smiths.poll()
    assert smiths.calls(before) == []


def test_what_ends_in_xero_no_longer_counts_here(books: Books):
    clients = books.clients("Void Where Prohibited")
    request = books.request(clients[0])
    [invoice_id] = books.write(clients, service_request_id=request)
    books.send([invoice_id])
    with books.scope():
        db.session.add(
            TimeEntry(
                service_request_id=request,
                xero_time_entry_id="a-while",
                task_name="Review",
                charge_type="TIME",
                person_name="Somebody",
                worked_on=now().date(),
                minutes=30,
                description="",
                xero_status="ACTIVE",
                invoice_id=invoice_id,
                read_at=now(),
            )
        )
        db.session.commit()
    books.set_there(invoice_id, Status="DELETED")
    books.read_status()
    ended = books.invoice(invoice_id)
    assert (ended.xero_status, ended.ended_at is not None) == ("DELETED", True)
    with books.scope():
        assert db.session.scalars(select(TimeEntry.invoice_id)).all() == [None]
    assert books.write(clients, service_request_id=request)
    books.read_status()
    assert sum("was deleted in Xero" in text for text, _ in books.history(request)) == 1


def test_the_online_address_is_asked_for_once_where_a_portal_shows_it(books: Books):
    with books.scope():
        portal = db.session.scalars(
            select(Membership.client_id).where(Membership.client_id.is_not(None))
        ).first()
        assert portal is not None
    other = books.clients("Nobody Looks")[0]
    books.push(portal)
    shown, draft = books.write([portal, portal])
    unseen = books.write([other], send_as="AUTHORISED")
    books.send([shown, draft, *unseen])
    assert books.invoice(shown).online_url is None
    before = books.mark()
    books.set_there(shown, Status="AUTHORISED")
    books.read_status()
    url = books.invoice(shown).online_url
    assert url == f"{books.simulator.url}/online-invoice/{books.invoice(shown).xero_invoice_id}"
    books.read_status()
    asked = [call for call in books.calls(before) if call.endswith("/OnlineInvoice")]
    assert len(asked) == 1
    assert [one.online_url for one in books.invoices([draft, *unseen])] == [None, None]


def test_news_during_a_reading_is_read(books: Books, monkeypatch):
    [invoice_id] = books.write(books.clients("Pays While Looked At"), send_as="AUTHORISED")
    books.send([invoice_id])
    read, rounds = reading._read, []

    def meanwhile(*arguments):
        read(*arguments)
        rounds.append(1)
        if len(rounds) == 1:
            books.pay([invoice_id])
            _event_comes(books, invoice_id)

    monkeypatch.setattr(reading, "_read", meanwhile)
    with books.scope():
        asking.ask_status(needed_connection(), BY)
        db.session.commit()
    books.work()
    assert len(rounds) == 2
    assert books.invoice(invoice_id).xero_status == "PAID"
    assert len(books.operations(operations.READ_INVOICES)) == 1


def _event_comes(books: Books, invoice_id) -> None:
    """Another process sorts a delivery while the reading is under way."""
    connection, theirs = books.connection(), str(books.invoice(invoice_id).xero_invoice_id)
    event = Event("INVOICE", "UPDATE", theirs, "", connection.xero_tenant_id, "ORGANISATION", now())

    def sort() -> None:
        with books.scope():
            [verdict] = hear(needed_connection(), [event])
            db.session.add(
                WebhookEvent(
                    key="k",
                    connection_id=connection.id,
                    received_at=now(),
                    category="INVOICE",
                    type="UPDATE",
                    resource_id=theirs,
                    at=event.at,
                    state=verdict.state,
                    operation_id=verdict.operation_id,
                    delivery_id=1,
                )
            )
            db.session.commit()

    at_another_machine(sort)
