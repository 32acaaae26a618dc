"""The portal's page of invoices: the client's own, once the practice has approved them. Paid and seen in Xero."""

from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, select

from app.auth.viewer import the_company
from app.documents.asking import today_of
from app.extensions import db
from app.models import Invoice, Service, ServiceRequest
from app.paging import Page, Rows, page_of
from app.portal import words
from app.portal.own import bp, own_client_id

PAGE, MOST_OPEN = 25, 100
SHOWN = ("AUTHORISED", "PAID", "VOIDED")
"""As Xero says. A draft, or what waits for approval, is the practice's own; a deleted one was never more than that."""


def _invoices(client_id: UUID) -> Rows:
    return (
        select(
            Invoice.id,
            Invoice.xero_number,
            Invoice.reference,
            Invoice.issued_on,
            Invoice.due_on,
            Invoice.xero_due_on,
            Invoice.currency,
            Invoice.total,
            Invoice.xero_total,
            Invoice.xero_due,
            Invoice.xero_paid,
            Invoice.xero_credited,
            Invoice.xero_paid_on,
            Invoice.xero_status,
            Invoice.push_state,
            Invoice.ended_at,
            Invoice.online_url,
            Invoice.service_request_id,
            Invoice.created_at,
            Service.name.label("service"),
        )
        .outerjoin(Invoice.service_request)
        .outerjoin(ServiceRequest.service)
        .where(Invoice.client_id == client_id, Invoice.xero_status.in_(SHOWN))
    )


def open_invoices(client_id: UUID) -> list[Row[Any]]:
    """Those that are to be paid, the oldest debt first. Row: see `_invoices`."""
    to_pay = _invoices(client_id).where(Invoice.xero_status == "AUTHORISED")
    return list(db.session.execute(to_pay.order_by(Invoice.due_on, Invoice.id).limit(MOST_OPEN)))


def earlier_invoices(client_id: UUID, *, after: str | None = None, before: str | None = None) -> Page:
    """Those that are paid or were cancelled, newest first. Row: see `_invoices`. Raises `Problem` for a cursor that is
    not one of ours."""
    over = _invoices(client_id).where(Invoice.xero_status != "AUTHORISED")
    keys = (Invoice.created_at, Invoice.id)
    return page_of(over, keys, after=after, before=before, size=PAGE, descending=True)


def invoices_of_request(client_id: UUID, request_id: UUID) -> list[Row[Any]]:
    """Those of one request, newest first."""
    theirs = _invoices(client_id).where(Invoice.service_request_id == request_id)
    return list(db.session.execute(theirs.order_by(Invoice.created_at.desc(), Invoice.id).limit(PAGE)))


@bp.get("/invoices")
def invoices() -> ResponseReturnValue:
    """What is to be paid, then the rest. Query: after or before, a place among the latter."""
    client_id, asked = own_client_id(), request.args
    return render_template(
        "portal/invoices.html",
        open=open_invoices(client_id),
        page=earlier_invoices(client_id, after=asked.get("after"), before=asked.get("before")),
        today=today_of(the_company()),
        words=words,
    )
