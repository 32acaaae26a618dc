"""Workers are killed while invoices are being sent, at each moment of a call; whoever takes over sends none twice."""

from pathlib import Path
from uuid import UUID

import pytest

from app.models.operation import BULK
from tests.proof.site import Site
from tests.support.stack import wait_until
from tests.sync.invoices.practice import Books

pytestmark = [pytest.mark.fault, pytest.mark.proof, pytest.mark.timeout(240)]

EACH = 60
"""Two calls' worth: the second of them is still to come when the worker dies over the first."""


def test_killed_while_invoices_are_sent(site: Site, tmp_path: Path) -> None:
    books = Books(site.app, site.practices[0].company_id, "ABC Pty Ltd", site.simulator, lambda **_how: 0)
    books.learn_lists()
    clients, ids = books.clients("Killed In Between"), list[UUID]()
    site.stack.start("clock")
    for moment in ("sending", "answered", "recorded"):
        trap = tmp_path / moment
        trap.touch()
        site.stack.build = "generous,dies_at"
        site.stack.start("worker", moment, DIES_AT=f"send invoices:{moment}", DIES_FILE=str(trap))
        some = books.write(clients * EACH)
        books.ask(some, BULK)
        ids += some
        wait_until(lambda moment=moment: not site.stack.alive(moment), 60, f"died {moment}")
    site.stack.build = "generous"
    site.stack.start("worker")
    wait_until(
        lambda: all(invoice.push_state == "sent" for invoice in books.invoices(ids)), 60, "all are sent"
    )
    found = books.in_xero(ids)
    assert [len(copies) for copies in found.values()] == [1] * (3 * EACH)
    assert {invoice.id: invoice.xero_invoice_id for invoice in books.invoices(ids)} == {
        invoice_id: copies[0]["InvoiceID"] for invoice_id, copies in found.items()
    }
    assert not [invoice for invoice in books.invoices(ids) if invoice.batch or invoice.difference]
