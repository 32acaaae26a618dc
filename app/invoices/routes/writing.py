"""Writing invoices: from a request, by hand, anew while they are drafts; and discarding them."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company, the_viewer
from app.catalogue.choices import service_choices
from app.clients.choosing import choosing_page, chosen_client
from app.clients.queries import offices
from app.documents.asking import today_of
from app.errors import Problem, WrongState
from app.extensions import db
from app.invoices import drafting, forms, queries
from app.invoices.books import Books, books_of, open_books
from app.invoices.drafting import PRICE, TIME
from app.invoices.forms import InvoiceForm
from app.invoices.lines import LineDetails
from app.invoices.rewriting import why_not_rewritable
from app.invoices.routes.blueprint import bp
from app.invoices.routes.page import find, show
from app.invoices.routes.sending import revision_seen
from app.models import Client, Invoice
from app.navigation import url_if


@bp.post("/requests/<uuid:request_id>")
def draft_of_request(request_id: UUID) -> ResponseReturnValue:
    """A draft for this request. Form: what (price, time or both)."""
    service_request = queries.find_request(request_id) or abort(404)
    back = url_if("requests.page", request_id=request_id, _anchor="invoices") or url_for(".index")
    what = request.form.get("what", PRICE)
    try:
        invoice = drafting.draft_for_request(
            service_request, the_viewer(), with_time=what != PRICE, with_price=what != TIME
        )
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "warning")
        return redirect(back)
    address = url_for(".page", invoice_id=invoice.id)
    db.session.commit()
    flash("The invoice is drafted. Nothing is in Xero yet: check it, then send it.", "success")
    return redirect(address)


@bp.get("/new")
def new() -> ResponseReturnValue:
    """First whose, then what. Query: client, or q to look for one."""
    client = chosen_client(request.args.get("client"))
    if client is None:
        return choosing_page("New invoice", ".new", "Invoices", ".index")
    try:
        books = open_books()
    except WrongState as problem:
        flash(problem.message, "warning")
        return redirect(url_for(".index"))
    issued_on = today_of(the_company())
    form = InvoiceForm.anew(
        {
            "client_id": str(client.id),
            "issued_on": issued_on.isoformat(),
            "due_on": books.due_date(issued_on).isoformat(),
            "line_amounts": books.company.invoice_line_amounts,
            "currency": books.currency,
            "track": books.company.track_offices,
        },
        [{"office_id": client.office_id} for _ in range(forms.FIRST_LINES)],
    )
    return _page(form, client, books)


@bp.post("/new")
def create() -> ResponseReturnValue:
    form = InvoiceForm()
    client = chosen_client(form.client_id.data)
    if client is None:
        flash("Choose the client first.", "warning")
        return redirect(url_for(".new"))
    lines = [line for line in form.written if not forms.is_empty(line)]
    if (wish := request.form.get("do", "save")) != "save":
        return _page(_with_lines(form, forms.rearranged(form.written, wish)), client, open_books())
    try:
        track = bool(form.track.data)
        invoice = drafting.draft_by_hand(client, lines, form.details, the_viewer(), use_office_tracking=track)
    except Problem as problem:
        form = _with_lines(form, lines or forms.blank(1))
        status = form.show(problem)
        return _page(form, client, open_books()), status
    address = url_for(".page", invoice_id=invoice.id)
    db.session.commit()
    flash("The invoice is drafted. Nothing is in Xero yet: check it, then send it.", "success")
    return redirect(address)


@bp.route("/<uuid:invoice_id>/edit", methods=["GET", "POST"])
def edit(invoice_id: UUID) -> ResponseReturnValue:
    invoice = find(invoice_id)
    if request.method == "GET":
        return _edit_begun(invoice)
    form = InvoiceForm()
    lines = [line for line in form.written if not forms.is_empty(line)]
    if (wish := request.form.get("do", "save")) != "save":
        # Adding and removing lines is a round trip without JavaScript: nothing is saved by it.
        form = _with_lines(form, forms.rearranged(form.written, wish))
        return _page(form, invoice.client, books_of(invoice.connection_id), invoice)
    try:
        track = bool(form.track.data)
        drafting.rewrite(
            invoice, revision_seen(), lines, form.details, the_viewer(), use_office_tracking=track
        )
    except WrongState as problem:
        return show(invoice, problem)
    except Problem as problem:
        form = _with_lines(form, lines or forms.blank(1))
        status = form.show(problem)
        invoice = find(invoice_id)
        return _page(form, invoice.client, books_of(invoice.connection_id), invoice), status
    in_xero = invoice.push_state == "sent"
    db.session.commit()
    flash("Saved. The change is on its way to Xero." if in_xero else "Saved.", "success")
    return redirect(url_for(".page", invoice_id=invoice_id))


def _edit_begun(invoice: Invoice) -> ResponseReturnValue:
    why = why_not_rewritable(invoice)
    if why:
        flash(why, "info")
        return redirect(url_for(".page", invoice_id=invoice.id))
    try:
        books = books_of(invoice.connection_id)
    except WrongState as problem:
        return show(invoice, problem)
    rows = queries.lines_of([invoice.id]).get(invoice.id, [])
    return _page(forms.of_invoice(invoice, rows), invoice.client, books, invoice)


def _with_lines(form: InvoiceForm, lines: list[LineDetails]) -> InvoiceForm:
    """The form as it was posted, with these lines: without empty ones a problem's place is the line it stands at."""
    terms = {name: field.data for name, field in form._fields.items() if name not in {"lines", "csrf_token"}}
    return InvoiceForm.anew(terms, lines)


def _page(form: InvoiceForm, client: Client, books: Books, invoice: Invoice | None = None) -> str:
    form.offer(books, service_choices(), offices())
    return render_template("invoices/form.html", form=form, client=client, invoice=invoice, books=books)


@bp.post("/<uuid:invoice_id>/discard")
def discard(invoice_id: UUID) -> ResponseReturnValue:
    """Form: revision."""
    invoice = find(invoice_id)
    reference = invoice.reference
    try:
        drafting.discard(invoice, revision_seen(), the_viewer())
    except WrongState as problem:
        return show(invoice, problem)
    db.session.commit()
    flash(f"The draft of {reference} is discarded.", "success")
    return redirect(url_for(".index"))
