"""The console page and its buttons. Plain forms: it works without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from simulator.accounting.contact_rules import find_by_name
from simulator.accounting.payments import pay_in_full, take_back
from simulator.clock import Clock
from simulator.console.report import connections_of, organisation_report
from simulator.core import Simulator, simulator
from simulator.faults import KINDS
from simulator.journal import Record
from simulator.state import Organisation

blueprint = Blueprint("console", __name__)
SHOWN_CALLS = 40


@blueprint.before_request
def refuse_other_sites() -> None:
    """A page of another site must not press the buttons."""
    if request.method != "GET" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


@blueprint.get("/")
@blueprint.get("/_console")
def console() -> str:
    """What is in each organisation, the latest calls, the faults."""
    app = simulator()
    organisations = [_summary(app, found) for found in app.state.all_organisations()]
    chosen = (
        app.state.organisation_named(request.args.get("organisation")) or app.state.all_organisations()[0]
    )
    report = organisation_report(app, chosen)
    report["projects"].reverse()
    report["invoices"].reverse()
    return render_template(
        "console.html",
        now=app.clock.now(),
        organisations=organisations,
        chosen=chosen,
        report=report,
        names={user["UserID"]: f"{user['FirstName']} {user['LastName']}" for user in report["users"]},
        contact_names={contact["ContactID"]: contact["Name"] for contact in report["contacts"]},
        calls=list(reversed(app.ledger.lines(newest=SHOWN_CALLS))),
        faults=app.faults.all(),
        kinds=KINDS,
        limits=app.limits.settings(),
        webhook=app.webhooks.report(),
        job_states={state["code"]: state["name"] for state in chosen.table("job_states").all()},
    )


def _summary(app: Simulator, organisation: Organisation) -> dict[str, Any]:
    practice = organisation.record["TenantType"] == "PRACTICEMANAGER"
    nouns = ("jobs", "clients") if practice else ("projects", "contacts")
    return {
        "name": organisation.name,
        "connected": bool(connections_of(app, organisation)),
        "held": ", ".join(f"{len(organisation.table(noun))} {noun}" for noun in nouns),
        "calls": app.ledger.counts[organisation.name],
    }


def _back(organisation: Organisation | None = None, anchor: str = "") -> Response:
    name = organisation.name if organisation else None
    return redirect(url_for("console.console", _anchor=anchor or None, organisation=name), 303)


def _organisation() -> Organisation:
    found = simulator().state.organisation_named(request.form.get("organisation"))
    if found is None:
        abort(404)
    return found


@blueprint.post("/_console/do/contact")
def change_contact() -> Response:
    """Rename, archive, restore or erase (GDPR) a contact, as somebody in Xero might, or have it vanish."""
    organisation, wish = _organisation(), request.form.get("wish")
    with organisation.lock:
        table = organisation.table("contacts")
        contact = table.get(request.form.get("id"))
        if contact is None:
            abort(404)
        changed = {**contact, "updated": simulator().clock.milliseconds()}
        name = " ".join(request.form.get("name", "").split())
        if wish == "rename" and name:
            changed["Name"] = name
        elif wish in ("archive", "restore"):
            changed["ContactStatus"] = "ARCHIVED" if wish == "archive" else "ACTIVE"
        elif wish == "erase":
            changed |= {"ContactStatus": "GDPRREQUEST", "Name": "Erased", "EmailAddress": "", "Phones": []}
        elif wish != "vanish":
            abort(400)
        if wish == "vanish":
            table.remove(contact["ContactID"])
        else:
            table.save(changed["ContactID"], changed)
        simulator().state.journal.commit()
    simulator().webhooks.happened(organisation.id, "CONTACT", "UPDATE", changed["ContactID"])
    return _back(organisation, "contacts")


@blueprint.post("/_console/do/project")
def change_project() -> Response:
    """Close or reopen a project."""
    organisation = _organisation()
    with organisation.lock:
        table = organisation.table("projects")
        project = table.get(request.form.get("id"))
        if project is None:
            abort(404)
        status = "INPROGRESS" if project["status"] == "CLOSED" else "CLOSED"
        table.save(project["projectId"], {**project, "status": status})
        simulator().state.journal.commit()
    return _back(organisation, "projects")


@blueprint.post("/_console/do/job")
def move_job() -> Response:
    """Put a Practice Manager job into another state."""
    organisation = _organisation()
    with organisation.lock:
        job = organisation.table("jobs").get(request.form.get("id"))
        states = {state["code"]: state for state in organisation.table("job_states").all()}
        chosen = states.get(request.form.get("state", ""))
        if job is None or chosen is None:
            abort(400)
        done = simulator().clock.now().replace(tzinfo=None).isoformat(timespec="seconds")
        changed = {"state": chosen["code"], "completedDate": done if chosen["completes"] else None}
        organisation.table("jobs").save(job["uuid"], {**job, **changed})
        simulator().state.journal.commit()
    return _back(organisation, "jobs")


@blueprint.post("/_console/do/merge")
def merge_contact() -> Response:
    """Merge a contact into another: it is archived and points to the one (by id or name) that stays."""
    organisation = _organisation()
    with organisation.lock:
        table = organisation.table("contacts")
        into = request.form.get("into", "").strip()
        loser, winner = table.get(request.form.get("id")), table.get(into) or find_by_name(organisation, into)
        if loser is None or winner is None or loser is winner:
            abort(400)
        now = simulator().clock.milliseconds()
        gone = {"ContactStatus": "ARCHIVED", "MergedToContactID": winner["ContactID"], "updated": now}
        table.save(loser["ContactID"], {**loser, **gone})
        simulator().state.journal.commit()
    simulator().webhooks.happened(organisation.id, "CONTACT", "UPDATE", loser["ContactID"])
    return _back(organisation, "contacts")


@blueprint.post("/_console/do/approve")
def approve_invoice() -> Response:
    """Approve a draft, or one that waits for it."""
    return _settle_invoice(("DRAFT", "SUBMITTED"), _approve)


def _approve(organisation: Organisation, invoice: Record, clock: Clock) -> None:
    approved = {**invoice, "Status": "AUTHORISED", "updated": clock.milliseconds()}
    organisation.table("invoices").save(invoice["InvoiceID"], approved)


@blueprint.post("/_console/do/pay")
def pay_invoice() -> Response:
    """Pay what is left of an invoice, into the organisation's bank account."""
    return _settle_invoice(("AUTHORISED",), pay_in_full)


