"""Asking for invoices to be sent, one or many, and taking that back. The caller commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.audit import record as audit
from app.auth.viewer import Viewer
from app.errors import Problem, WrongState
from app.invoices.rewriting import REWRITABLE
from app.invoices.rows import lock
from app.models import Invoice
from app.models.operation import BULK, INTERACTIVE
from app.sync.invoices import asking, checking
from app.sync.invoices.locking import locked

MOST = 500
"""As many as one transaction should hold locked."""


@dataclass(frozen=True)
class Sent:
    """What became of several: those asked for, and a sentence for each that was not."""

    asked: list[Invoice]
    refused: list[str]


def send(invoice: Invoice, revision: int, by: Viewer) -> Invoice:
    """Have a draft of ours sent. What only waits for a mapping is asked for too, and goes on by itself once that is
    there. Raises `WrongState` when it was changed meanwhile, is sent already, or must be mended itself."""
    invoice = lock(invoice, revision)
    result = send_all([invoice], by, INTERACTIVE)
    if result.refused:
        raise WrongState(result.refused[0])
    return invoice


def send_many(ids: Collection[UUID], by: Viewer) -> Sent:
    """All of these that can be sent; the others are named and left as they are. Ids that are not the company's are
    passed over without a word. Raises `Problem` for none, or more than `MOST`."""
    check_amount(len(ids))
    return send_all(locked(ids), by, BULK)


def send_all(invoices: Sequence[Invoice], by: Viewer, priority: int) -> Sent:
    """The same for invoices that are locked."""
    problems = checking.problems_of(invoices)
    asked, refused = [], []
    for invoice in invoices:
        why = why_not_sendable(invoice)
        problem = problems.get(invoice.id)
        if why is None and problem is not None and problem.kind is None:
            why = f"{invoice.reference} was not sent. {problem.sentence}"
        if why is None:
            asked.append(invoice)
        else:
            refused.append(why)
    if asked:
        asking.ask_to_send(asked, by.name, priority)
    for invoice in asked:
        audit.record("invoice.sent", invoice, None, {"as": invoice.send_as, "total": invoice.total}, by=by)
    return Sent(asked, refused)


def why_not_sendable(invoice: Invoice) -> str | None:
    """A sentence when there is nothing to send, or it is on its way."""
    if invoice.ended_at is not None:
        return f"{invoice.reference} was discarded, so it is not sent."
    if invoice.push_state == "sent":
        return f"{invoice.reference} is in Xero already, as {invoice.xero_number or 'a draft'}."
    if invoice.push_state not in REWRITABLE or invoice.batch is not None:
        return f"{invoice.reference} is on its way to Xero already."
    return None


def take_back(invoice: Invoice, revision: int, by: Viewer) -> Invoice:
    """One that was asked for and has not left becomes a draft of ours again. Raises `WrongState`."""
    invoice = lock(invoice, revision)
    if invoice.push_state not in {"to_send", "blocked"} or invoice.ended_at is not None:
        raise WrongState(f"{invoice.reference} does not wait to be sent.")
    if invoice.batch is not None:
        raise WrongState(
            f"{invoice.reference} is on the line to Xero at this moment. Look again in a few seconds."
        )
    invoice.push_state, invoice.push_error = "new", None
    invoice.asked_at = invoice.asked_by = None
    audit.record("invoice.taken_back", invoice, by=by)
    return invoice


def check_amount(count: int, noun: str = "invoice", verb: str = "sent") -> None:
    """Raises `Problem` when nothing is chosen, or more than one transaction should hold."""
    if not count:
        raise Problem(f"Choose at least one {noun}.", fields={"ids": [f"Choose at least one {noun}."]})
    if count > MOST:
        said = f"That is {count:,} {noun}s; {MOST} can be {verb} at once. Narrow the filters."
        raise Problem(said, fields={"ids": [said]})
