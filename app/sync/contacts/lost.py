"""Looking for what a creating call has made whose answer was lost."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import func, select

from app.extensions import db
from app.models import Client, ContactErrand, database_now
from app.models.base import Json
from app.sync.batches import settle_lost
from app.sync.contacts import kept
from app.sync.contacts.fields import of_client
from app.sync.contacts.looking import Wanted
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi

LOOK_BACK = timedelta(minutes=10)
"""How long before a lost call it is looked for: Xero's clock and ours may run apart."""


def look_for_lost(run: Run, accounting: AccountingApi, connection_id: UUID) -> None:
    """Map what earlier creating calls made whose answers were lost, this operation's or another's, and let the rest be
    made anew. Raises `NotYet` while Xero may still be carrying one out."""
    for name, batch in sorted(_lost().items()):
        by_number = {one.number: one for one, _ in batch}
        sent_at = min(at for _, at in batch)

        def read_back(by_number: dict[str, Wanted] = by_number, sent_at: datetime = sent_at) -> Json:
            return _contacts_by_number(accounting, sent_at, by_number)

        def keep(result: Json, by_number: dict[str, Wanted] = by_number) -> None:
            kept.keep(connection_id, by_number, result, Counter())

        settle_lost(run, name, partial(_age, name), read_back, keep)


def _lost() -> dict[str, list[tuple[Wanted, datetime]]]:
    """The clients of each creating call that has no result."""
    found: dict[str, list[tuple[Wanted, datetime]]] = defaultdict(list)
    rows = db.session.execute(
        select(ContactErrand, Client).join(ContactErrand.client).where(ContactErrand.batch.is_not(None))
    )
    for errand, client in rows:
        one = Wanted(client.id, errand.asked_at, client.number, of_client(client))
        found[str(errand.batch)].append((one, errand.sent_at or errand.asked_at))
    return found


def _age(name: str) -> float:
    """Seconds since the call was sent, by the database's clock."""
    since = func.extract("epoch", database_now() - func.max(ContactErrand.sent_at))
    return float(db.session.scalar(select(since).where(ContactErrand.batch == name)) or 0)


def _contacts_by_number(accounting: AccountingApi, sent_at: datetime, by_number: dict[str, Wanted]) -> Json:
    """Those of the batch that stand in Xero, from what has changed since shortly before the call."""
    found = {
        contact.number: kept.plain(contact)
        for page in accounting.contacts(since=sent_at - LOOK_BACK)
        for contact in page
        if contact.number in by_number and kept.is_this(contact, by_number[contact.number])
    }
    return {"made": found, "refused": {}}
