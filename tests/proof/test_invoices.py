"""`make proof` (INVOICES, SEED): a thousand invoices with ten bad ones in twenty writing calls; each once whatever
breaks, and the sum there ours to the cent; five hundred payments seen in one reading.
"""

import os
import random
import time
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from math import ceil
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Invoice, Operation
from app.models.operation import BULK
from app.sync import operations
from app.sync.invoices.money import Charge
from app.sync.webhooks import sorting
from app.webhooks.receiving import BELL
from tests.proof.deaths import Killed, dying_at
from tests.proof.weakened import built
from tests.support.webhooks import KEY, PATH, event, headers, moment, post
from tests.sync.invoices.practice import Books
from tests.webhooks.conftest import SilentBell, set_keys

INVOICES, SEED = int(os.environ.get("INVOICES", "1000")), int(os.environ.get("SEED", "1"))
BAD = 10
CALL = 50
CLIENTS = 20
FAULTS = (
    ("drop_before", {}),
    ("drop_after", {}),
    ("drop_half", {}),
    ("500_before", {}),
    ("500_after", {}),
    ("truncated", {}),
    ("429", {"retry_after": 0}),
)
EACH = 0.06
"""Chance of each fault, a call: seven of them make two calls in five faulty."""

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]


def written(books: Books, count: int, **values: Any) -> list[UUID]:
    """So many invoices of a handful of clients, with lines that need rounding."""
    chance = random.Random(SEED)
    clients = books.clients(*(f"Thousand {place} Pty Ltd" for place in range(CLIENTS)))
    ids: list[UUID] = []
    for place in range(CLIENTS):
        charges = [
            Charge(
                Decimal(chance.randrange(1, 4000)).scaleb(-2),
                Decimal(chance.randrange(1, 9_000_000)).scaleb(-4),
                Decimal(10),
                Decimal(chance.randrange(0, 5000)).scaleb(-2),
            )
            for _ in range(3)
        ]
        share = count // CLIENTS + (place < count % CLIENTS)
        ids += books.write(
            [clients[place]] * share, charges, ("Exclusive", "Inclusive", "NoTax")[place % 3], **values
        )
    return ids


def totals(books: Books, ids: list[UUID]) -> tuple[Decimal, Decimal]:
    """The sum here, and the sum there of what leads back to these."""
    wanted = {str(invoice_id) for invoice_id in ids}
    with books.scope():
        ours = db.session.scalar(
            select(func.sum(Invoice.total)).where(Invoice.id.in_(ids), Invoice.push_state == "sent")
        )
    theirs = sum(
        Decimal(str(one["Total"])) for one in books.held() if one["Url"].rpartition("/")[2] in wanted
    )
    return ours or Decimal(0), Decimal(theirs)


def copies(books: Books, ids: list[UUID]) -> Counter[int]:
    """How often each stands there → how many of ours."""
    return Counter(len(found) for found in books.in_xero(ids).values())


def states(books: Books, ids: list[UUID]) -> Counter[str]:
    with books.scope():
        rows = db.session.execute(
            select(Invoice.push_state, func.count()).where(Invoice.id.in_(ids)).group_by(Invoice.push_state)
        )
        return Counter({row[0]: row[1] for row in rows})


def test_a_thousand_in_twenty_calls_and_ten_told_alone(books: Books) -> None:
    ids = written(books, INVOICES)
    bad = random.Random(SEED).sample(ids, BAD)
    for invoice_id in bad:
        books.edit_invoice(invoice_id, currency="NZD")
    good = [invoice_id for invoice_id in ids if invoice_id not in bad]
    with built("generous"):
        begun, before = time.monotonic(), books.mark()
        books.send(ids, BULK)
        calls = books.calls(before)
    print(f"{INVOICES} invoices: {Counter(calls)}, {time.monotonic() - begun:.1f} s")
    assert calls.count("PUT /Invoices") <= ceil(INVOICES / CALL)
    assert states(books, ids) == {"sent": len(good), "refused": BAD}
    assert copies(books, good) == {1: len(good)}
    assert copies(books, bad) == {0: BAD}
    ours, theirs = totals(books, ids)
    assert ours == theirs > 0
    said = {invoice.push_error for invoice in books.invoices(bad)}
    assert all("not subscribed to currency NZD" in str(one) for one in said)


