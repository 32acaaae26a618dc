"""What is read about invoices. Lists are plain rows."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import aliased, joinedload

from app.extensions import db
from app.invoices.filters import APPROVED, DUE, InvoiceFilters, narrowed
from app.models import (
    AuditEvent,
    Client,
    Connection,
    Invoice,
    InvoiceLine,
    InvoicePayment,
    Office,
    Service,
    ServiceRequest,
    XeroListEntry,
)
from app.paging import MOST_COUNTED, PAGE, Page, Rows, counted, page_of

ON_A_PAGE = 50
"""How many invoices the section of a request or a client shows."""


def list_invoices(
    filters: InvoiceFilters, *, after: str | None = None, before: str | None = None, size: int = PAGE
) -> Page:
    """Invoices, the newest first; what is owed by its due date, the oldest debt first. Row: see `invoice_rows`. Raises
    `Problem` for a cursor that is not one of ours."""
    keys = (Invoice.due_on if filters.by_due else Invoice.created_at, Invoice.id)
    statement = narrowed(invoice_rows(), filters)
    return page_of(statement, keys, after=after, before=before, size=size, descending=not filters.by_due)


def count_invoices(filters: InvoiceFilters) -> int:
    """How many invoices the filters leave, 10,001 for more than 10,000."""
    return counted(narrowed(select(Invoice.id), filters))


def matching_ids(filters: InvoiceFilters, most: int) -> list[UUID]:
    """The ids of what the filters leave, the oldest `most` of them."""
    ordered = narrowed(select(Invoice.id), filters).order_by(Invoice.created_at, Invoice.id)
    return list(db.session.scalars(ordered.limit(most)))


def owed(filters: InvoiceFilters) -> list[Row[str, Decimal, Decimal, int]]:
    """What is still to be paid of what the filters leave, a row a currency: currency, due, overdue, invoices (of the
    first 10,000). Nothing when nothing is owed."""
    columns: Rows = select(
        func.coalesce(Invoice.xero_currency, Invoice.currency).label("currency"),
        func.coalesce(Invoice.xero_due, 0).label("due"),
        (filters.today > DUE).label("late"),
    )
    some = narrowed(columns.where(APPROVED), filters).limit(MOST_COUNTED).subquery()
    whole = func.sum(some.c.due)
    sums = select(
        some.c.currency,
        whole.label("due"),
        func.coalesce(whole.filter(some.c.late), 0).label("overdue"),
        func.count().label("invoices"),
    )
    return list(db.session.execute(sums.group_by(some.c.currency).order_by(whole.desc())))


def invoice_rows() -> Rows:
    """Row: id, reference, xero_number, client_id, client, service_request_id, issued_on, due_on, xero_due_on, currency,
    total, xero_total, xero_due, xero_paid, xero_credited, push_state, push_error, xero_status, change, change_error,
    ended_at, created_at, online_url, xero_paid_on."""
    return select(
        Invoice.id,
        Invoice.reference,
        Invoice.xero_number,
        Invoice.client_id,
        Client.name.label("client"),
        Invoice.service_request_id,
        Invoice.issued_on,
        Invoice.due_on,
        Invoice.xero_due_on,
        Invoice.currency,
        Invoice.total,
        Invoice.xero_total,
        Invoice.xero_due,
        Invoice.xero_paid,
        Invoice.xero_credited,
        Invoice.push_state,
        Invoice.push_error,
        Invoice.xero_status,
        Invoice.change,
        Invoice.change_error,
        Invoice.ended_at,
        Invoice.created_at,
        Invoice.online_url,
        Invoice.xero_paid_on,
    ).join(Invoice.client)


def find_invoice(invoice_id: UUID) -> Invoice | None:
    """The invoice of this company with this id, with its client and request."""
    parts = (joinedload(Invoice.client), joinedload(Invoice.service_request))
    return db.session.scalar(select(Invoice).where(Invoice.id == invoice_id).options(*parts))


def connection_of(invoice: Invoice) -> Connection:
    """The organisation it belongs to."""
    return db.session.scalars(select(Connection).where(Connection.id == invoice.connection_id)).one()


def rows_of(ids: Collection[UUID]) -> list[Row[Any]]:
    """These invoices by reference, as `invoice_rows`."""
    order = (func.length(Invoice.reference), Invoice.reference, Invoice.id)
    return list(db.session.execute(invoice_rows().where(Invoice.id.in_(ids)).order_by(*order)))


def drafted_at(at: datetime, most: int) -> list[Row[Any]]:
    """What was drafted in one go, by reference, as `invoice_rows`."""
    order = (func.length(Invoice.reference), Invoice.reference, Invoice.id)
    return list(
        db.session.execute(invoice_rows().where(Invoice.created_at == at).order_by(*order).limit(most))
    )


def asked_at(at: datetime, most: int) -> list[Row[Any]]:
    """What was asked to be sent in one go, by reference, as `invoice_rows`."""
    order = (func.length(Invoice.reference), Invoice.reference, Invoice.id)
    return list(db.session.execute(invoice_rows().where(Invoice.asked_at == at).order_by(*order).limit(most)))


def lines_of(invoice_ids: Iterable[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The lines of these invoices in their order. Row: id, invoice_id, position, description, quantity, unit_amount,
    discount_rate, line_amount, tax_amount, service_id, service, office_id, office, account_id, account_code, account,
    tax_rate_id, tax_rate, item_id, item, tracking_option_id, option."""
    account, tax_rate, item, option = (aliased(XeroListEntry) for _ in range(4))
    statement = select(
        InvoiceLine.id,
        InvoiceLine.invoice_id,
        InvoiceLine.position,
        InvoiceLine.description,
        InvoiceLine.quantity,
        InvoiceLine.unit_amount,
        InvoiceLine.discount_rate,
        InvoiceLine.line_amount,
        InvoiceLine.tax_amount,
        InvoiceLine.service_id,
        Service.name.label("service"),
        InvoiceLine.office_id,
        Office.name.label("office"),
        InvoiceLine.account_id,
        account.code.label("account_code"),
        account.name.label("account"),
        InvoiceLine.tax_rate_id,
        tax_rate.name.label("tax_rate"),
        InvoiceLine.item_id,
        item.name.label("item"),
        InvoiceLine.tracking_option_id,
        option.name.label("option"),
    ).select_from(InvoiceLine)
    for entry, column in (
        (Service, InvoiceLine.service_id),
        (Office, InvoiceLine.office_id),
        (account, InvoiceLine.account_id),
        (tax_rate, InvoiceLine.tax_rate_id),
        (item, InvoiceLine.item_id),
        (option, InvoiceLine.tracking_option_id),
    ):
        statement = statement.outerjoin(
            entry, and_(entry.id == column, entry.company_id == InvoiceLine.company_id)
        )
    wanted = statement.where(InvoiceLine.invoice_id.in_(list(invoice_ids)))
    found: dict[UUID, list[Row[Any]]] = {}
    ordered: Rows = wanted.order_by(InvoiceLine.invoice_id, InvoiceLine.position)
    for row in db.session.execute(ordered):
        found.setdefault(row.invoice_id, []).append(row)
    return found


