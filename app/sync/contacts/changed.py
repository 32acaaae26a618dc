"""A client was changed here: what follows for its contact in Xero."""

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
    if client.archived_at is not None:
        return
    connection = current_connection()
    if connection is None:
        return
    company = db.session.scalars(select(Company)).one()
    if "tags" in fields and company.contact_groups == "both":
        operations.plan(
            operations.SYNC_GROUPS, connection.id, connection.organisation_name, BY_A_CHANGE, NORMAL
        )
    if not fields & _COMPARED:
        return
    if _is_mapped(client.id, connection):
        # A conflict shows both sides: what is typed here now must stand in it.
        if company.push_client_changes or fields & _ANEW or _has_conflicts(client.id):
            errands.note([client.id], BY_A_CHANGE)
            plan_exchange(connection, BY_A_CHANGE)
    elif company.push_new_clients and company.create_contacts:
        errands.note([client.id], BY_A_CHANGE, create=True)
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


def _is_mapped(client_id: UUID, connection: Connection) -> bool:
    return (
        db.session.scalar(
            select(ContactMapping.id).where(
                ContactMapping.client_id == client_id, ContactMapping.connection_id == connection.id
            )
        )
        is not None
    )


def _has_conflicts(client_id: UUID) -> bool:
    found = select(ContactConflict.id).where(
        ContactConflict.client_id == client_id, ContactConflict.resolved_at.is_(None)
    )
    return db.session.scalar(found.limit(1)) is not None