def battered(books: Books, ids: list[UUID], build: str = "generous") -> dict[str, int]:
    """Send them while calls fail and runs die, until none is left; what that took."""
    chance, took = random.Random(SEED), Counter[str]()
    for kind, how in FAULTS:
        books.simulator.fault(kind, path="/Invoices", probability=EACH, seed=SEED, **how)
    before = books.mark()
    with built(build):
        books.ask(ids, BULK)
        for _ in range(INVOICES):
            if not states(books, ids)["to_send"]:
                break
            books.leases_end()
            books.ask(ids, BULK)
            with (
                suppress(Killed),
                dying_at(chance.randrange(1, 12), chance.choice(("before", "after")), _nothing),
            ):
                books.work(hurry=True, rounds=400)
                continue
            took["died"] += 1
    books.simulator.clear_faults()
    took.update(call for call in books.calls(before) if call.endswith("/Invoices"))
    lines = [line for line in books.simulator.ledger() if line["number"] > before and line["fault"]]
    took["faults"] = len(lines)
    return dict(took)


def _nothing() -> None:
    """Nothing is cut here."""


def test_with_faults_each_stands_there_once(books: Books) -> None:
    ids = written(books, INVOICES)
    begun = time.monotonic()
    took = battered(books, ids)
    print(f"{INVOICES} invoices under blows: {took}, {time.monotonic() - begun:.1f} s")
    assert took["died"] > 0
    assert took["faults"] > 0
    assert states(books, ids) == {"sent": INVOICES}
    assert copies(books, ids) == {1: INVOICES}
    ours, theirs = totals(books, ids)
    assert ours == theirs > 0


def test_a_build_that_does_not_read_back_is_caught(books: Books) -> None:
    ids = written(books, 300)
    battered(books, ids, "generous,no_read_back_of_batches")
    assert [many for many in copies(books, ids) if many > 1], (
        "the proof above would not notice one sent twice"
    )


def test_five_hundred_payments_in_one_reading(books: Books, app) -> None:
    set_keys(app, KEY)
    app.extensions[BELL] = SilentBell()
    ids = written(books, INVOICES, send_as="AUTHORISED")
    with built("generous"):
        books.send(ids, BULK)
        by_news, by_poll = ids[:500], ids[500:]
        books.pay(by_news)
        before, begun = books.mark(), time.monotonic()
        _delivered(books, app, by_news)
        books.work()
        assert books.calls(before) == ["GET /Invoices"] * ceil(INVOICES / 1000)
        print(f"500 payments by one delivery: {time.monotonic() - begun:.1f} s")
        assert _paid(books, by_news) == 500

        books.pay(by_poll)
        before, begun = books.mark(), time.monotonic()
        assert books.poll()
        assert books.calls(before) == ["GET /Invoices"] * ceil(INVOICES / 1000)
        print(f"{len(by_poll)} payments by one poll: {time.monotonic() - begun:.1f} s")
        assert _paid(books, ids) == INVOICES
    with books.scope():
        kinds = select(Operation.kind).where(Operation.kind == operations.READ_INVOICES)
        assert len(db.session.scalars(kinds).all()) == 2


def _delivered(books: Books, app, ids: list[UUID]) -> None:
    """One delivery of an event for each, as Xero's server posts it, sorted."""
    tenant = books.connection().xero_tenant_id
    events = [
        event(tenant, str(invoice.xero_invoice_id), moment(), "INVOICE") for invoice in books.invoices(ids)
    ]
    body = post(events, 1, len(events))
    assert app.test_client().post(PATH, data=body, headers=headers(body)).status_code == 200
    assert sorting.sort(app) == 1


def _paid(books: Books, ids: list[UUID]) -> int:
    with books.scope():
        paid = select(func.count()).where(
            Invoice.id.in_(ids), Invoice.xero_status == "PAID", Invoice.xero_due == 0
        )
        return db.session.scalar(paid.select_from(Invoice)) or 0
