"""What people, pages and mappings ask for: sending, changing, asking how invoices stand. Rows and plans; nothing here
commits, and nothing here calls Xero."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, update

from app.errors import WrongState
from app.extensions import db
from app.models import Connection, Invoice, InvoiceLine, Operation, ServiceRequest, now
from app.models.operation import BULK, INTERACTIVE, NORMAL
from app.sync import operations
from app.sync.causes import CHARGE, CONTACT, OFFICE
from app.sync.invoices.locking import locked
from app.sync.invoices.rules import ENDED, refusal
from app.sync.operations import CHANGE_INVOICE, READ_INVOICES, READ_TIME, SEND_INVOICES

BY_A_CAUSE = "Countinghouse, because what was missing is there"
BY_THE_CLOCK = "Countinghouse, by the clock"
_DISCONNECTED = (
    "The invoice {reference} was written for the organisation “{organisation}”, which this practice is not connected"
    " to. Connect it again, or discard the invoice and write it anew."
)


def ask_to_send(invoices: Iterable[Invoice], by: str, priority: int = INTERACTIVE) -> Operation | None:
    """Have these sent; the operation that does it, None where nothing was left to ask. They are locked here.

    One that is sent, or being sent, is left as it is, so that two clicks send once. Raises `WrongState` for one that
    was voided or deleted, or belongs to an organisation that is disconnected.
    """
    ids = [invoice.id for invoice in invoices]
    asked = [invoice for invoice in locked(ids) if invoice.push_state != "sent"]
    connections = _connections({invoice.connection_id for invoice in asked})
    for invoice in asked:
        connection = connections[invoice.connection_id]
        if invoice.ended_at is not None:
            raise WrongState(f"The invoice {invoice.reference} was voided or deleted, so it is not sent.")
        if connection.status == "disconnected":
            told = {"reference": invoice.reference, "organisation": connection.organisation_name}
            raise WrongState(_DISCONNECTED.format(**told))
    asked_at = now()
    for invoice in asked:
        if invoice.batch is None:
            _mark(invoice, by, asked_at)
    # A practice has one organisation at a time that is not disconnected.
    return next((plan_send(connection, by, priority) for connection in connections.values()), None)


def _mark(invoice: Invoice, by: str, at: datetime) -> None:
    invoice.push_state, invoice.push_error = "to_send", None
    invoice.asked_at, invoice.asked_by = at, by


def _connections(ids: Iterable[UUID]) -> dict[UUID, Connection]:
    found = db.session.scalars(select(Connection).where(Connection.id.in_(list(ids))))
    return {connection.id: connection for connection in found}


def plan_send(connection: Connection, by: str, priority: int) -> Operation:
    """The operation that sends what is `to_send` (not committed)."""
    return _planned(SEND_INVOICES, connection, by, priority)


def _planned(kind: str, connection: Connection, by: str, priority: int) -> Operation:
    """As urgent as the most urgent wish in it: a person may join what the clock has planned."""
    operation = operations.plan(kind, connection.id, connection.organisation_name, by, priority)
    operation.priority = min(operation.priority, priority)
    return operation


def release(kind: str, subject: UUID | str) -> int:
    """What this cause blocked goes on, and is judged anew right before it is sent: how many invoices that are."""
    concerned = _blocked_by(kind, str(subject))
    if concerned is None:
        return 0
    return let_go(
        db.session.scalars(
            select(Invoice)
            .where(Invoice.push_state == "blocked", Invoice.ended_at.is_(None), concerned)
            .order_by(Invoice.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def let_go(invoices: Iterable[Invoice]) -> int:
    """These, blocked and locked, go on; how many they are."""
    blocked = list(invoices)
    asked_at, connections = now(), _connections({invoice.connection_id for invoice in blocked})
    for invoice in blocked:
        _mark(invoice, invoice.asked_by or BY_A_CAUSE, asked_at)
    for connection in connections.values():
        if connection.status != "disconnected":
            plan_send(connection, BY_A_CAUSE, NORMAL)
    return len(blocked)


def _blocked_by(kind: str, subject: str) -> ColumnElement[bool] | None:
    lines = exists().where(InvoiceLine.company_id == Invoice.company_id, InvoiceLine.invoice_id == Invoice.id)
    if kind == CHARGE:
        return lines.where(InvoiceLine.service_id == UUID(subject))
    if kind == OFFICE:
        return lines.where(InvoiceLine.office_id == UUID(subject))
    return Invoice.client_id == UUID(subject) if kind == CONTACT else None


def give_up(connection_id: UUID) -> None:
    """Somebody cancelled the sending: what has not left yet is as before it was asked for."""
    db.session.execute(
        update(Invoice)
        .where(
            Invoice.connection_id == connection_id, Invoice.push_state == "to_send", Invoice.batch.is_(None)
        )
        .values(push_state="new", push_error=None, asked_at=None, asked_by=None)
        .execution_options(synchronize_session=False)
    )


# Changes of one that is in Xero.


def ask_change(invoice: Invoice, change: str, by: str) -> Operation:
    """Have this done to an invoice that is in Xero: update (its contents as they are here), submit, authorise, void,
    delete. Lock the row before. Raises `WrongState` where Xero would not take it as far as we know.
    """
    if invoice.xero_invoice_id is None or invoice.xero_status is None:
        raise WrongState("This invoice is not in Xero yet.")
    paid = bool(invoice.xero_paid or invoice.xero_credited)
    why = refusal(change, invoice.xero_status, paid=paid)
    if why is not None:
        raise WrongState(f"Xero would not take that: {why}.")
    if invoice.change is not None and invoice.change != change:
        _no_other_first(invoice, change)
    invoice.change, invoice.change_error = change, None
    return operations.plan(CHANGE_INVOICE, invoice.id, invoice.xero_number or invoice.reference, by)


def _no_other_first(invoice: Invoice, change: str) -> None:
    if invoice.change_error is None:
        raise WrongState("Another change of this invoice is on its way to Xero. Try again in a moment.")
    if invoice.change == "update" and change in {"submit", "authorise"}:
        raise WrongState(
            "What was changed here last has not reached Xero. Save it again first, or Xero would approve what stands"
            " there."
        )


def forget_change(invoice_id: UUID) -> None:
    """Somebody cancelled the change."""
    db.session.execute(
        update(Invoice)
        .where(Invoice.id == invoice_id, Invoice.change.is_not(None))
        .values(change=None, change_error="Somebody gave this change up before it reached Xero.")
        .execution_options(synchronize_session=False)
    )


# Reading.


def ask_status(connection: Connection, by: str, priority: int = NORMAL) -> Operation:
    """Have every invoice read that changed in Xero since the newest change we know of: a call or two."""
    return _planned(READ_INVOICES, connection, by, priority)


def poll(connection: Connection, by: str = BY_THE_CLOCK) -> Operation | None:
    """The same by the clock, or for a gap in the news: only where an invoice stands in Xero of which there may be
    any."""
    living = exists().where(
        Invoice.company_id == connection.company_id,
        Invoice.connection_id == connection.id,
        Invoice.push_state == "sent",
        Invoice.xero_status.not_in(ENDED),
    )
    return ask_status(connection, by, BULK) if db.session.scalar(select(living)) else None


def ask_time(request: ServiceRequest, by: str) -> Operation:
    """Have the time read that was worked on the request's job. Raises `WrongState` without a job in Xero."""
    if request.xero_job_id is None:
        raise WrongState("This request has no job in Xero, so no time was logged on it there.")
    return operations.plan(READ_TIME, request.id, request.reference, by)
