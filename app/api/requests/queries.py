"""Reads of service requests as the API shows them: rows of one statement, for one request and for many."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.extensions import db
from app.models import Connection, Operation, RequestEvent, ServiceRequest
from app.paging import Page, Rows, page_of
from app.requests.filters import RequestFilters
from app.requests.queries import request_rows, requests_page


def rows() -> Rows:
    """Row: that of `app.requests.queries.request_rows`, and office_id, note, assigned_at, completed_at,
    updated_at, xero_job_number, xero_synced_at, xero_sync_error, job_whose_move, job_not_before,
    ever_connected (the same for all: whether the practice has, or has had, a connection to Xero)."""
    connected = select(Connection.id).where(Connection.kind == "accounting").exists()
    return request_rows().add_columns(
        ServiceRequest.office_id,
        ServiceRequest.note,
        ServiceRequest.assigned_at,
        ServiceRequest.completed_at,
        ServiceRequest.updated_at,
        ServiceRequest.xero_job_number,
        ServiceRequest.xero_synced_at,
        ServiceRequest.xero_sync_error,
        Operation.whose_move.label("job_whose_move"),
        Operation.not_before.label("job_not_before"),
        connected.label("ever_connected"),
    )


def list_requests(filters: RequestFilters, *, after: str | None, size: int) -> Page:
    """Newest first. Raises `Problem` for a cursor that is not one of ours."""
    return requests_page(rows(), filters, after=after, size=size)


def one_row(request_id: UUID) -> Row[Any] | None:
    """The request of this company with this id."""
    return db.session.execute(rows().where(ServiceRequest.id == request_id)).one_or_none()


def list_events(request_id: UUID, *, after: str | None, size: int) -> Page:
    """A request's history, newest first. Row: id, at, kind, actor_name, text, internal."""
    statement = select(
        RequestEvent.id,
        RequestEvent.at,
        RequestEvent.kind,
        RequestEvent.actor_name,
        RequestEvent.text,
        RequestEvent.internal,
    ).where(RequestEvent.service_request_id == request_id)
    return page_of(statement, (RequestEvent.at, RequestEvent.id), after=after, size=size, descending=True)
