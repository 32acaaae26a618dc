"""What becomes of an event, by its category. A category that is not in the table is kept and shown as not used.

A handler gets new events of one connection, in the company's scope, and answers one verdict for each, in their order.
It plans operations with the caller's transaction; it asks Xero nothing and commits nothing. The record is read when
the operation runs, so the order of events and how often they come do not matter.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models import Connection, ContactMapping, Invoice, Operation
from app.sync.contacts.pulling import BY_NEWS, plan_pull
from app.sync.invoices.asking import ask_status
from app.xero.webhooks import Event


@dataclass(frozen=True)
class Verdict:
    """`state` as `app.models.webhook` lists them; the operation that reads the record; whose record it is."""

    state: str
    operation_id: UUID | None = None
    subject_id: UUID | None = None


Handler = Callable[[Connection, Sequence[Event]], list[Verdict]]


Known = Mapping[str, tuple[UUID, datetime | None]]
"""Id of a record in Xero → whose it is, and when it was changed as we last saw or wrote it."""


def contacts(connection: Connection, events: Sequence[Event]) -> list[Verdict]:
    """Have the contacts of our clients read, each once, but for changes we know of already.

    Contacts of nobody we know cost no call; the incremental read finds the new ones among them.
    """
    known = _mapped(connection, {event.resource_id for event in events})
    wanted = {event.resource_id for event in events if _is_news(event, known)}
    return _verdicts(events, known, next(iter(plan_pull(connection, sorted(wanted))), None))


def invoices(connection: Connection, events: Sequence[Event]) -> list[Verdict]:
    """Have what changed among our invoices read, once for all of it. Others' invoices cost no call."""
    known = _sent(connection, {event.resource_id for event in events})
    news = any(_is_news(event, known) for event in events)
    return _verdicts(events, known, ask_status(connection, BY_NEWS) if news else None)


def _verdicts(events: Sequence[Event], known: Known, operation: Operation | None) -> list[Verdict]:
    verdicts = []
    for event in events:
        if event.resource_id not in known:
            verdicts.append(Verdict("no_client"))
        elif operation is None or not _is_news(event, known):
            verdicts.append(Verdict("echo", None, known[event.resource_id][0]))
        else:
            verdicts.append(Verdict("handed_on", operation.id, known[event.resource_id][0]))
    return verdicts


def _is_news(event: Event, known: Known) -> bool:
    """What happened up to the record's known change we have seen or done ourselves: our own writing comes back as an
    event."""
    if event.resource_id not in known:
        return False
    updated_at = known[event.resource_id][1]
    return event.at is None or updated_at is None or event.at > updated_at


def _mapped(connection: Connection, contact_ids: set[str]) -> Known:
    rows = db.session.execute(
        select(
            ContactMapping.xero_contact_id, ContactMapping.client_id, ContactMapping.contact_updated_at
        ).where(
            ContactMapping.connection_id == connection.id, ContactMapping.xero_contact_id.in_(contact_ids)
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _sent(connection: Connection, invoice_ids: set[str]) -> Known:
    rows = db.session.execute(
        select(Invoice.xero_invoice_id, Invoice.client_id, Invoice.xero_updated_at).where(
            Invoice.connection_id == connection.id, Invoice.xero_invoice_id.in_(invoice_ids)
        )
    )
    return {str(row[0]): (row[1], row[2]) for row in rows}


def not_used(_connection: Connection, events: Sequence[Event]) -> list[Verdict]:
    """Kept and shown: Countinghouse does nothing with this kind of record yet."""
    return [Verdict("not_used")] * len(events)


HANDLERS: Mapping[str, Handler] = {"CONTACT": contacts, "INVOICE": invoices}
