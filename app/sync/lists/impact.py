"""What stands behind a mapping: open requests that are not billed yet, and invoices that are not sent."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.extensions import db
from app.models import ChargeMapping, Invoice, InvoiceLine, ServiceRequest
from app.models.service_request import OPEN_STATUSES
from app.sync.causes import CHARGE, CONTACT

CHARGE_COLUMNS = (InvoiceLine.account_id, InvoiceLine.tax_rate_id, InvoiceLine.item_id)


def _unsent() -> ColumnElement[bool]:
    return and_(Invoice.push_state != "sent", Invoice.ended_at.is_(None))


def requests_of_services(service_ids: Collection[UUID]) -> int:
    """Open requests for these services without an invoice that counts."""
    return _unbilled(ServiceRequest.service_id.in_(service_ids)) if service_ids else 0


def requests_of_office(office_id: UUID) -> int:
    return _unbilled(ServiceRequest.office_id == office_id)


def _unbilled(which: ColumnElement[bool]) -> int:
    billed = exists().where(
        Invoice.service_request_id == ServiceRequest.id,
        Invoice.company_id == ServiceRequest.company_id,
        Invoice.ended_at.is_(None),
    )
    statement = select(func.count(ServiceRequest.id)).where(
        which, ServiceRequest.status.in_(OPEN_STATUSES), ~billed
    )
    return db.session.scalar(statement) or 0


def unsent_with(entry_id: UUID) -> int:
    """Invoices that are not sent and have a line with this entry."""
    carries = or_(
        *(column == entry_id for column in CHARGE_COLUMNS), InvoiceLine.tracking_option_id == entry_id
    )
    statement = (
        select(func.count(Invoice.id.distinct()))
        .join(
            InvoiceLine,
            and_(InvoiceLine.invoice_id == Invoice.id, InvoiceLine.company_id == Invoice.company_id),
        )
        .where(_unsent(), carries)
    )
    return db.session.scalar(statement) or 0


def blocked_invoices(
    column: InstrumentedAttribute[UUID | None], connection_id: UUID | None = None
) -> dict[UUID, int]:
    """Service or office (a column of lines) → invoices that wait for a mapping and have a line of it."""
    statement = (
        select(column, func.count(Invoice.id.distinct()))
        .join(
            Invoice, and_(Invoice.id == InvoiceLine.invoice_id, Invoice.company_id == InvoiceLine.company_id)
        )
        .where(Invoice.push_state == "blocked", Invoice.ended_at.is_(None), column.is_not(None))
        .group_by(column)
    )
    if connection_id is not None:
        statement = statement.where(Invoice.connection_id == connection_id)
    return {row[0]: row[1] for row in db.session.execute(statement) if row[0]}


def blocked_by(kind: str, subjects: Collection[str]) -> int:
    """Invoices that wait for any of these causes of one kind, each counted once."""
    ids = [UUID(subject) for subject in subjects if subject]
    statement = select(func.count(Invoice.id.distinct())).where(
        Invoice.push_state == "blocked", Invoice.ended_at.is_(None)
    )
    if kind == CONTACT:
        return db.session.scalar(statement.where(Invoice.client_id.in_(ids))) or 0
    column = InvoiceLine.service_id if kind == CHARGE else InvoiceLine.office_id
    lines = statement.join(
        InvoiceLine, and_(InvoiceLine.invoice_id == Invoice.id, InvoiceLine.company_id == Invoice.company_id)
    )
    return db.session.scalar(lines.where(column.in_(ids))) or 0


def mappings_with(connection_id: UUID) -> dict[UUID, int]:
    """Entry → how many services are mapped to it, as account, tax rate or item."""
    found: dict[UUID, int] = {}
    for column in (ChargeMapping.account_id, ChargeMapping.tax_rate_id, ChargeMapping.item_id):
        rows = db.session.execute(
            select(column, func.count())
            .where(ChargeMapping.connection_id == connection_id, column.is_not(None))
            .group_by(column)
        )
        found |= {row[0]: row[1] for row in rows if row[0]}
    return found
