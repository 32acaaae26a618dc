"""Reading from Xero how our invoices stand: what changed since the newest UpdatedDateUTC seen, less some minutes, a
thousand a call. Only those made by this application are asked for, and only ours among them are taken.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.extensions import db
from app.models import Invoice, WebhookEvent
from app.sync import operations, successes
from app.sync.invoices import online
from app.sync.invoices.reached import needs_consent, the_connection
from app.sync.invoices.taking import take
from app.sync.live import transport_of
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.invoice_shapes import Invoice as Told

OVERLAP = timedelta(minutes=5)


def read_changes(run: Run) -> None:
    """Read what changed, and once more while news came in meanwhile. Raises `Blocked`, `Needless`,
    `app.xero.errors.XeroError`, `LeaseLost`."""
    connection = the_connection(run)
    needs_consent(connection)
    connection_id, accounting = connection.id, AccountingApi(transport_of(run, connection))
    counts = Counter[str]()
    while True:
        news = _news(run)
        _read(run, accounting, connection_id, counts)
        online.read_some(run, accounting, connection_id, counts)
        if _finished(run, news):
            break
    successes.succeeded(run, connection_id, counts)


def _news(run: Run) -> int:
    """How many events have been handed to this operation so far."""
    told = select(func.count()).where(WebhookEvent.operation_id == run.operation.id)
    return db.session.scalars(told.select_from(WebhookEvent)).one()


def _finished(run: Run, news: int) -> bool:
    """Whether no event came after Xero was asked, as `Run.last_look` means it."""
    run.last_look()
    return _news(run) == news


def _read(run: Run, accounting: AccountingApi, connection_id: UUID, counts: Counter[str]) -> None:
    since = _since(connection_id)
    if since is None:
        return
    for page in accounting.invoices(since=since, by_us=True):
        counts.update(_take_page(connection_id, page))
        counts["read"] += len(page)
        progress = successes.progress_of(connection_id, operations.READ_INVOICES)
        progress.newest_at = max([progress.newest_at or since, *_dates(page)])
        run.save(attempts=0)


def _since(connection_id: UUID) -> datetime | None:
    """From when on; None while no invoice of ours is there. Before anything was read: from when the first was made,
    by Xero's clock."""
    newest = successes.progress_of(connection_id, operations.READ_INVOICES).newest_at
    if newest is None:
        ours = select(func.min(Invoice.xero_updated_at)).where(Invoice.connection_id == connection_id)
        newest = db.session.scalar(ours)
    return None if newest is None else newest.replace(microsecond=0) - OVERLAP


def _take_page(connection_id: UUID, page: Sequence[Told]) -> Counter[str]:
    by_id = {told.id: told for told in page}
    ours = db.session.scalars(
        select(Invoice)
        .where(Invoice.connection_id == connection_id, Invoice.xero_invoice_id.in_(by_id))
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return take([(invoice, by_id[str(invoice.xero_invoice_id)]) for invoice in ours])


def _dates(page: Sequence[Told]) -> list[datetime]:
    return [told.updated_at for told in page if told.updated_at]
