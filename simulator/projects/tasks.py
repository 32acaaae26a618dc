"""Tasks of a project. No assignee and no due date exist here."""

from __future__ import annotations

from typing import Any

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
    not_found,
    paged,
    project_of,
    projects_api,
)
from simulator.projects.totals import task_totals, tasks_of
from simulator.reply import Reply, json_reply
from simulator.state import Organisation

api = projects_api("tasks")
CHARGE_TYPES = ("TIME", "FIXED", "NON_CHARGEABLE")
LONGEST_NAME = 100


def rendered(organisation: Organisation, task: Record) -> Record:
    totals = task_totals(organisation, task)
    return {
        "taskId": task["taskId"],
        "projectId": task["projectId"],
        "name": task["name"],
        "rate": amount(organisation, task["rate"]),
        "chargeType": task["chargeType"],
        "estimateMinutes": task["estimateMinutes"],
        "status": task["status"],
        "totalMinutes": totals.minutes,
        "totalAmount": amount(organisation, totals.amount),
        "minutesInvoiced": 0,
        "minutesToBeInvoiced": totals.chargeable_minutes,
        "fixedMinutes": totals.minutes if task["chargeType"] == "FIXED" else 0,
        "nonChargeableMinutes": totals.minutes if task["chargeType"] == "NON_CHARGEABLE" else 0,
        "amountToBeInvoiced": amount(organisation, totals.amount),
        "amountInvoiced": amount(organisation, 0),
    }


def _task_of(call: Call, project_id: str, task_id: str) -> Record:
    project = project_of(call, project_id)
    found = call.organisation.table("tasks").get(task_id.lower())
    if found is None or found["projectId"] != project["projectId"]:
        raise not_found("task")
    return found


def _fields(organisation: Organisation, sent: Record) -> Record:
    """Name, rate, charge type and estimate as sent. Raises Refused (400) naming the field."""
    wrong: dict[str, str] = {}
    name: Any = sent.get("name")
    if not isinstance(name, str) or not name.strip():
        wrong["Name"] = "The Name field is required."
    elif len(name) > LONGEST_NAME:
        wrong["Name"] = f"The field Name must be a string with a maximum length of {LONGEST_NAME}."
    rate: Any = sent.get("rate")
    value = decimal_of(rate.get("value")) if isinstance(rate, dict) else None
    if value is None:
        wrong["Rate"] = "The Rate field is required."
    elif rate.get("currency") != organisation.record["BaseCurrency"]:
        wrong["Rate.Currency"] = f"The currency must be {organisation.record['BaseCurrency']}."
    if sent.get("chargeType") not in CHARGE_TYPES:
        wrong["ChargeType"] = f"The ChargeType field may be {', '.join(CHARGE_TYPES)}."
    estimate: Any = sent.get("estimateMinutes")
    if estimate is not None and (isinstance(estimate, bool) or not isinstance(estimate, int) or estimate < 0):
        wrong["EstimateMinutes"] = "The EstimateMinutes field must be a whole number."
    if wrong:
        raise invalid("The request is invalid.", **wrong)
    return {"name": name, "rate": value, "chargeType": sent["chargeType"], "estimateMinutes": estimate or 0}


@api.route("/Projects/<project_id>/Tasks", "GET", *READ)
def get_tasks(call: Call, project_id: str) -> Reply:
    """A page of the project's tasks, oldest first; by ``taskIds`` and ``chargeType``."""
    found = tasks_of(call.organisation, project_of(call, project_id)["projectId"])
    wanted = {part.strip().lower() for part in request.args.get("taskIds", "").split(",") if part.strip()}
    if wanted:
        found = [task for task in found if task["taskId"] in wanted]
    if charge_type := request.args.get("chargeType"):
        found = [task for task in found if task["chargeType"] == charge_type]
    return paged(found, lambda task: rendered(call.organisation, task))


@api.route("/Projects/<project_id>/Tasks", "POST", *WRITE)
def create_task(call: Call, project_id: str) -> Reply:
    project = project_of(call, project_id)
    task = {
        "taskId": ids.fresh(),
        "projectId": project["projectId"],
        "status": "ACTIVE",
        **_fields(call.organisation, body()),
    }
    call.organisation.table("tasks").save(task["taskId"], task)
    return json_reply(rendered(call.organisation, task), 201)


@api.route("/Projects/<project_id>/Tasks/<task_id>", "GET", *READ)
def get_task(call: Call, project_id: str, task_id: str) -> Reply:
    return json_reply(rendered(call.organisation, _task_of(call, project_id, task_id)))


@api.route("/Projects/<project_id>/Tasks/<task_id>", "PUT", *WRITE)
def update_task(call: Call, project_id: str, task_id: str) -> Reply:
    task = _task_of(call, project_id, task_id)
    call.organisation.table("tasks").save(task["taskId"], {**task, **_fields(call.organisation, body())})
    return Reply(204)


@api.route("/Projects/<project_id>/Tasks/<task_id>", "DELETE", *WRITE)
def delete_task(call: Call, project_id: str, task_id: str) -> Reply:
    """Delete a task nobody has logged time on."""
    task = _task_of(call, project_id, task_id)
    if task_totals(call.organisation, task).minutes:
        raise invalid("A task with time entries cannot be deleted.")
    call.organisation.table("tasks").remove(task["taskId"])
    return Reply(204)
