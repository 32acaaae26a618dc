"""Where "Open in Xero" lands: a project or an invoice as Xero would show it; and what a customer sees online."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from simulator.accounting.invoices import payments_of
from simulator.core import simulator
from simulator.journal import Record
from simulator.projects import projects as projects_file
from simulator.projects import tasks as tasks_file
from simulator.projects.totals import tasks_of
from simulator.state import Organisation

blueprint = Blueprint("deep_links", __name__)


@blueprint.get("/organisation/<short_code>/projects/<project_id>")
def project(short_code: str, project_id: str) -> str:
    """A project of the organisation with that short code (with or without its exclamation mark)."""
    organisation = _with_short_code(short_code)
    with organisation.lock:
        found = organisation.table("projects").get(project_id.lower())
        if found is None:
            abort(404)
        return render_template(
            "project.html",
            organisation=organisation.name,
            project=projects_file.rendered(organisation, found),
            contact=organisation.table("contacts").get(found["contactId"]) or {"Name": "?"},
            tasks=[
                tasks_file.rendered(organisation, task) for task in tasks_of(organisation, found["projectId"])
            ],
        )


@blueprint.get("/organisation/<short_code>/invoices/<invoice_id>")
def invoice(short_code: str, invoice_id: str) -> str:
    """An invoice as the organisation's people see it."""
    organisation = _with_short_code(short_code)
    return _invoice_page(organisation, organisation.table("invoices").get(invoice_id.lower()), inside=True)


@blueprint.get("/online-invoice/<invoice_id>")
def online_invoice(invoice_id: str) -> str:
    """An approved sales invoice as its customer sees it."""
    for organisation in simulator().state.all_organisations():
        found = organisation.table("invoices").get(invoice_id.lower())
        if found is not None and found["Type"] == "ACCREC" and found["Status"] in ("AUTHORISED", "PAID"):
            return _invoice_page(organisation, found, inside=False)
    return abort(404)


def _invoice_page(organisation: Organisation, found: Record | None, *, inside: bool) -> str:
    if found is None:
        abort(404)
    with organisation.lock:
        contact = organisation.table("contacts").get(found["contact_id"]) or {"Name": "?"}
        return render_template(
            "invoice.html",
            organisation=organisation.name,
            invoice=found,
            contact=contact,
            payments=payments_of(organisation, found),
            inside=inside,
        )


def _with_short_code(short_code: str) -> Organisation:
    for organisation in simulator().state.all_organisations():
        if str(organisation.record["ShortCode"]).lstrip("!") == short_code.lstrip("!"):
            return organisation
    return abort(404)
