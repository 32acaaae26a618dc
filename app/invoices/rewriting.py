"""Drafts that are changed or given up again. The caller commits."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import update

from app.audit import record as audit
from app.auth.viewer import Viewer
from app.checks import Checks
from app.errors import WrongState
from app.extensions import db
from app.invoices import terms, worked
from app.invoices.books import books_of
from app.invoices.lines import LineDetails, Lines, Writer
from app.invoices.rows import lines_of, lock, sums, told
from app.invoices.terms import LONGEST_REFERENCE, TermsDetails
from app.models import Invoice, InvoiceLine, now
from app.sync.invoices import asking

REWRITABLE = ("new", "blocked", "refused")
REWRITABLE_IN_XERO = ("DRAFT", "SUBMITTED")
_ASIDE = 10_000


def rewrite(
    invoice: Invoice,
    revision: int,
    lines: Sequence[LineDetails],
    details: TermsDetails,
    by: Viewer,
    *,
    use_office_tracking: bool = True,
) -> Invoice:
    """Other lines and terms, while it is a draft here or in Xero; there the change is asked for as well. Lines whose
    `id` is given stay the same lines. `revision`: of the invoice that the person had before their eyes.

    Raises `Problem` for what is wrong, `WrongState` when somebody else has changed it, or it can no longer be changed.
    """
    invoice = lock(invoice, revision)
    if why := why_not_rewritable(invoice):
        raise WrongState(why)
    books, before = books_of(invoice.connection_id), list(lines_of(invoice))
    checks = Checks()
    columns = terms.checked(details, books, checks, invoice)
    track = use_office_tracking and books.company.track_offices
    writer = Writer(books, columns["line_amounts"], track=track)
    written = writer.written(lines, checks, {line.id: line for line in before})
    if invoice.service_request_id is None:
        typed = checks.line("reference", details.get("reference"), "The reference", LONGEST_REFERENCE)
        columns["reference"] = typed or invoice.reference
    checks.finish()
    was = told(invoice, before)
    invoice.tracks_offices = track
    for name, value in {**columns, **sums(written)}.items():
        setattr(invoice, name, value)
    _said_anew(invoice, by)
    audit.record("invoice.rewritten", invoice, was, told(invoice, _replaced(invoice, before, written)), by=by)
    return invoice


def _said_anew(invoice: Invoice, by: Viewer) -> None:
    invoice.revision += 1
    if invoice.push_state == "sent":
        asking.ask_change(invoice, "update", by.name)
    else:
        # What kept it from being sent may be mended by this; it is looked at again when it is sent.
        invoice.push_state, invoice.push_error = "new", None


def _replaced(invoice: Invoice, before: Sequence[InvoiceLine], written: Lines) -> list[InvoiceLine]:
    kept = {line.kept.id for line in written.lines if line.kept}
    gone = [line for line in before if line.id not in kept]
    worked.free([line.id for line in gone])
    for row in gone:
        db.session.delete(row)
    # Places are unique: the lines that stay step aside before they take their new ones.
    mine = InvoiceLine.invoice_id == invoice.id
    db.session.flush()
    db.session.execute(update(InvoiceLine).where(mine).values(position=InvoiceLine.position + _ASIDE))
    rows = []
    for place, line in enumerate(written.lines):
        row = line.kept or InvoiceLine(id=uuid4(), invoice_id=invoice.id)
        for name, value in {**line.values, "position": place}.items():
            setattr(row, name, value)
        rows.append(row)
    db.session.add_all(rows)
    db.session.flush()
    return rows


def why_not_rewritable(invoice: Invoice) -> str | None:
    """A sentence when its contents cannot be changed any more, or not now."""
    reference = invoice.xero_number or invoice.reference
    if invoice.ended_at is not None:
        return f"{reference} has ended, so it cannot be changed. Write a new one."
    if invoice.push_state == "sent":
        if invoice.xero_status not in REWRITABLE_IN_XERO:
            return (
                f"{reference} is approved in Xero, so its lines stay. Void it, or write a credit note there."
            )
        if invoice.is_changing:
            return f"{reference} is being changed in Xero at this moment. Wait a few seconds, then try again."
        return None
    if invoice.push_state not in REWRITABLE or invoice.batch is not None:
        return f"{reference} is being sent to Xero. Wait until it is there, then change it."
    return None


def discard(invoice: Invoice, revision: int, by: Viewer) -> None:
    """Give up a draft that was never sent: its request and its time may be billed again. Raises `WrongState`."""
    invoice = lock(invoice, revision)
    if invoice.push_state == "sent":
        raise WrongState("It is in Xero already. Delete it there with the button for that.")
    if why := why_not_rewritable(invoice):
        raise WrongState(why)
    invoice.ended_at = now()
    invoice.revision += 1
    worked.free_all(invoice.id)
    audit.record("invoice.discarded", invoice, by=by)