@blueprint.post("/_console/do/unpay")
def take_payments_back() -> Response:
    """Take the payments of a paid invoice back."""
    return _settle_invoice(("PAID",), take_back)


def _settle_invoice(
    statuses: tuple[str, ...], deed: Callable[[Organisation, Record, Clock], None]
) -> Response:
    organisation = _organisation()
    with organisation.lock:
        invoice = organisation.table("invoices").get(request.form.get("id"))
        if invoice is None:
            abort(404)
        if invoice["Status"] not in statuses:
            abort(400)
        deed(organisation, invoice, simulator().clock)
        simulator().state.journal.commit()
    simulator().webhooks.happened(organisation.id, "INVOICE", "UPDATE", invoice["InvoiceID"])
    return _back(organisation, "invoices")


@blueprint.post("/_console/do/disconnect")
def disconnect() -> Response:
    """Take the app's connection away, as a user may on Xero's own pages. The app is not told."""
    organisation = _organisation()
    with simulator().state.change():
        for connection in connections_of(simulator(), organisation):
            simulator().state.connections.remove(connection["id"])
    return _back(organisation)


@blueprint.post("/_console/do/webhook")
def send_webhook() -> Response:
    """Send the app news of a contact that nobody changed, once or a hundred times."""
    organisation = _organisation()
    contact = organisation.table("contacts").get(request.form.get("id"))
    count = request.form.get("count", 1, type=int)
    if contact is None or not 1 <= count <= 100:
        abort(400)
    try:
        simulator().webhooks.send(organisation.id, "CONTACT", contact["ContactID"], count)
    except ValueError:
        abort(409)
    return _back(organisation, "webhook-title")


@blueprint.post("/_console/do/fault")
def switch_fault() -> Response:
    """Switch a fault on for the next call (or until cleared), or clear one or all."""
    faults = simulator().faults
    if "clear" in request.form:
        faults.switch_off(request.form["clear"] or None)
        return _back(anchor="faults")
    wish: dict[str, Any] = {"kind": request.form.get("kind"), "path": request.form.get("path", "").strip()}
    if request.form.get("lasting") != "yes":
        wish["count"] = 1
    if chance := request.form.get("probability", "").strip():
        wish["probability"] = chance
    try:
        faults.switch_on(wish)
    except ValueError:
        abort(400)
    return _back(anchor="faults")
