"""The page of one invoice, and its state alone for a page that watches it."""

from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company, the_viewer
from app.documents.asking import today_of
from app.errors import Problem
from app.extensions import db
from app.invoices import moves, queries, words
from app.invoices.rewriting import why_not_rewritable
from app.invoices.routes.blueprint import bp
from app.invoices.standing import standing_of
from app.models import Invoice
from app.statuses import invoice_state


def find(invoice_id: UUID) -> Invoice:
    """The invoice of this company; 404 for another's, exactly as for one that does not exist."""
    return queries.find_invoice(invoice_id) or abort(404)


@bp.get("/<uuid:invoice_id>")
def page(invoice_id: UUID) -> ResponseReturnValue:
    return show(find(invoice_id))


def show(invoice: Invoice, problem: Problem | None = None) -> ResponseReturnValue:
    """The invoice's page; with a problem above everything."""
    if problem is not None:
        db.session.rollback()
        invoice = find(invoice.id)
    today = today_of(the_company())
    return render_template(
        "invoices/page.html",
        invoice=invoice,
        state=invoice_state(invoice, today),
        standing=standing_of(invoice),
        lines=queries.lines_of([invoice.id]).get(invoice.id, []),
        payments=queries.payments_of(invoice.id),
        history=queries.history_of(invoice.id),
        moves=moves.allowed(invoice, the_viewer()),
        rewritable=why_not_rewritable(invoice) is None,
        problem=problem,
        today=today,
        words=words,
    ), problem.status if problem else 200


@bp.get("/<uuid:invoice_id>/state")
def state(invoice_id: UUID) -> ResponseReturnValue:
    """Query: seen, the version that the page shows; 204 while nothing has changed, else the page is loaded anew."""
    invoice = find(invoice_id)
    address = url_for(".page", invoice_id=invoice_id)
    if request.headers.get("HX-Request") != "true":
        return redirect(address)
    if standing_of(invoice).version == request.args.get("seen"):
        return "", 204
    return "", 200, {"HX-Refresh": "true"}
