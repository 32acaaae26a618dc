"""What a client sees in the portal: their own requests, and their history but for what is internal."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.extensions import db
from app.models import Client, Membership, RequestEvent, Service, ServiceRequest, User
from app.models.service_request import OPEN_STATUSES
from app.paging import Page, Rows, page_of

MOST_OPEN = 100
FINISHED_PAGE = 20


def _requests(client_id: UUID) -> Rows:
    return (
        select(
            ServiceRequest.id,
            ServiceRequest.reference,
            Service.name.label("service"),
            User.name.label("assignee"),
            ServiceRequest.status,
            ServiceRequest.due_on,
            ServiceRequest.created_at,
            ServiceRequest.completed_at,
        )
        .join(ServiceRequest.service)
        .outerjoin(ServiceRequest.assignee)
        .outerjoin(User, User.id == Membership.user_id)
        .where(ServiceRequest.client_id == client_id)
    )


def open_requests(client_id: UUID) -> list[Row[Any]]:
    """The client's requests that are not over, those waiting for the client first, then by due date. Row: id,
    reference, service, assignee, status, due_on, created_at, completed_at."""
    statement = _requests(client_id).where(ServiceRequest.status.in_(OPEN_STATUSES))
    waiting_first = (ServiceRequest.status != "waiting", ServiceRequest.due_on, ServiceRequest.id)
    return list(db.session.execute(statement.order_by(*waiting_first).limit(MOST_OPEN)))


def finished_requests(client_id: UUID, *, after: str | None = None, before: str | None = None) -> Page:
    """The client's requests that are over, newest first; rows as those of `open_requests`."""
    statement = _requests(client_id).where(ServiceRequest.status.not_in(OPEN_STATUSES))
    keys = (ServiceRequest.created_at, ServiceRequest.id)
    return page_of(statement, keys, after=after, before=before, size=FINISHED_PAGE, descending=True)


def find_request(client_id: UUID, request_id: UUID) -> ServiceRequest | None:
    """The request, when it is this client's."""
    return db.session.scalar(
        select(ServiceRequest).where(ServiceRequest.id == request_id, ServiceRequest.client_id == client_id)
    )


def events_of(request_id: UUID) -> list[Row[Any]]:
    """What a client may read of the history, newest first. Row: kind, at, actor_name, text, details."""
    return list(
        db.session.execute(
            select(
                RequestEvent.kind,
                RequestEvent.at,
                RequestEvent.actor_name,
                RequestEvent.text,
                RequestEvent.details,
            )
            .where(RequestEvent.service_request_id == request_id, RequestEvent.internal.is_(False))
            .order_by(RequestEvent.at.desc(), RequestEvent.id.desc())
        )
    )


def services_offered() -> list[Row[UUID, str, str | None]]:
    """What a client may ask for, by name. Row: id, name, description."""
    return list(
        db.session.execute(
            select(Service.id, Service.name, Service.description).where(Service.active).order_by(Service.name)
        )
    )


def find_client(client_id: UUID) -> Client:
    """The client whose portal this is."""
    return db.session.scalars(select(Client).where(Client.id == client_id)).one()
