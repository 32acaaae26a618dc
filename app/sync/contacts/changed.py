"""A client was changed here: what follows for its contact in Xero."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models import Client, Company, Connection, ContactConflict, ContactMapping, Operation
from app.models.operation import INTERACTIVE, NORMAL
from app.sync import operations
from app.sync.connections import current_connection, needed_connection
from app.sync.contacts import errands
from app.sync.contacts.fields import BY_NAME

BY_A_CHANGE = "Countinghouse, because a client was changed"


def client_changed(client: Client, fields: set[str]) -> None:
    """Plan what the practice's settings say about a client that was added or edited (not committed).

    Call it in the transaction of the edit, with the names of the attributes that were changed. For a mapped client a
    changed field of `app.sync.contacts.fields` is sent; one without a contact gets one when the practice wants that;
    one brought back from the archive is compared afresh; changed `tags` become changed groups. Asks Xero nothing.
    """
    if client.archived_at is None:
        clients_changed([client.id], fields)


def clients_changed(client_ids: Collection[UUID], fields: set[str]) -> None:
    """`client_changed` for many at once, none of them archived, in a handful of statements (not committed)."""
    connection = current_connection() if client_ids else None
    if connection is None:
        return
    company = db.session.scalars(select(Company)).one()
    if "tags" in fields and company.contact_groups == "both":
        operations.plan(
            operations.SYNC_GROUPS, connection.id, connection.organisation_name, BY_A_CHANGE, NORMAL
        )
    if not fields & _COMPARED:
        return
    mapped = _mapped(client_ids, connection)
    # A conflict shows both sides: what is typed here now must stand in it.
    compared = mapped if company.push_client_changes or fields & _ANEW else _in_conflict(mapped)
    made = set(client_ids) - mapped if company.push_new_clients and company.create_contacts else set()
    errands.note(compared, BY_A_CHANGE)
    errands.note(made, BY_A_CHANGE, create=True)
    if compared or made:
        plan_exchange(connection, BY_A_CHANGE)


_ANEW = {"archived_at", "merged"}
_COMPARED = BY_NAME.keys() | _ANEW


def sync_client(client: Client, by: str, *, force: bool = False) -> Operation:
    """Compare one client now, because a person asks, and make its contact if it has none (not committed).

    `force`: our values go to Xero wherever the two differ. Raises `WrongState` without a live connection.
    """
    connection = needed_connection()
    errands.note([client.id], by, create=True, force=force)
    return plan_exchange(connection, by, INTERACTIVE)


def plan_exchange(connection: Connection, by: str, priority: int = NORMAL) -> Operation:
    """The operation that fulfils the errands; one that is under way sees those noted meanwhile."""
    return operations.plan(
        operations.EXCHANGE_CONTACTS, connection.id, connection.organisation_name, by, priority
    )


def _mapped(client_ids: Collection[UUID], connection: Connection) -> set[UUID]:
    return set(
        db.session.scalars(
            select(ContactMapping.client_id).where(
                ContactMapping.client_id.in_(client_ids), ContactMapping.connection_id == connection.id
            )
        )
    )


def _in_conflict(client_ids: Collection[UUID]) -> set[UUID]:
    return set(
        db.session.scalars(
            select(ContactConflict.client_id).where(
                ContactConflict.client_id.in_(client_ids), ContactConflict.resolved_at.is_(None)
            )
        )
    )
