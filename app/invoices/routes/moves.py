"""What is done with one invoice from its page: in Xero, and to hear how it stands there."""

from uuid import UUID

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_viewer
from app.errors import Problem
from app.extensions import db
from app.invoices import moves, queries
from app.invoices.routes.blueprint import bp
from app.invoices.routes.page import find, show
from app.invoices.routes.sending import revision_seen
from app.navigation import url_if
from app.sync.invoices import asking


@bp.post("/<uuid:invoice_id>/submit")
def submit(invoice_id: UUID) -> ResponseReturnValue:
    return _ask(invoice_id, "submit", "It is being submitted for approval in Xero.")


@bp.post("/<uuid:invoice_id>/authorise")
def authorise(invoice_id: UUID) -> ResponseReturnValue:
    return _ask(invoice_id, "authorise", "It is being approved in Xero.")


@bp.post("/<uuid:invoice_id>/void")
def void(invoice_id: UUID) -> ResponseReturnValue:
    return _ask(invoice_id, "void", "It is being voided in Xero.")


@bp.post("/<uuid:invoice_id>/delete")
def delete(invoice_id: UUID) -> ResponseReturnValue:
    return _ask(invoice_id, "delete", "It is being deleted in Xero.")


def _ask(invoice_id: UUID, move: str, said: str) -> ResponseReturnValue:
    """Form: revision."""
    invoice = find(invoice_id)
    try:
        moves.ask(invoice, move, revision_seen(), the_viewer())
    except Problem as problem:
        return show(invoice, problem)
    db.session.commit()
    flash(said, "success")
    return redirect(url_for(".page", invoice_id=invoice_id))


@bp.post("/<uuid:invoice_id>/status")
def read_status(invoice_id: UUID) -> ResponseReturnValue:
    """Ask Xero now how it stands."""
    invoice = find(invoice_id)
    try:
        moves.ask_status(invoice, the_viewer())
    except Problem as problem:
        return show(invoice, problem)
    db.session.commit()
    flash("Xero is being asked. What has changed there shows here in a moment.", "success")
    return redirect(url_for(".page", invoice_id=invoice_id))


@bp.post("/requests/<uuid:request_id>/time")
def read_time(request_id: UUID) -> ResponseReturnValue:
    """Read the time that was worked on the request's job."""
    service_request = queries.find_request(request_id) or abort(404)
    back = url_if("requests.page", request_id=request_id, _anchor="time") or url_for(".index")
    try:
        asking.ask_time(service_request, the_viewer().name)
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "warning")
        return redirect(back)
    db.session.commit()
    flash("The time is being read from Xero. Load the page again in a moment.", "success")
    return redirect(back)
