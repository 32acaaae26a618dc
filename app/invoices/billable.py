"""Completed requests that no invoice bills yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, select

from app.checks import one_line
from app.clients import search
from app.extensions import db
from app.forms import as_id
from app.models import Client, Invoice, Membership, Office, Service, ServiceRequest, User
from app.narrowing import where_equal
from app.paging import MOST_COUNTED, PAGE, Page, Rows, page_of


@dataclass(frozen=True)
class BillableFilters:
    """`since`: the instant from which on they were completed. `q`: what a client is found by (`app.clients.search`)."""

    q: str = ""
    service_id: UUID | None = None
    office_id: UUID | None = None
    client_id: UUID | None = None
    since: datetime | None = None


def read_filters(arguments: Mapping[str, str], time_zone: str) -> BillableFilters:
    """The filters of a page's address; a value that is not one of ours narrows nothing. `since` is written as a day."""
    return BillableFilters(
        q=one_line(arguments.get("q"))[:100],
        service_id=as_id(arguments.get("service")),
        office_id=as_id(arguments.get("office")),
        client_id=as_id(arguments.get("client")),
        since=_midnight(arguments.get("since"), time_zone),
    )


def _midnight(text: str | None, time_zone: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text or ""), time.min, ZoneInfo(time_zone))
    except ValueError:
        return None


def list_billable(
    filters: BillableFilters, *, after: str | None = None, before: str | None = None, size: int = PAGE
) -> Page:
    """The requests, those that came first before the others. Row: id, reference, client_id, client, service, office,
    assignee, price, completed_at, created_at. Raises `Problem` for a cursor that is not one of ours."""
    statement = _narrowed(
        select(
            ServiceRequest.id,
            ServiceRequest.reference,
            ServiceRequest.client_id,
            Client.name.label("client"),
            Service.name.label("service"),
            Office.name.label("office"),
            User.name.label("assignee"),
            ServiceRequest.price,
            ServiceRequest.completed_at,
            ServiceRequest.created_at,
        )
        .join(ServiceRequest.client)
        .join(ServiceRequest.service)
        .outerjoin(ServiceRequest.office)
        .outerjoin(ServiceRequest.assignee)
        .outerjoin(User, User.id == Membership.user_id),
        filters,
    )
    keys = (ServiceRequest.created_at, ServiceRequest.id)
    return page_of(statement, keys, after=after, before=before, size=size)


def count_billable(filters: BillableFilters) -> tuple[int, Decimal]:
    """How many there are, 10,001 for more than 10,000, and what their prices come to."""
    some = _narrowed(select(ServiceRequest.price), filters).limit(MOST_COUNTED + 1).subquery()
    row = db.session.execute(
        select(func.count(), func.coalesce(func.sum(some.c.price), 0)).select_from(some)
    ).one()
    return row[0], Decimal(row[1])


def matching_ids(filters: BillableFilters, most: int) -> list[UUID]:
    """The ids of what the filters leave, the oldest `most` of them."""
    ordered = _narrowed(select(ServiceRequest.id), filters).order_by(
        ServiceRequest.created_at, ServiceRequest.id
    )
    return list(db.session.scalars(ordered.limit(most)))


def _narrowed(statement: Rows, filters: BillableFilters) -> Rows:
    statement = statement.where(ServiceRequest.status == "completed", ~billed())
    equal = {
        ServiceRequest.service_id: filters.service_id,
        ServiceRequest.office_id: filters.office_id,
        ServiceRequest.client_id: filters.client_id,
    }
    statement = where_equal(statement, equal)
    if filters.since:
        statement = statement.where(ServiceRequest.completed_at >= filters.since)
    found = search.matching(filters.q)
    return (
        statement
        if found is None
        else statement.where(ServiceRequest.client_id.in_(select(Client.id).where(found)))
    )


def billed() -> ColumnElement[bool]:
    """Whether an invoice that counts bills the request."""
    return (
        exists()
        .where(
            Invoice.company_id == ServiceRequest.company_id,
            Invoice.service_request_id == ServiceRequest.id,
            Invoice.ended_at.is_(None),
        )
        .correlate(ServiceRequest)
    )
