"""Reading from Xero: what changed lately, or everything. Nothing is written there: clients whose own changes are to be
sent get an errand, which `pushing` fulfils.

What changed is asked for from the newest UpdatedDateUTC seen, never from our own clock, less some minutes: what is told
twice settles to the same. Everything is read every night, because some changes in Xero move no date.
"""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from app.extensions import db
from app.models import Client, Connection, ContactErrand, ContactMapping, database_now, now
from app.models.operation import NORMAL
from app.sync import operations, successes
from app.sync.contacts import errands, living, newcomers, settling
from app.sync.contacts.changed import plan_exchange
from app.sync.contacts.settling import Terms
from app.sync.live import connection_of, transport_of
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.contacts import Contact

OVERLAP = timedelta(minutes=5)
STALE = timedelta(hours=12)
"""A reading of everything that was broken off longer ago begins anew."""
BY_READING = "Countinghouse, after reading Xero"


def read_changes(run: Run) -> None:
    """Read the contacts that changed; where nothing was ever read, have everything read. Raises as `jobs.create`."""
    connection = connection_of(run)
    progress = successes.progress_of(connection.id, operations.READ_CHANGES)
    if progress.newest_at is None:
        plan_everything(connection)
        return
    accounting = AccountingApi(transport_of(run, connection))
    terms, counts, connection_id = settling.terms_of(connection), Counter[str](), connection.id
    since = progress.newest_at.replace(microsecond=0) - OVERLAP
    for page in accounting.contacts(since=since, include_archived=True):
        _take_page(accounting, terms, page, counts)
        progress = successes.progress_of(connection_id, operations.READ_CHANGES)
        progress.newest_at = max([progress.newest_at or since, *_dates(page)])
        run.save(attempts=0)
    _finish(run, connection_id, counts)


def plan_everything(connection: Connection) -> None:
    """There is no newest change to begin from yet."""
    operations.plan(
        operations.RECONCILE_CONTACTS, connection.id, connection.organisation_name, BY_READING, NORMAL
    )


def reconcile(run: Run) -> None:
    """Read every contact and compare all clients; goes on with the page at which it was broken off."""
    _read_everything(run, connection_of(run))


def _read_everything(run: Run, connection: Connection) -> None:
    accounting = AccountingApi(transport_of(run, connection))
    terms, connection_id = settling.terms_of(connection), connection.id
    progress = successes.progress_of(connection_id, operations.RECONCILE_CONTACTS)
    if progress.begun_at is None or progress.begun_at < now() - STALE:
        progress.begun_at, progress.page, progress.counts = database_now(), 0, {}
        progress.newest_at = None
    run.save()
    counts, number, last = Counter[str](progress.counts), progress.page, False
    while not last:
        number += 1
        found = accounting.contacts_page(number, include_archived=True)
        _take_page(accounting, terms, found.contacts, counts)
        _note_page(connection_id, number, found.contacts, counts)
        run.save(attempts=0)
        last = found.last
    _after_everything(connection_id)
    _finish(run, connection_id, counts)


def _take_page(accounting: AccountingApi, terms: Terms, page: list[Contact], counts: Counter[str]) -> None:
    """Settle one page's contacts (not committed)."""
    found = {contact.id: contact for contact in page}
    merged = [contact.id for contact in page if contact.merged_to_id]
    mapped = _mapped_of(terms.connection_id, merged) if merged else []
    settled = settling.settle(
        terms, {**_as_read(found, merged), **living.survivors(accounting, mapped, found)}
    )
    counts.update(settled.counts)
    counts["read"] += len(page)
    counts["new"] += newcomers.note(terms.connection_id, page)
    _send_later([send.client_id for send in settled.sends])


def _as_read(found: dict[str, Contact], merged: list[str]) -> dict[str, Contact | None]:
    return {contact_id: contact for contact_id, contact in found.items() if contact_id not in merged}


def _mapped_of(connection_id: UUID, ids: list[str]) -> list[str]:
    return list(
        db.session.scalars(
            select(ContactMapping.xero_contact_id).where(
                ContactMapping.connection_id == connection_id, ContactMapping.xero_contact_id.in_(ids)
            )
        )
    )


def _send_later(client_ids: list[UUID]) -> None:
    """Errands for those to be sent, but for those that were refused and have not been changed since."""
    if client_ids:
        refused = select(ContactErrand.client_id).where(
            ContactErrand.client_id.in_(client_ids), ContactErrand.refused.is_not(None)
        )
        errands.note(set(client_ids) - set(db.session.scalars(refused)), BY_READING)


def _dates(page: list[Contact]) -> list[datetime]:
    return [contact.updated_at for contact in page if contact.updated_at]


def _note_page(connection_id: UUID, number: int, page: list[Contact], counts: Counter[str]) -> None:
    progress = successes.progress_of(connection_id, operations.RECONCILE_CONTACTS)
    progress.page, progress.counts = number, dict(counts)
    progress.newest_at = max(
        [*_dates(page), *([progress.newest_at] if progress.newest_at else [])], default=None
    )
    db.session.execute(
        update(ContactMapping)
        .where(
            ContactMapping.connection_id == connection_id,
            ContactMapping.xero_contact_id.in_([contact.id for contact in page]),
        )
        .values(seen_at=database_now())
        .execution_options(synchronize_session=False)
    )


def _after_everything(connection_id: UUID) -> None:
    """Whoever was not met is looked for by name and number of id; news is read from the newest change on."""
    progress = successes.progress_of(connection_id, operations.RECONCILE_CONTACTS)
    begun = progress.begun_at
    assert begun is not None
    unmet = db.session.scalars(
        select(ContactMapping.client_id)
        .join(ContactMapping.client)
        .where(
            ContactMapping.connection_id == connection_id,
            ContactMapping.created_at < begun,
            or_(ContactMapping.seen_at.is_(None), ContactMapping.seen_at < begun),
            ContactMapping.contact_status != settling.GONE,
            Client.archived_at.is_(None),
        )
    ).all()
    errands.note(unmet, BY_READING)
    progress.begun_at, progress.page = None, 0
    newcomers.forget_unseen(connection_id, begun)
    changes = successes.progress_of(connection_id, operations.READ_CHANGES)
    if changes.newest_at is None:
        # What changed while the pages were read may stand on one that was read before: begin no later than we did.
        changes.newest_at = min(progress.newest_at or begun, begun)


def _finish(run: Run, connection_id: UUID, counts: Counter[str]) -> None:
    connection = db.session.scalars(select(Connection).where(Connection.id == connection_id)).one()
    if errands.any_open():
        plan_exchange(connection, BY_READING)
    successes.succeeded(run, connection_id, counts)
