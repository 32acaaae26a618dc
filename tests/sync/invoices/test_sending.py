"""Invoices sent against the simulator: each once whatever breaks, bad ones told one by one, in few calls."""

import time
from contextlib import suppress
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.errors import WrongState
from app.extensions import db
from app.models import Cause, Company, Connection, Grant, Invoice, Operation, XeroListEntry
from app.models.operation import BULK
from app.sync import causes, operations
from app.sync.batches import one_by_one
from app.sync.connections import needed_connection
from app.sync.contacts.finding import map_contact
from app.sync.invoices import asking, sending
from app.synclog import actions as synclog
from app.xero.accounting.calls import Outcome
from app.xero.errors import Permanent
from tests.proof.deaths import Killed, dying_at
from tests.proof.weakened import built
from tests.sync.contacts.practice import BY
from tests.sync.invoices.practice import HOUR, Books, at_another_machine


def writes(books: Books, since: int) -> int:
    return books.calls(since).count("PUT /Invoices")


def standing(books: Books, ids) -> list[tuple[str, str | None]]:
    return [(one.push_state, one.push_error) for one in books.invoices(ids)]


def once(books: Books, ids) -> None:
    """Each stands in Xero exactly once, and is known to."""
    found = books.in_xero(ids)
    assert [len(found[invoice_id]) for invoice_id in ids] == [1] * len(ids)
    for invoice in books.invoices(ids):
        [theirs] = found[invoice.id]
        assert (invoice.push_state, invoice.xero_invoice_id) == ("sent", theirs["InvoiceID"])
        assert (invoice.batch, invoice.push_error, invoice.difference) == (None, None, Decimal("0.00"))


def test_many_go_in_few_calls_and_bad_ones_are_told_one_by_one(books: Books, smiths: Books):
    clients = books.clients("Hillside Bakery", "Corner Café", "Quay Motors")
    good = books.write([clients[place % 3] for place in range(112)], [HOUR, HOUR])
    unknown_currency = books.write(clients[:1], currency="NZD")
    archived_account = books.write(clients[:1])
    archived_contact = books.write(clients[1:2])
    _carry(books, archived_account, books.lists["210"])
    _archive(books, books.lists["210"])
    theirs = smiths.write(smiths.clients("Hillside Bakery"))
    before = books.mark()
    with books.scope():
        bad = [*unknown_currency, *archived_account]
        planned = asking.ask_to_send(books._invoices([*good, *bad]), BY, BULK)
        assert planned is not None
        assert asking.ask_to_send(books._invoices(good), BY, BULK).id == planned.id, "asked twice"
        db.session.commit()
    smiths.ask(theirs)
    books.work(hurry=True)
    once(books, good)
    assert writes(books, before) == 3 + 1, "113 that may be sent, fifty a call, and Smith’s one"
    [(state, said)] = standing(books, unknown_currency)
    assert state == "refused"
    assert "not subscribed to currency NZD" in str(said)
    [(state, said)] = standing(books, archived_account)
    assert state == "blocked"
    assert "A practice admin chooses it" in str(said)
    once(smiths, theirs)
    assert len(smiths.held()) == 1
    assert books.operation(operations.SEND_INVOICES).result["counts"] == {
        "sent": 112,
        "refused": 1,
        "blocked": 1,
        "changed": 112,
    }

    made = books.theirs_of(good[0])
    ours = books.invoice(good[0])
    assert made["Url"] == f"http://localhost:8000/invoices/{ours.id}"
    assert made["Reference"] == ours.reference
    assert (made["Status"], made["Type"], made["DueDate"]) == ("DRAFT", "ACCREC", ours.due_on.isoformat())
    assert made["contact_id"] == books.contact_id(ours.client_id)
    assert [line.xero_line_id for line in ours.lines] == [line["LineItemID"] for line in made["LineItems"]]
    assert made["LineItems"][0]["Tracking"][0]["Option"] == "Sydney"
    assert (ours.xero_number, ours.xero_total) == (made["InvoiceNumber"], Decimal("264.00"))

    # A contact archived in Xero that we have not heard of: a new one is made, as for a job, and the invoice follows.
    books.change(books.contact_id(clients[1]), ContactStatus="ARCHIVED")
    books.send(archived_contact)
    once(books, archived_contact)

    # What was missing is mended, and what it blocked goes on.
    with books.scope():
        _carry_now(archived_account, books.lists["220"])
        assert causes.resolve(causes.CHARGE, _service_of(archived_account[0])) == 1
        db.session.commit()
    books.work(hurry=True)
    once(books, archived_account)


