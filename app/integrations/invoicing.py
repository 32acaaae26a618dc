"""Settings → Xero → Invoices: how invoices are sent, when they are due, and whether their lines carry the office."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import BooleanField, RadioField, StringField

from app.audit import record as audit
from app.checks import Checks
from app.companies import locked_company
from app.errors import Problem
from app.extensions import db
from app.forms import PageForm
from app.integrations import queries
from app.integrations.blueprint import bp
from app.models import Company
from app.sync.lists import remapping

PAGE = "/settings/integrations/xero/invoices"
MOST_DAYS = 365
STATUSES = {
    "DRAFT": "As drafts: somebody looks at them in Xero and approves them there",
    "SUBMITTED": "For approval: they stand in Xero under “Awaiting approval”",
    "AUTHORISED": "Approved: they count at once, and can only be voided afterwards",
}
LINE_AMOUNTS = {
    "Exclusive": "Without tax: it is added to the prices",
    "Inclusive": "With tax: it is contained in the prices",
}
DUE_FROM = {"issue": "the day of the invoice", "month_end": "the end of the invoice’s month"}


class InvoicingForm(PageForm):
    invoice_status = RadioField("Invoices are sent", choices=STATUSES, validate_choice=False)
    invoice_line_amounts = RadioField("Prices are", choices=LINE_AMOUNTS, validate_choice=False)
    invoice_due_days = StringField("Days to pay")
    invoice_due_from = RadioField("Counted from", choices=DUE_FROM, validate_choice=False)
    track_offices = BooleanField("Lines carry the office as tracking")


@bp.route(PAGE, methods=["GET", "POST"])
def invoicing() -> ResponseReturnValue:
    """What every new invoice begins with. One that is written already keeps what it has."""
    company = db.session.scalars(select(Company)).one()
    form = InvoicingForm(obj=company)
    if not form.is_submitted():
        return _page(form)
    try:
        released = _change(form)
    except Problem as problem:
        status = form.show(problem)
        return _page(form), status
    db.session.commit()
    went_on = f" {released} that waited {'goes' if released == 1 else 'go'} on now." if released else ""
    flash(f"Saved.{went_on}", "success")
    return redirect(url_for("integrations.invoicing"))


def _page(form: InvoicingForm) -> str:
    return render_template("integrations/invoicing.html", form=form, most_days=MOST_DAYS)


def _change(form: InvoicingForm) -> int:
    """Write what was chosen; how much that waited for an office goes on. Raises `Problem`."""
    checks = Checks()
    status = checks.one_of("invoice_status", form.invoice_status.data, STATUSES, "The status")
    amounts = checks.one_of(
        "invoice_line_amounts", form.invoice_line_amounts.data, LINE_AMOUNTS, "What prices contain"
    )
    days = checks.whole("invoice_due_days", form.invoice_due_days.data, "The days to pay", 0, MOST_DAYS)
    begin = checks.one_of(
        "invoice_due_from", form.invoice_due_from.data, DUE_FROM, "What days are counted from"
    )
    checks.finish()
    company = locked_company()
    company.invoice_status, company.invoice_line_amounts = status, amounts
    company.invoice_due_days, company.invoice_due_from = days, begin
    company.track_offices = bool(form.track_offices.data)
    audit.changed("practice.changed", company)
    db.session.flush()
    connection = queries.latest_connection()
    if connection is None:
        return 0
    return remapping.take_over(connection.id).released
