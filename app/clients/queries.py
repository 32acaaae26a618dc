"""What is read about clients. Lists are plain rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, false, func, or_, select

from app.checks import one_line
from app.extensions import db, settings
from app.models import Client, Connection, ContactMapping, Membership, Office, Service, ServiceRequest, User
from app.models.client import CLIENT_KINDS
from app.paging import PAGE, Page, Rows, counted, page_of


@dataclass(frozen=True)
class ClientFilters:
    """Which clients a list shows. `archived`: only those archived, instead of only those who are not."""

    q: str = ""
    office_id: UUID | None = None
    kind: str | None = None
    archived: bool = False


def list_clients(
    filters: ClientFilters, *, after: str | None = None, before: str | None = None, size: int = PAGE
) -> Page:
    """Clients by name. Row: id, number, name, sort_name, kind, email, phone, office_id, office (its name),
    notes, archived_at, created_at, updated_at. Raises `Problem` for a cursor that is not one of ours."""
    columns = select(
        Client.id,
        Client.number,
        Client.name,
        Client.sort_name,
        Client.kind,
        Client.email,
        Client.phone,
        Client.office_id,
        Office.name.label("office"),
        Client.notes,
        Client.archived_at,
        Client.created_at,
        Client.updated_at,
    ).outerjoin(Client.office)
    keys = (Client.sort_name, Client.id)
    return page_of(_filtered(columns, filters), keys, after=after, before=before, size=size)


def count_clients(filters: ClientFilters) -> int:
    """How many clients the filters leave, 10,001 for more than 10,000."""
    return counted(_filtered(select(Client.id), filters))


def _filtered(statement: Rows, filters: ClientFilters) -> Rows:
    statement = statement.where(
        Client.archived_at.is_not(None) if filters.archived else Client.archived_at.is_(None)
    )
    if filters.office_id:
        statement = statement.where(Client.office_id == filters.office_id)
    if filters.kind:
        known = filters.kind in CLIENT_KINDS
        statement = statement.where(Client.kind == filters.kind if known else false())
    words = one_line(filters.q).casefold()
    if words:
        # The beginning of any word of the name, of the number (also without our prefix) or of the e-mail.
        statement = statement.where(
            or_(
                Client.sort_name.startswith(words, autoescape=True),
                Client.sort_name.contains(f" {words}", autoescape=True),
                func.lower(Client.number).startswith(words, autoescape=True),
                func.lower(Client.number).endswith(f"-{words}", autoescape=True),
                func.lower(Client.email).startswith(words, autoescape=True),
            )
        )
    return statement


def find_client(client_id: UUID) -> Client | None:
    """The client of this company with this id."""
    return db.session.scalar(select(Client).where(Client.id == client_id))


def offices() -> list[Row[UUID, str, bool]]:
    """The practice's offices by name, for choices. Row: id, name, active (False: closed)."""
    return list(db.session.execute(select(Office.id, Office.name, Office.active).order_by(Office.name)))


def requests_of(client_id: UUID, most: int = 50) -> list[Row[Any]]:
    """The client's newest requests. Row: id, reference, service, assignee, status, due_on, created_at."""
    return list(
        db.session.execute(
            select(
                ServiceRequest.id,
                ServiceRequest.reference,
                Service.name.label("service"),
                User.name.label("assignee"),
                ServiceRequest.status,
                ServiceRequest.due_on,
                ServiceRequest.created_at,
            )
            .join(ServiceRequest.service)
            .outerjoin(ServiceRequest.assignee)
            .outerjoin(User, User.id == Membership.user_id)
            .where(ServiceRequest.client_id == client_id)
            .order_by(ServiceRequest.created_at.desc(), ServiceRequest.id.desc())
            .limit(most)
        )
    )


def portal_people(client_id: UUID) -> list[Row[str, str, bool]]:
    """Who may look at this client's portal. Row: name, email, active."""
    return list(
        db.session.execute(
            select(User.name, User.email, Membership.active)
            .select_from(Membership)
            .join(User, User.id == Membership.user_id)
            .where(Membership.client_id == client_id)
            .order_by(Membership.active.desc(), User.name)
        )
    )


@dataclass(frozen=True)
class XeroContact:
    """A client's contact in one organisation. `found_by`: a word of
    app/sync/contacts/finding.py; `url`: where a person opens it in Xero."""

    name: str
    organisation: str
    found_by: str
    since: datetime
    url: str | None


def contacts_of(client_id: UUID) -> list[XeroContact]:
    """The client's contacts in Xero, newest first: one for each organisation there has been."""
    rows = db.session.execute(
        select(ContactMapping, Connection)
        .join(Connection, Connection.id == ContactMapping.connection_id)
        .where(ContactMapping.client_id == client_id)
        .order_by(ContactMapping.created_at.desc())
    )
    return [
        XeroContact(
            name=mapping.contact_name,
            organisation=connection.organisation_name,
            found_by=mapping.found_by,
            since=mapping.created_at,
            url=_contact_url(connection.short_code, mapping.xero_contact_id),
        )
        for mapping, connection in rows
    ]


def _contact_url(short_code: str | None, contact_id: str) -> str | None:
    # Xero's documented deep link. The simulator has no page of a contact, so the demonstration has no link.
    if settings().demo or not short_code:
        return None
    target = f"/Contacts/View/{contact_id}"
    return (
        f"{settings().xero_go_url}/organisationlogin/default.aspx?shortcode={short_code}&redirecturl={target}"
    )