def payments_of(invoice_id: UUID) -> list[Row[Any]]:
    """What was paid, as Xero tells, oldest first. Row: paid_on, amount, reference."""
    columns = (InvoicePayment.paid_on, InvoicePayment.amount, InvoicePayment.reference)
    mine = InvoicePayment.invoice_id == invoice_id
    return list(
        db.session.execute(select(*columns).where(mine).order_by(InvoicePayment.paid_on, InvoicePayment.id))
    )


def history_of(invoice_id: UUID) -> list[Row[Any]]:
    """What people did with this invoice, newest first, from the audit log. Row: at, actor_name, what, before, after."""
    columns = (AuditEvent.at, AuditEvent.actor_name, AuditEvent.what, AuditEvent.before, AuditEvent.after)
    newest = (AuditEvent.at.desc(), AuditEvent.sequence.desc())
    return list(
        db.session.execute(
            select(*columns).where(AuditEvent.subject_id == invoice_id).order_by(*newest).limit(100)
        )
    )


def invoices_of_request(request_id: UUID) -> list[Row[Any]]:
    """The invoices of this request, the one that counts first, discarded ones left out. Row: see `invoice_rows`."""
    shown = (Invoice.ended_at.is_(None)) | (Invoice.push_state == "sent")
    order = (Invoice.ended_at.is_not(None), Invoice.created_at.desc(), Invoice.id)
    theirs = Invoice.service_request_id == request_id
    return list(db.session.execute(invoice_rows().where(theirs, shown).order_by(*order).limit(ON_A_PAGE)))


def find_request(request_id: UUID | None) -> ServiceRequest | None:
    """The request of this company with this id, with its client and service."""
    if request_id is None:
        return None
    parts = (joinedload(ServiceRequest.client), joinedload(ServiceRequest.service))
    return db.session.scalar(select(ServiceRequest).where(ServiceRequest.id == request_id).options(*parts))
