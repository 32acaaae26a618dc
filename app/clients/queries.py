"""What is read about clients. Lists are plain rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select

from app.clients.filters import SORTS, ClientFilters, in_xero, narrowed
from app.extensions import db, settings
from app.models import (
    Client,
    Company,
    Connection,
    ContactMapping,
    Invoice,
    Membership,
    Office,
    Service,
    ServiceRequest,
    User,
)
from app.models.service_request import OPEN_STATUSES
from app.paging import PAGE, Page, Rows, counted, page_of
from app.sync.connections import current_connection


def list_clients(
    filters: ClientFilters,
    *,
    sort: str = "name",
    descending: bool = False,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE,
) -> Page:
    """Clients by `sort`: name, number or created. Row: see `client_rows`.

    Raises `Problem` for a cursor that is not one of ours.
    """
    keys = (SORTS[sort], Client.id)
    statement = narrowed(client_rows(), filters, in_order=True)
    return page_of(statement, keys, after=after, before=before, size=size, descending=descending)


def client_rows() -> Rows:
    """Row: every column of a client but its company's, `office` (its name) and `in_xero`."""
    columns = (column for column in Client.__mapper__.column_attrs if column.key != "company_id")
    return select(
        *(column.class_attribute for column in columns),
        Office.name.label("office"),
        in_xero().label("in_xero"),
    ).outerjoin(Client.office)


def one_row(client_id: UUID) -> Row[Any] | None:
    """The client of this company with this id, as `client_rows`."""
    return db.session.execute(client_rows().where(Client.id == client_id)).one_or_none()


def count_clients(filters: ClientFilters) -> int:
    """How many clients the filters leave, 10,001 for more than 10,000."""
    return counted(narrowed(select(Client.id), filters))


def matching_ids(filters: ClientFilters, most: int) -> list[UUID]:
    """The ids of what the filters leave, `most` of them at the most."""
    return list(db.session.scalars(narrowed(select(Client.id), filters).limit(most)))


def names_of(client_ids: Collection[UUID]) -> list[Row[UUID, str, str]]:
    """These clients by name. Row: id, number, name."""
    named = select(Client.id, Client.number, Client.name).where(Client.id.in_(client_ids))
    return list(db.session.execute(named.order_by(Client.sort_name, Client.id)))


def survivors_of(rows: Collection[Row[Any]]) -> dict[UUID, str]:
    """Of rows as `client_rows`: the clients whom merged ones were found to be, id to name. Asks nothing for none."""
    merged = {row.merged_into_id for row in rows if row.merged_into_id}
    return {row.id: row.name for row in names_of(merged)} if merged else {}


def find_client(client_id: UUID) -> Client | None:
    """The client of this company with this id."""
    return db.session.scalar(select(Client).where(Client.id == client_id))


def offices() -> list[Row[UUID, str, bool]]:
    """The practice's offices by name, for choices. Row: id, name, active (False: closed)."""
    return list(db.session.execute(select(Office.id, Office.name, Office.active).order_by(Office.name)))


def requests_of(client_id: UUID, most: int = 20) -> list[Row[Any]]:
    """The client's newest requests, open ones first. Row: id, reference, service, assignee, status, due_on,
    created_at."""
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
            .order_by(
                ServiceRequest.status.in_(OPEN_STATUSES).desc(),
                ServiceRequest.created_at.desc(),
                ServiceRequest.id.desc(),
            )
            .limit(most)
        )
    )


def invoices_of(client_id: UUID, most: int = 20) -> list[Row[Any]]:
    """The client's newest invoices, discarded drafts left out. Row: what `app.statuses.invoice_status` takes, and id,
    reference, xero_number, issued_on, currency, total, xero_total, xero_due."""
    columns = (
        Invoice.id,
        Invoice.reference,
        Invoice.xero_number,
        Invoice.issued_on,
        Invoice.due_on,
        Invoice.xero_due_on,
        Invoice.currency,
        Invoice.total,
        Invoice.xero_total,
        Invoice.xero_due,
        Invoice.xero_paid,
        Invoice.xero_credited,
        Invoice.xero_status,
        Invoice.push_state,
        Invoice.ended_at,
    )
    shown = or_(Invoice.ended_at.is_(None), Invoice.push_state == "sent")
    newest = (Invoice.created_at.desc(), Invoice.id.desc())
    theirs = select(*columns).where(Invoice.client_id == client_id, shown)
    return list(db.session.execute(theirs.order_by(*newest).limit(most)))


def follows_in_xero(client: Client | None) -> str | None:
    """What saving does in Xero, in a sentence; None where nothing follows: the practice does not send changes, is not
    connected, or the client has no contact there."""
    connection = current_connection()
    if client is None or connection is None:
        return None
    mapped = db.session.scalar(
        select(ContactMapping.contact_name).where(
            ContactMapping.client_id == client.id, ContactMapping.connection_id == connection.id
        )
    )
    if mapped is None or not db.session.scalar(select(Company.push_client_changes)):
        return None
    waits = "" if connection.is_live else " as soon as the connection works again"
    return (
        f"What you change in the fields marked with ↗ is also changed in Xero, at the contact {mapped} in"
        f" {connection.organisation_name}{waits}. Kind, office, tags and notes stay here."
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
    status: str
    url: str | None
    current: bool


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
            status=mapping.contact_status,
            current=connection.status != "disconnected",
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
