"""Projects: list, get, create, rename and close. There is no delete, no template and no manager in this
API.
"""

from __future__ import annotations

from decimal import Decimal

from flask import request

from simulator import ids
from simulator.calls import Call
from simulator.journal import Record
from simulator.projects.api import (
    READ,
    WRITE,
    amount,
    body,
    decimal_of,
    invalid,
    paged,
    project_of,
    projects_api,
    utc_instant,
)
from simulator.projects.totals import task_totals, tasks_of
from simulator.reply import Reply, json_reply
from simulator.state import Organisation

api = projects_api("projects")
STATES = ("INPROGRESS", "CLOSED")


def _contact_id(project: Record) -> str:
    return str(project["contactId"])


def rendered(organisation: Organisation, project: Record) -> Record:
    """The project with what its tasks and time add up to."""
    totals = [task_totals(organisation, task) for task in tasks_of(organisation, project["projectId"])]
    worth = sum((total.amount for total in totals), Decimal(0))
    zero = amount(organisation, Decimal(0))
    shown: Record = {
        "projectId": project["projectId"],
        "contactId": project["contactId"],
        "name": project["name"],
        "currencyCode": organisation.record["BaseCurrency"],
        "minutesLogged": sum(total.minutes for total in totals),
        "totalTaskAmount": amount(organisation, worth),
        "totalExpenseAmount": zero,
        "minutesToBeInvoiced": sum(total.chargeable_minutes for total in totals),
        "taskAmountToBeInvoiced": amount(organisation, worth),
        "taskAmountInvoiced": zero,
        "expenseAmountToBeInvoiced": zero,
        "expenseAmountInvoiced": zero,
        "projectAmountInvoiced": zero,
        "deposit": zero,
        "depositApplied": zero,
        "creditNoteAmount": zero,
        "totalInvoiced": zero,
        "totalToBeInvoiced": amount(organisation, worth),
        "status": project["status"],
    }
    if project["deadlineUtc"]:
        shown["deadlineUtc"] = project["deadlineUtc"]
    if project["estimate"] is not None:
        shown["estimate"] = amount(organisation, project["estimate"])
    return shown


@api.route("/Projects", "GET", *READ)
def get_projects(call: Call) -> Reply:
    """A page of projects, oldest first; by ``projectIds``, ``contactID`` and ``states``."""
    table = call.organisation.table("projects")
    contact_id = request.args.get("contactID")
    projects = table.matching("contact", _contact_id, contact_id.lower()) if contact_id else table.all()
    wanted = {part.strip().lower() for part in request.args.get("projectIds", "").split(",") if part.strip()}
    if wanted:
        projects = [project for project in projects if project["projectId"] in wanted]
    if states := request.args.get("states"):
        chosen = {state.strip().upper() for state in states.split(",")}
        if chosen - set(STATES):
            raise invalid("The request is invalid.", states="states may be INPROGRESS or CLOSED.")
        projects = [project for project in projects if project["status"] in chosen]
    return paged(projects, lambda project: rendered(call.organisation, project))


def _fields(sent: Record) -> Record:
    """Name, deadline and estimate as sent. Raises Refused (400) naming the field."""
    name = sent.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("The request is invalid.", Name="The Name field is required.")
    fields: Record = {"name": name, "deadlineUtc": None, "estimate": None}
    if sent.get("deadlineUtc") is not None:
        fields["deadlineUtc"] = utc_instant(sent["deadlineUtc"])
        if fields["deadlineUtc"] is None:
            raise invalid("The request is invalid.", DeadlineUtc="The DeadlineUtc field is not a valid date.")
    if sent.get("estimateAmount") is not None:
        fields["estimate"] = decimal_of(sent["estimateAmount"])
        if fields["estimate"] is None:
            raise invalid(
                "The request is invalid.", EstimateAmount="The EstimateAmount field is not a valid amount."
            )
    return fields


@api.route("/Projects", "POST", *WRITE)
def create_project(call: Call) -> Reply:
    """One new project for an active contact. Names may repeat: nothing but the id is unique."""
    sent = body()
    contact_id = sent.get("contactId")
    if not isinstance(contact_id, str) or not contact_id:
        raise invalid("The request is invalid.", ContactId="The ContactId field is required.")
    fields = _fields(sent)
    contact = call.organisation.table("contacts").get(contact_id.lower())
    if contact is None:
        raise invalid("The request is invalid.", ContactId="The contact was not found.")
    if contact["ContactStatus"] != "ACTIVE":
        raise invalid("The request is invalid.", ContactId="The contact is archived.")
    project = {
        "projectId": ids.fresh(),
        "contactId": contact["ContactID"],
        "status": "INPROGRESS",
        "created": call.simulator.clock.milliseconds(),
        **fields,
    }
    call.organisation.table("projects").save(project["projectId"], project)
    return json_reply(rendered(call.organisation, project), 201)


@api.route("/Projects/<project_id>", "GET", *READ)
def get_project(call: Call, project_id: str) -> Reply:
    return json_reply(rendered(call.organisation, project_of(call, project_id)))


@api.route("/Projects/<project_id>", "PUT", *WRITE)
def update_project(call: Call, project_id: str) -> Reply:
    """Name, deadline and estimate, all three as sent; the contact stays."""
    project = project_of(call, project_id)
    call.organisation.table("projects").save(project["projectId"], {**project, **_fields(body())})
    return Reply(204)


@api.route("/Projects/<project_id>", "PATCH", *WRITE)
def change_state(call: Call, project_id: str) -> Reply:
    """Close or reopen."""
    project = project_of(call, project_id)
    status = body().get("status")
    if status not in STATES:
        raise invalid("The request is invalid.", Status="The Status field may be INPROGRESS or CLOSED.")
    call.organisation.table("projects").save(project["projectId"], {**project, "status": status})
    return Reply(204)
