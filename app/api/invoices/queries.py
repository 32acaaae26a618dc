"""Reads of invoices as the API shows them: plain rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.extensions import db
from app.models import Client, Invoice
from app.narrowing import where_equal
from app.paging import Page, Rows, page_of

SHOWN = (
    *("reference", "service_request_id", "push_state", "push_error", "send_as", "line_amounts", "currency"),
    *("issued_on", "due_on", "subtotal", "tax", "total", "change", "change_error", "xero_invoice_id"),
    *(
        "xero_number",
        "xero_status",
        "xero_currency",
        "xero_due_on",
        "xero_subtotal",
        "xero_tax",
        "xero_total",
    ),
    *("xero_paid", "xero_credited", "xero_due", "xero_paid_on", "online_url", "created_by", "updated_at"),
    *("read_at", "ended_at"),
)


@dataclass(frozen=True)
class InvoiceFilters:
    """`status`: Xero's word. `created_since`, `updated_since`: instants, included."""

    push_state: str | None = None
    status: str | None = None
    client_id: UUID | None = None
    service_request_id: UUID | None = None
    created_since: datetime | None = None
    updated_since: datetime | None = None


def rows() -> Rows:
    """Row: id, created_at, client_id, client, difference and the columns of `SHOWN`."""
    return select(
        Invoice.id,
        Invoice.created_at,
        Invoice.client_id,
        Client.name.label("client"),
        (Invoice.xero_total - Invoice.total).label("difference"),
        *(getattr(Invoice, name) for name in SHOWN),
    ).join(Invoice.client)


def list_invoices(filters: InvoiceFilters, *, after: str | None, size: int) -> Page:
    """Newest first. Raises `Problem` for a cursor that is not one of ours."""
    statement = _narrowed(rows(), filters)
    return page_of(statement, (Invoice.created_at, Invoice.id), after=after, size=size, descending=True)


def _narrowed(statement: Rows, filters: InvoiceFilters) -> Rows:
    equal = {
        Invoice.push_state: filters.push_state,
        Invoice.xero_status: filters.status,
        Invoice.client_id: filters.client_id,
        Invoice.service_request_id: filters.service_request_id,
    }
    statement = where_equal(statement, equal)
    if filters.created_since:
        statement = statement.where(Invoice.created_at >= filters.created_since)
    if filters.updated_since:
        statement = statement.where(Invoice.updated_at >= filters.updated_since)
    return statement


def rows_by_id(ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """These invoices of the company, one statement."""
    return {row.id: row for row in db.session.execute(rows().where(Invoice.id.in_(ids)))}
