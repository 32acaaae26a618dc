"""What may be done to a client. Nothing here commits."""

from typing import Any, TypedDict, Unpack, cast
from uuid import UUID

from sqlalchemy import select

from app.audit import record as audit
from app.checks import Checks
from app.companies import locked_company
from app.errors import WrongState
from app.extensions import db
from app.models import Client, Office, now
from app.models.client import CLIENT_KINDS


class ClientDetails(TypedDict, total=False):
    """What a person may say about a client. When editing, what is left out stays as it is."""

    name: str
    kind: str
    email: str | None
    phone: str | None
    office_id: UUID | None
    notes: str | None


def create_client(**details: Unpack[ClientDetails]) -> Client:
    """A new client with the company's next number. Raises `Problem` 422 that names every wrong field."""
    checked = _checked({"name": "", **details}, None)
    client = Client(number=locked_company().take_client_number(), **checked)
    db.session.add(client)
    db.session.flush()
    audit.created("client.added", client)
    return client


def edit_client(client: Client, **details: Unpack[ClientDetails]) -> None:
    """Change the details given. Raises `Problem` 422 naming every wrong field, `WrongState` when archived."""
    if client.archived_at is not None:
        raise WrongState("This client is archived. Bring the client back before you change the details.")
    for field, value in _checked(cast("dict[str, Any]", details), client).items():
        setattr(client, field, value)
    audit.changed("client.edited", client)


def archive_client(client: Client) -> None:
    """Take the client out of lists and choices; requests and history stay. Raises `WrongState` if it is."""
    if client.archived_at is not None:
        raise WrongState("This client is archived already.")
    client.archived_at = now()
    audit.changed("client.archived", client)


def unarchive_client(client: Client) -> None:
    """Bring the client back. Raises `WrongState` when the client is not archived."""
    if client.archived_at is None:
        raise WrongState("This client is not archived.")
    client.archived_at = None
    audit.changed("client.restored", client)


def _checked(details: dict[str, Any], client: Client | None) -> dict[str, Any]:
    checks = Checks()
    values: dict[str, Any] = {}
    if "name" in details:
        values["name"] = _name(checks, details["name"])
        values["sort_name"] = values["name"].casefold()
    if "kind" in details:
        values["kind"] = checks.one_of("kind", details["kind"], CLIENT_KINDS, "The kind of client")
    if "email" in details:
        values["email"] = checks.email("email", details["email"])
    if "phone" in details:
        values["phone"] = checks.phone("phone", details["phone"])
    if "office_id" in details:
        values["office_id"] = _office(checks, details["office_id"], client)
    if "notes" in details:
        values["notes"] = checks.text("notes", details["notes"], "The note")
    checks.finish()
    return values


def _name(checks: Checks, value: str | None) -> str:
    # The name becomes the contact's in Xero, which takes no angle brackets and 255 characters at most.
    name = checks.required("name", value, "The client's name")
    if "<" in name or ">" in name:
        checks.wrong("name", "Xero does not take the signs < and > in a name. Leave them out.")
    return name


def _office(checks: Checks, office_id: UUID | None, client: Client | None) -> UUID | None:
    if office_id is None or (client is not None and office_id == client.office_id):
        return office_id
    office = db.session.scalar(select(Office).where(Office.id == office_id))
    if office is None:
        checks.wrong("office_id", "There is no such office. Choose one of the practice's offices.")
    elif not office.active:
        checks.wrong("office_id", f"The office {office.name} is closed. Choose another one.")
    return office_id
