"""What plans reading from Xero: the clock, a person, news by webhook, a gap in the news."""

from collections.abc import Iterable

from sqlalchemy import select

from app.extensions import db
from app.models import Connection, ContactMapping, Operation
from app.models.operation import BULK, NORMAL
from app.sync import operations
from app.sync.contacts import errands
from app.sync.contacts.changed import plan_exchange

BY_NEWS = "Xero, by webhook"
BY_THE_CLOCK = "Countinghouse, by the clock"


def plan_pull(connection: Connection, contact_ids: Iterable[str], by: str = BY_NEWS) -> list[Operation]:
    """Something happened to these contacts: have them compared with their clients (not committed).

    Those of clients are read by their ids, fifty a call; for the others what changed in the organisation is read, which
    finds them all in a call or two. Told twice, late or in another order it comes to the same: what is read is how the
    contact stands then. Nothing for no ids.
    """
    wanted = {contact_id.casefold() for contact_id in contact_ids}
    if not wanted:
        return []
    mapped = {
        row.xero_contact_id.casefold(): row.client_id
        for row in db.session.execute(
            select(ContactMapping.xero_contact_id, ContactMapping.client_id).where(
                ContactMapping.connection_id == connection.id, ContactMapping.xero_contact_id.in_(wanted)
            )
        )
    }
    planned = []
    if mapped:
        errands.note(mapped.values(), by)
        planned.append(plan_exchange(connection, by))
    if wanted - mapped.keys():
        planned.append(plan_read_changes(connection, by, NORMAL))
    return planned


def plan_read_changes(
    connection: Connection, by: str = BY_THE_CLOCK, priority: int = BULK, kind: str = operations.READ_CHANGES
) -> Operation:
    """Have the contacts read that changed since the newest change we know of (not committed): what a gap in the news
    asks for, and the clock every quarter of an hour."""
    return operations.plan(kind, connection.id, connection.organisation_name, by, priority)


def plan_reconcile(connection: Connection, by: str = BY_THE_CLOCK, priority: int = BULK) -> Operation:
    """Have every contact read and compared (not committed): some changes in Xero move no date."""
    return plan_read_changes(connection, by, priority, operations.RECONCILE_CONTACTS)


def plan_groups(connection: Connection, by: str = BY_THE_CLOCK, priority: int = BULK) -> Operation:
    """Have tags and contact groups brought together (not committed)."""
    return plan_read_changes(connection, by, priority, operations.SYNC_GROUPS)
