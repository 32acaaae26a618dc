"""The rows of an invoice: held while they change, and told to the audit log."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.errors import WrongState
from app.extensions import db
from app.invoices.lines import Lines
from app.models import Invoice, InvoiceLine


def lock(invoice: Invoice, revision: int | None = None) -> Invoice:
    """The same row as it is now in the database, held until the commit. Raises `WrongState` when `revision` is not its
    any more."""
    invoice = db.session.scalars(
        select(Invoice)
        .where(Invoice.id == invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if revision is not None and revision != invoice.revision:
        raise WrongState(
            "Somebody else has changed this invoice since you opened it. Nothing was changed: look at it again first."
        )
    return invoice


def lines_of(invoice: Invoice) -> Sequence[InvoiceLine]:
    """Its lines in their order."""
    mine = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id)
    return db.session.scalars(mine.order_by(InvoiceLine.position)).all()


def sums(written: Lines) -> dict[str, Decimal]:
    sums = written.totals
    return {"subtotal": sums.subtotal, "tax": sums.tax, "total": sums.total}


def told(invoice: Invoice, lines: Iterable[InvoiceLine]) -> dict[str, Any]:
    """What the audit log says of an invoice."""
    return {
        "total": invoice.total,
        "currency": invoice.currency,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "line_amounts": invoice.line_amounts,
        "lines": [
            f"{line.description[:100]}: {line.quantity.normalize():f} × {line.unit_amount.normalize():f}"
            for line in sorted(lines, key=lambda line: line.position)
        ],
    }