def _archive(books: Books, entry_id) -> None:
    with books.scope():
        archived = update(XeroListEntry).where(XeroListEntry.id == entry_id)
        db.session.execute(archived.values(status="ARCHIVED"))
        db.session.commit()


def _carry(books: Books, ids, account_id) -> None:
    with books.scope():
        _carry_now(ids, account_id)
        db.session.commit()


def _carry_now(ids, account_id) -> None:
    from app.models import InvoiceLine, Service

    service_id = db.session.scalars(select(Service.id).order_by(Service.name).limit(1)).one()
    lines = update(InvoiceLine).where(InvoiceLine.invoice_id.in_(ids))
    db.session.execute(lines.values(account_id=account_id, service_id=service_id))


def _service_of(invoice_id):
    from app.models import InvoiceLine

    return db.session.scalars(
        select(InvoiceLine.service_id).where(InvoiceLine.invoice_id == invoice_id)
    ).one()


def test_a_lost_answer_makes_nothing_twice(books: Books):
    clients = books.clients("Lost And Found")
    for kind in ("drop_before", "drop_after", "drop_half", "500_before", "500_after", "503", "truncated"):
        ids = books.write(clients * 4)
        before = books.mark()
        books.simulator.fault(kind, path="/Invoices", method="PUT", count=1)
        books.send(ids)
        once(books, ids)
        again = {"drop_after": 1, "500_after": 1, "truncated": 1}.get(kind, 2)
        assert writes(books, before) == again, (
            f"{kind}: what stands there is read back, the rest is sent anew"
        )
    assert len(books.held()) == 4 * 7

    # Somebody emptied the Url there before it was read back: reference and contact say whose it is.
    ids = books.write(clients)
    books.simulator.fault("drop_after", path="/Invoices", method="PUT", count=1)
    books.ask(ids)
    books.work()
    books.call("POST", f"/Invoices/{books.theirs_of(ids[0])['InvoiceID']}", {"Url": ""})
    books.work(hurry=True)
    assert standing(books, ids) == [("sent", None)]
    assert len(books.held()) == 4 * 7 + 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_dies_is_taken_up_where_it_was(books: Books, when):
    clients = books.clients("Dies Often")
    deaths = 0
    for commit in range(1, 6):
        ids = books.write(clients * 2)
        books.ask(ids)
        with dying_at(commit, when, lambda: None), suppress(Killed):
            books.work(hurry=True)
        deaths += books.operation(operations.SEND_INVOICES).state == "running"
        books.leases_end()
        books.work(hurry=True)
        once(books, ids)
    assert deaths >= 3
    assert len(books.held()) == 2 * 5


def test_without_reading_back_this_would_show(books: Books):
    ids = books.write(books.clients("Twice"))
    books.simulator.fault("drop_after", path="/Invoices", method="PUT", count=1)
    with built("no_read_back_of_batches"):
        books.send(ids)
    assert len(books.in_xero(ids)[ids[0]]) == 2


def test_asked_for_while_it_runs_is_not_passed_over(books: Books, monkeypatch):
    clients = books.clients("In The Nick Of Time")
    first, late = books.write(clients), books.write(clients)
    read_some = sending.online.read_some

    def meanwhile(*arguments):
        if books.invoice(late[0]).push_state == "new":
            at_another_machine(lambda: books.ask(late))
        read_some(*arguments)

    monkeypatch.setattr(sending.online, "read_some", meanwhile)
    books.ask(first)
    books.work()
    once(books, first + late)
    assert len(books.operations(operations.SEND_INVOICES)) == 1


