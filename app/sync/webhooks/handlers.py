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
from app.models import Connection, ContactMapping
from app.sync.contacts.pulling import plan_pull
from app.xero.webhooks import Event


@dataclass(frozen=True)
class Verdict:
    """`state` as `app.models.webhook` lists them; the operation that reads the record; whose record it is."""

    state: str
    operation_id: UUID | None = None
    subject_id: UUID | None = None


Handler = Callable[[Connection, Sequence[Event]], list[Verdict]]


def contacts(connection: Connection, events: Sequence[Event]) -> list[Verdict]:
    """Have the contacts of our clients read, each once, but for changes we know of already.

    What happened up to `contact_updated_at` we have seen or done ourselves: our own writing comes back as an event.
    Contacts of nobody we know cost no call; the incremental read finds the new ones among them.
    """
    known = _mapped(connection, {event.resource_id for event in events})
    wanted = {
        event.resource_id
        for event in events
        if event.resource_id in known and not _seen(event, known[event.resource_id][1])
    }
    operation = next(iter(plan_pull(connection, sorted(wanted))), None)
    verdicts = []
    for event in events:
        if event.resource_id not in known:
            verdicts.append(Verdict("no_client"))
            continue
        client_id, updated_at = known[event.resource_id]
        if operation is None or _seen(event, updated_at):
            verdicts.append(Verdict("echo", None, client_id))
        else:
            verdicts.append(Verdict("handed_on", operation.id, client_id))
    return verdicts


def _mapped(connection: Connection, contact_ids: set[str]) -> dict[str, tuple[UUID, datetime | None]]:
    rows = db.session.execute(
        select(
            ContactMapping.xero_contact_id, ContactMapping.client_id, ContactMapping.contact_updated_at
        ).where(
            ContactMapping.connection_id == connection.id, ContactMapping.xero_contact_id.in_(contact_ids)
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _seen(event: Event, updated_at: datetime | None) -> bool:
    return event.at is not None and updated_at is not None and event.at <= updated_at


def not_used(_connection: Connection, events: Sequence[Event]) -> list[Verdict]:
    """Kept and shown: Countinghouse does nothing with this kind of record yet."""
    return [Verdict("not_used")] * len(events)


HANDLERS: Mapping[str, Handler] = {"CONTACT": contacts}
