"""What is read about service requests. Lists are plain rows."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Client, Membership, Office, Operation, RequestEvent, Service, ServiceRequest, User
from app.models.membership import STAFF_ROLES
from app.models.service_request import OPEN_STATUSES
from app.paging import PAGE, Page, Rows, counted, page_of
from app.requests.filters import JOB_OF_REQUEST, RequestFilters, narrowed

MOST_EVENTS = 200


def list_requests(
    filters: RequestFilters,
    *,
    sort: str = "created",
    descending: bool = True,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE,
) -> Page:
    """Requests by `sort`: when they came (created) or when they are due. Row: see `request_rows`.

    Raises `Problem` for a cursor that is not one of ours.
    """
    where = {"after": after, "before": before, "size": size}
    return requests_page(request_rows(), filters, sort=sort, descending=descending, **where)


def requests_page(
    rows: Rows, filters: RequestFilters, *, sort: str = "created", descending: bool = True, **where: Any
) -> Page:
    """A page of a statement that reads as `request_rows` does. `where`: what `page_of` takes."""
    keys = (ServiceRequest.due_on if sort == "due" else ServiceRequest.created_at, ServiceRequest.id)
    if filters.q:
        return page_of(rows, keys, descending=descending, among=_ids(filters), **where)
    return page_of(narrowed(rows, filters), keys, descending=descending, **where)


def count_requests(filters: RequestFilters) -> int:
    """How many requests the filters leave, 10,001 for more than 10,000."""
    return counted(_ids(filters))


def _ids(filters: RequestFilters) -> Rows:
    statement = select(ServiceRequest.id)
    if filters.xero:
        statement = statement.outerjoin(Operation, JOB_OF_REQUEST)
    return narrowed(statement, filters)


def matching_ids(filters: RequestFilters, most: int) -> list[UUID]:
    """The ids of what the filters leave, the oldest `most` of them."""
    statement = select(ServiceRequest.id).outerjoin(Operation, JOB_OF_REQUEST)
    ordered = narrowed(statement, filters).order_by(ServiceRequest.created_at, ServiceRequest.id)
    return list(db.session.scalars(ordered.limit(most)))


def request_rows() -> Rows:
    """Row: id, reference, client_id, client, service_id, service, office, assignee_id, assignee, status,
    price, due_on, paid_on, created_at, xero_job_id, xero_job_name, xero_job_url, job_state (the operation's),
    job_error."""
    return (
        select(
            ServiceRequest.id,
            ServiceRequest.reference,
            ServiceRequest.client_id,
            Client.name.label("client"),
            ServiceRequest.service_id,
            Service.name.label("service"),
            Office.name.label("office"),
            ServiceRequest.assignee_id,
            User.name.label("assignee"),
            ServiceRequest.status,
            ServiceRequest.price,
            ServiceRequest.due_on,
            ServiceRequest.paid_on,
            ServiceRequest.created_at,
            ServiceRequest.xero_job_id,
            ServiceRequest.xero_job_name,
            ServiceRequest.xero_job_url,
            Operation.state.label("job_state"),
            Operation.error.label("job_error"),
        )
        .join(ServiceRequest.client)
        .join(ServiceRequest.service)
        .outerjoin(ServiceRequest.office)
        .outerjoin(ServiceRequest.assignee)
        .outerjoin(User, User.id == Membership.user_id)
        .outerjoin(Operation, JOB_OF_REQUEST)
    )


def rows_of(ids: Collection[UUID]) -> list[Row[Any]]:
    """These requests by reference, as `request_rows`."""
    order = (func.length(ServiceRequest.reference), ServiceRequest.reference)
    return list(db.session.execute(request_rows().where(ServiceRequest.id.in_(ids)).order_by(*order)))


def assigned_at(accountant_id: UUID | None, at: datetime, most: int = 500) -> list[Row[Any]]:
    """What was given to this accountant in one go, by reference, as `request_rows`."""
    order = (func.length(ServiceRequest.reference), ServiceRequest.reference)
    theirs = (ServiceRequest.assignee_id == accountant_id, ServiceRequest.assigned_at == at)
    return list(db.session.execute(request_rows().where(*theirs).order_by(*order).limit(most)))


def find_request(request_id: UUID) -> ServiceRequest | None:
    """The request of this company with this id, with client, service, office and assignee."""
    parts = (ServiceRequest.client, ServiceRequest.service, ServiceRequest.office, ServiceRequest.assignee)
    return db.session.scalar(
        select(ServiceRequest)
        .where(ServiceRequest.id == request_id)
        .options(*(joinedload(part) for part in parts))
    )


def events_of(request_id: UUID, most: int = MOST_EVENTS) -> list[Row[Any]]:
    """What happened, newest first. Row: id, at, kind, actor_name, text, internal."""
    return list(
        db.session.execute(
            select(
                RequestEvent.id,
                RequestEvent.at,
                RequestEvent.kind,
                RequestEvent.actor_name,
                RequestEvent.text,
                RequestEvent.internal,
            )
            .where(RequestEvent.service_request_id == request_id)
            .order_by(RequestEvent.at.desc(), RequestEvent.id.desc())
            .limit(most)
        )
    )


def accountants() -> list[Row[UUID, str, str, int]]:
    """Who requests can be given to, by name. Row: id (of the membership), name, role, open_requests."""
    theirs = and_(
        ServiceRequest.assignee_id == Membership.id,
        ServiceRequest.company_id == Membership.company_id,
        ServiceRequest.status.in_(OPEN_STATUSES),
    )
    return list(
        db.session.execute(
            select(
                Membership.id,
                User.name,
                Membership.role,
                func.count(ServiceRequest.id).label("open_requests"),
            )
            .join(User, User.id == Membership.user_id)
            .outerjoin(ServiceRequest, theirs)
            .where(Membership.active, Membership.role.in_(STAFF_ROLES), User.active)
            .group_by(Membership.company_id, Membership.id, User.id)
            .order_by(User.name, Membership.id)
        )
    )
