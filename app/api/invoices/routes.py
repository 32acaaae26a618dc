"""`/api/invoices`: write one or many, list, read, ask how one stands in Xero."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort
from sqlalchemy import Row

from app.api.endpoint import endpoint
from app.api.invoices import queries, shapes
from app.api.invoices.queries import InvoiceFilters
from app.api.invoices.writing import Written, write_all
from app.api.shapes import Named
from app.auth.viewer import the_viewer
from app.errors import WrongState
from app.extensions import db
from app.integrations.api import OperationOut, out_of
from app.invoices import queries as reads
from app.models import Invoice
from app.models.operation import INTERACTIVE
from app.sync.connections import needed_connection
from app.sync.invoices.asking import ask_status
from app.sync.invoices.links import open_in_xero

bp = Blueprint("api_invoices", __name__, url_prefix="/api/invoices")
TAG = "Invoices"


@bp.get("")
@endpoint(summary="List invoices", tag=TAG, query=shapes.InvoiceQuery, answer=shapes.InvoicePage)
def index(query: shapes.InvoiceQuery) -> shapes.InvoicePage:
    """Newest first. `updated_since` finds what changed since you looked last."""
    filters = InvoiceFilters(**query.model_dump(exclude={"limit", "cursor"}))
    page = queries.list_invoices(filters, after=query.cursor, size=query.limit)
    items = [shapes.Invoice.model_validate(_plain(row)) for row in page.rows]
    return shapes.InvoicePage(items=items, next_cursor=page.next)


@bp.post("")
@endpoint(summary="Write invoices", tag=TAG, body=shapes.NewInvoices, answer=shapes.Outcomes)
def create(body: shapes.NewInvoices) -> shapes.Outcomes:
    """One, or up to 500 in `invoices`; each for a request, or for a client with lines. They are written here and,
    unless `send` is false, sent to Xero from then on, each once. It never fails because Xero does: `push_state` says
    how far it is.

    Of several each is written or not on its own, and those that are not say why. One alone that is not written answers
    with the error.
    """
    written = write_all(body.invoices if body.invoices is not None else [body], the_viewer())
    if body.invoices is None and written[0].problem:
        raise written[0].problem
    ids = {one.invoice.id: place for place, one in enumerate(written) if one.invoice}
    db.session.commit()
    rows = {ids[found]: row for found, row in queries.rows_by_id(ids).items()}
    return shapes.Outcomes(
        outcomes=[_outcome(place, one, rows.get(place)) for place, one in enumerate(written)]
    )


@bp.get("/<uuid:invoice_id>")
@endpoint(summary="Read an invoice", tag=TAG, answer=shapes.WholeInvoice)
def show(invoice_id: UUID) -> shapes.WholeInvoice:
    """Its lines and payments, what it comes to here and in Xero, and the difference."""
    invoice = _found(invoice_id)
    return shapes.WholeInvoice(
        **_plain(queries.rows_by_id([invoice_id])[invoice_id]),
        xero_url=open_in_xero(reads.connection_of(invoice), invoice),
        lines=[_line(row) for row in reads.lines_of([invoice_id]).get(invoice_id, ())],
        payments=[shapes.Payment.model_validate(row) for row in reads.payments_of(invoice_id)],
    )


@bp.post("/<uuid:invoice_id>/sync-status")
@endpoint(
    summary="Ask Xero how an invoice stands", tag=TAG, answer=OperationOut, status=202, errors=(404, 409)
)
def sync_status(invoice_id: UUID) -> OperationOut:
    """Has all invoices read that changed in Xero, this one among them; read it again when the operation is done. It
    happens by itself too: by webhook at once, by the clock every ten minutes."""
    invoice, connection = _found(invoice_id), needed_connection()
    if invoice.xero_invoice_id is None:
        raise WrongState(f"{invoice.reference} is not in Xero yet, so there is nothing to ask.")
    if invoice.connection_id != connection.id:
        raise WrongState(
            f"{invoice.reference} belongs to another organisation, which is no longer connected."
        )
    operation = ask_status(connection, the_viewer().name, INTERACTIVE)
    db.session.flush()  # its times are the database's
    answer = out_of(operation)
    db.session.commit()
    return answer


def _found(invoice_id: UUID) -> Invoice:
    return reads.find_invoice(invoice_id) or abort(404)


def _line(row: Row[Any]) -> shapes.Line:
    account = " ".join(part for part in (row.account_code, row.account) if part) or None
    return shapes.Line.model_validate({**row._mapping, "account": account, "tracking": row.option})


def _plain(row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "client": Named(id=row.client_id, name=row.client)}


def _outcome(place: int, one: Written, row: Row[Any] | None) -> shapes.Outcome:
    if one.problem is not None or row is None:
        said = one.problem.message if one.problem else "It is not there any more."
        fields = one.problem.fields if one.problem else {}
        return shapes.Outcome(place=place, outcome="failed", sentence=said, fields=fields, invoice=None)
    sent = (
        "Written; it is sent to Xero from now on." if one.wanted.send else "Written; it stays a draft here."
    )
    invoice = shapes.Invoice.model_validate(_plain(row))
    said = f"Written. {one.unsent}" if one.unsent else sent
    return shapes.Outcome(place=place, outcome="created", sentence=said, fields={}, invoice=invoice)