def test_a_client_without_a_contact_gets_one_or_a_person_is_asked(books: Books):
    new = [books.add(f"Newcomer {number} Pty Ltd") for number in range(5)]
    ids = books.write(new)
    before = books.mark()
    books.send(ids)
    once(books, ids)
    made = [call for call in books.calls(before) if call == "PUT /Contacts"]
    assert len(made) == 1, "five contacts in one call"

    books.settings(create_contacts=False)
    shy = books.add("Not Without Leave Pty Ltd")
    ids = books.write([shy])
    books.send(ids)
    [(state, said)] = standing(books, ids)
    assert state == "blocked"
    assert "does not let Countinghouse create contacts" in str(said)
    with books.scope():
        waiting = select(Cause.sentence).where(Cause.kind == causes.CONTACT, Cause.subject == str(shy))
        assert db.session.scalars(waiting).one() == said
    chosen = books.make("Chosen By Hand")
    with books.scope():
        map_contact(books._client(shy), needed_connection(), chosen, "Chosen By Hand", "person")
        db.session.commit()
    books.work(hurry=True)
    once(books, ids)
    assert books.theirs_of(ids[0])["contact_id"] == chosen


def test_what_cannot_go_now_waits_and_says_why(books: Books):
    clients = books.clients("Patience")
    ids = books.write(clients)
    with books.scope():
        grant = db.session.scalars(select(Grant).join(Connection, Connection.grant_id == Grant.id)).one()
        scopes = grant.scopes
        grant.scopes = scopes.replace("accounting.invoices", "")
        db.session.commit()
    books.send(ids)
    operation = books.operation(operations.SEND_INVOICES)
    assert (operation.state, operation.error_code) == ("waiting", causes.SCOPE)
    [(state, said)] = standing(books, ids)
    assert state == "to_send"
    assert "does not cover invoices" in str(said)

    with books.scope():
        db.session.execute(update(Grant).values(scopes=scopes))
        assert causes.resolve(causes.SCOPE, "accounting.invoices") == 1
        db.session.commit()
    books.work()
    once(books, ids)

    # A limit: nothing has left, so the invoice may still be changed or taken back while it waits.
    limited = books.write(clients)
    before = books.mark()
    books.simulator.fault("429", path="/Invoices", method="PUT", count=1, retry_after=1)
    books.ask(limited)
    books.work()
    assert books.operation(operations.SEND_INVOICES).error_code == "limit_minute"
    [waits] = books.invoices(limited)
    assert (waits.push_state, waits.batch, waits.batch_sent_at) == ("to_send", None, None)
    time.sleep(1.1)
    books.work(hurry=True)
    once(books, limited)
    assert [call for call in books.calls(before) if call.endswith("/Invoices")] == ["PUT /Invoices"] * 2

    # Given up by a person: as before it was asked for. Sent: not asked for again. Ended: told.
    given_up = books.write(clients)
    books.ask(given_up)
    with books.scope():
        open_one = select(Operation).where(
            Operation.kind == operations.SEND_INVOICES, Operation.state == "queued"
        )
        synclog.cancel(db.session.scalars(open_one).one())
        db.session.commit()
    assert standing(books, given_up) == [("new", None)]
    with books.scope():
        assert asking.ask_to_send(books._invoices(ids), BY) is None
        db.session.execute(
            update(Invoice).where(Invoice.id.in_(given_up)).values(ended_at=Invoice.created_at)
        )
        with pytest.raises(WrongState, match="voided or deleted"):
            asking.ask_to_send(books._invoices(given_up), BY)
        db.session.rollback()
        assert db.session.scalars(select(Company.name)).one()


def test_a_call_refused_as_a_whole_is_halved_down_to_the_bad_one():
    calls: list[list[int]] = []

    def send(batch, key):
        calls.append(list(batch))
        if 13 in batch:
            raise Permanent("validation", "No.", whose_move="practice", details=["13 is unlucky"])
        return [Outcome(f"{number} {key}") for number in batch]

    outcomes = one_by_one(send, list(range(50)), "k")
    assert [bool(outcome.record) for outcome in outcomes] == [number != 13 for number in range(50)]
    assert outcomes[13].errors == ("13 is unlucky",)
    assert len(calls) <= 13
    keys = {outcome.record.split()[1] for outcome in outcomes if outcome.record}
    assert len(keys) == len([call for call in calls if 13 not in call]), "each call has a key of its own"
    refused_for_all = Permanent("missing_role", "No.", whose_move="practice")

    def never(_batch, _key):
        raise refused_for_all

    with pytest.raises(Permanent):
        one_by_one(never, [1, 2], "k")
