"""What may be done to a client. Nothing here commits."""

import re
from typing import Any, Unpack, cast

from app.audit import record as audit
from app.clients.details import ClientDetails, check_new, checked, checked_number
from app.companies import locked_company
from app.errors import WrongState
from app.extensions import db
from app.models import Client, Company, now
from app.sync.contacts.changed import client_changed
from app.sync.contacts.fields import BY_NAME


def create_client(*, number: str | None = None, **details: Unpack[ClientDetails]) -> Client:
    """A new client with the number given, or else the company's next one.

    Raises `Problem` 422 that names every wrong field.
    """
    check_new({"name": "", **details}, number)
    values = checked({"name": "", **details}, None)
    company = locked_company()
    client = Client(number=take_number(company, checked_number(number)), **values)
    db.session.add(client)
    db.session.flush()
    audit.created("client.added", client)
    client_changed(client, {name for name in BY_NAME if getattr(client, name)})
    return client


def take_number(company: Company, number: str | None) -> str:
    """The number, or the next of the company's own. One that looks like them moves those to come behind it, so that
    none is given twice. The company's row must be locked by the caller."""
    if not number:
        return company.take_client_number()
    ours = re.fullmatch(re.escape(company.reference_prefix) + r"-C([0-9]{1,9})", number, re.IGNORECASE)
    if ours:
        company.next_client_number = max(company.next_client_number, int(ours.group(1)) + 1)
    return number


def edit_client(client: Client, **details: Unpack[ClientDetails]) -> None:
    """Change the details given. Raises `Problem` 422 naming every wrong field, `WrongState` when archived."""
    if client.archived_at is not None:
        raise WrongState("This client is archived. Bring the client back before you change the details.")
    change(client, checked(cast("dict[str, Any]", details), client))


def change(client: Client, values: dict[str, Any]) -> None:
    """Write checked values, and tell the audit log and the contact in Xero about those that differ."""
    different = put(client, values)
    if different:
        client_changed(client, different)


def put(client: Client, values: dict[str, Any]) -> set[str]:
    """Write checked values, and tell the audit log about those that differ; their names."""
    different = {name for name, value in values.items() if getattr(client, name) != value}
    for name in different:
        setattr(client, name, values[name])
    if different:
        audit.changed("client.edited", client)
    return different


def archive_client(client: Client) -> None:
    """Take the client out of lists and choices; requests and history stay. Raises `WrongState` if it is."""
    if client.archived_at is not None:
        raise WrongState("This client is archived already.")
    client.archived_at = now()
    audit.changed("client.archived", client)
    client_changed(client, {"archived_at"})


def unarchive_client(client: Client) -> None:
    """Bring the client back. Raises `WrongState` when the client is not archived, or was merged into another."""
    if client.merged_into_id is not None:
        raise WrongState(
            "This client was merged into another one, and lives on there. It cannot be brought back."
        )
    if client.archived_at is None:
        raise WrongState("This client is not archived.")
    client.archived_at = None
    audit.changed("client.restored", client)
    client_changed(client, {"archived_at"})
