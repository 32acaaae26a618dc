"""What became of the invoices of a creating call, written down: they stand in Xero, or are refused with the reason."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models import Invoice
from app.sync.invoices.locking import locked
from app.sync.invoices.taking import take
from app.xero.accounting.invoice_shapes import Invoice as Told


def keep(batch: str, made: Mapping[UUID, Told], refused: Mapping[UUID, str], counts: Counter[str]) -> None:
    """Whoever of the batch stands in neither is sent anew by another call (not committed)."""
    ids = db.session.scalars(select(Invoice.id).where(Invoice.batch == batch)).all()
    rows = locked(ids)
    for invoice in rows:
        invoice.batch = invoice.batch_sent_at = None
        said = refused.get(invoice.id)
        if said is not None:
            invoice.push_state = "refused"
            invoice.push_error = f"Xero refused it: {said} Change the invoice, and send it again."
    counts.update(take([(invoice, made[invoice.id]) for invoice in rows if invoice.id in made]))
    counts["sent"] += sum(invoice.id in made for invoice in rows)
    counts["refused"] += sum(invoice.id in refused for invoice in rows)
