"""Looking for what a creating call has made whose answer was lost: an invoice of ours is known by its Url."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import func, select

from app.extensions import db
from app.models import ContactMapping, Invoice, database_now, now
from app.models.base import Json
from app.sync.batches import settle_lost
from app.sync.invoices import kept
from app.sync.invoices.links import id_in
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.invoice_shapes import Invoice as Told

LOOK_BACK = timedelta(minutes=10)
"""How long before a lost call it is looked for: Xero's clock and ours may run apart."""


def look_for_lost(run: Run, accounting: AccountingApi, connection_id: UUID, counts: Counter[str]) -> None:
    """Take what earlier creating calls made whose answers were lost, this operation's or another's, and let the rest be
    sent anew. Raises `NotYet` while Xero may still be carrying one out."""
    for name, sent_at in _lost(connection_id):
        found: dict[UUID, Told] = {}

        def read_back(name: str = name, sent_at: datetime = sent_at, found: dict[UUID, Told] = found) -> Json:
            found |= _of_batch(accounting, connection_id, name, sent_at)
            return made_and_refused(found, {})

        def keep(_result: Json, name: str = name, found: dict[UUID, Told] = found) -> None:
            kept.keep(name, found, {}, counts)

        settle_lost(run, name, partial(_age, name), read_back, keep)


def made_and_refused(made: dict[UUID, Told], refused: dict[UUID, str]) -> Json:
    """A step's result: our id → Xero's, and our id → what Xero said."""
    return {
        "made": {str(ours): told.id for ours, told in made.items()},
        "refused": {str(ours): said for ours, said in refused.items()},
    }


def _lost(connection_id: UUID) -> list[tuple[str, datetime]]:
    """Name and time of each creating call that has no result."""
    rows = db.session.execute(
        select(Invoice.batch, func.min(Invoice.batch_sent_at))
        .where(Invoice.connection_id == connection_id, Invoice.batch.is_not(None))
        .group_by(Invoice.batch)
        .order_by(Invoice.batch)
    )
    return [(str(name), sent_at or now()) for name, sent_at in rows]


def _age(name: str) -> float:
    """Seconds since the call was sent, by the database's clock."""
    since = func.extract("epoch", database_now() - func.max(Invoice.batch_sent_at))
    return float(db.session.scalar(select(since).where(Invoice.batch == name)) or 0)


def _of_batch(
    accounting: AccountingApi, connection_id: UUID, name: str, sent_at: datetime
) -> dict[UUID, Told]:
    """Those of the batch that stand in Xero, from what has changed since shortly before the call.

    The Url decides; where somebody emptied it in Xero, the reference and the contact together.
    """
    contact = select(ContactMapping.xero_contact_id).where(
        ContactMapping.company_id == Invoice.company_id,
        ContactMapping.connection_id == Invoice.connection_id,
        ContactMapping.client_id == Invoice.client_id,
    )
    rows = db.session.execute(
        select(Invoice.id, Invoice.reference, contact.scalar_subquery()).where(
            Invoice.connection_id == connection_id, Invoice.batch == name
        )
    )
    ours = {invoice_id: (reference, contact_id) for invoice_id, reference, contact_id in rows}
    by_reference = {tie: invoice_id for invoice_id, tie in ours.items()}
    found: dict[UUID, Told] = {}
    for page in accounting.invoices(since=sent_at - LOOK_BACK, by_us=True):
        for told in page:
            named = id_in(told.url) if told.url else by_reference.get((told.reference, told.contact_id))
            if named is not None and named in ours:
                found[named] = told
    return found
