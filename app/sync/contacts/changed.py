"""A client was changed here: what follows for its contact in Xero."""

from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models import Client, Company, Connection, ContactMapping, Operation
from app.models.operation import INTERACTIVE, NORMAL
from app.sync import operations
from app.sync.connections import current_connection, needed_connection
from app.sync.contacts import errands
from app.sync.contacts.fields import BY_NAME

BY_A_CHANGE = "Countinghouse, because a client was changed"


def client_changed(client: Client, fields: set[str]) -> None:
    """Plan what the practice's settings say about a client that was added or edited (not committed).

    Call it in the transaction of the edit, with the names of the attributes that were changed. For a mapped client a
    changed field of `app.sync.contacts.fields` is sent; one without a contact gets one when the practice wants that.
    Costs nothing where neither is so; asks Xero nothing.
    """
    if not fields & BY_NAME.keys() or client.archived_at is not None:
        return
    company = db.session.scalars(select(Company)).one()
    if not (company.push_client_changes or company.push_new_clients):
        return
    connection = current_connection()
    if connection is None:
        return
    mapped = _is_mapped(client.id, connection)
    if mapped and company.push_client_changes:
        errands.note([client.id], BY_A_CHANGE)
    elif not mapped and company.push_new_clients and company.create_contacts:
        errands.note([client.id], BY_A_CHANGE, create=True)
    else:
        return
    plan_exchange(connection, BY_A_CHANGE)


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
