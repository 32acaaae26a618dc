"""Time entries of a project. Users are those of ProjectsUsers, not the Accounting API's."""

from __future__ import annotations

from typing import Any

from flask import request

from simulator import ids
from simulator.calls import Call
from simulator.journal import Record
from simulator.projects.api import (
    READ,
    WRITE,
    body,
    invalid,
    not_found,
    paged,
    project_of,
    projects_api,
    utc_instant,
)
from simulator.projects.totals import tasks_of, time_of
from simulator.projects.users import people, project_user_id
from simulator.reply import Reply, json_reply

api = projects_api("time")
LONGEST = 59_940
CHARGEABLE = ("TIME", "FIXED")


def rendered(entry: Record) -> Record:
    return dict(entry)


def _entry_of(call: Call, project_id: str, entry_id: str) -> Record:
    project = project_of(call, project_id)
    found = call.organisation.table("time_entries").get(entry_id.lower())
    if found is None or found["projectId"] != project["projectId"]:
        raise not_found("time entry")
    return found


def _fields(call: Call, project: Record, sent: Record) -> Record:
    """User, task, day, minutes and text as sent. Raises Refused (400) naming the field."""
    wrong: dict[str, str] = {}
    user_id, task_id = str(sent.get("userId") or "").lower(), str(sent.get("taskId") or "").lower()
    if user_id not in {project_user_id(user) for user in people(call.organisation)}:
        wrong["UserId"] = "The UserId field must be the id of a projects user."
    if task_id not in {task["taskId"] for task in tasks_of(call.organisation, project["projectId"])}:
        wrong["TaskId"] = "The TaskId field must be the id of a task of this project."
    moment = utc_instant(sent.get("dateUtc"))
    if moment is None:
        wrong["DateUtc"] = "The DateUtc field is required."
    duration: Any = sent.get("duration")
    if isinstance(duration, bool) or not isinstance(duration, int) or not 1 <= duration <= LONGEST:
        wrong["Duration"] = f"The field Duration must be between 1 and {LONGEST}."
    description = sent.get("description")
    if description is not None and not isinstance(description, str):
        wrong["Description"] = "The field Description must be text."
    if wrong:
        raise invalid("The request is invalid.", **wrong)
    return {
        "userId": user_id,
        "taskId": task_id,
        "dateUtc": moment,
        "duration": duration,
        "description": description,
    }


def _wanted(call: Call, project: Record) -> list[Record]:
    """The project's entries that fit the query: user, task, state, chargeable, from and to."""
    query = request.args
    tasks = {task["taskId"]: task for task in tasks_of(call.organisation, project["projectId"])}
    found = [entry for task_id in tasks for entry in time_of(call.organisation, task_id)]
    for name in ("userId", "taskId"):
        if value := query.get(name):
            found = [entry for entry in found if entry[name] == value.lower()]
    if (contact_id := query.get("contactId")) and contact_id.lower() != project["contactId"]:
        found = []
    if query.get("invoiceId"):
        found = []  # nothing is invoiced from a project in the simulator
    if states := query.get("states"):
        found = [entry for entry in found if entry["status"] in states.upper().split(",")]
    if chargeable := query.get("isChargeable"):
        wish = chargeable.lower() == "true"
        found = [entry for entry in found if (tasks[entry["taskId"]]["chargeType"] in CHARGEABLE) is wish]
    after, before = utc_instant(query.get("dateAfterUtc")), utc_instant(query.get("dateBeforeUtc"))
    if after:
        found = [entry for entry in found if entry["dateUtc"] >= after]
    if before:
        found = [entry for entry in found if entry["dateUtc"] <= before]
    return sorted(found, key=lambda entry: (entry["dateEnteredUtc"], entry["timeEntryId"]))


@api.route("/Projects/<project_id>/Time", "GET", *READ)
def get_time(call: Call, project_id: str) -> Reply:
    return paged(_wanted(call, project_of(call, project_id)), rendered)


@api.route("/Projects/<project_id>/Time", "POST", *WRITE)
def log_time(call: Call, project_id: str) -> Reply:
    """Log minutes; answered 200, not 201."""
    project = project_of(call, project_id)
    entered = call.simulator.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    entry = {
        "timeEntryId": ids.fresh(),
        "projectId": project["projectId"],
        "dateEnteredUtc": entered,
        "status": "ACTIVE",
        **_fields(call, project, body()),
    }
    call.organisation.table("time_entries").save(entry["timeEntryId"], entry)
    return json_reply(rendered(entry))


@api.route("/Projects/<project_id>/Time/<entry_id>", "GET", *READ)
def get_entry(call: Call, project_id: str, entry_id: str) -> Reply:
    return json_reply(rendered(_entry_of(call, project_id, entry_id)))


@api.route("/Projects/<project_id>/Time/<entry_id>", "PUT", *WRITE)
def change_entry(call: Call, project_id: str, entry_id: str) -> Reply:
    """Everything as sent; a description left out is taken away."""
    entry = _entry_of(call, project_id, entry_id)
    changed = {**entry, **_fields(call, project_of(call, project_id), body())}
    call.organisation.table("time_entries").save(entry["timeEntryId"], changed)
    return Reply(204)


@api.route("/Projects/<project_id>/Time/<entry_id>", "DELETE", *WRITE)
def delete_entry(call: Call, project_id: str, entry_id: str) -> Reply:
    call.organisation.table("time_entries").remove(_entry_of(call, project_id, entry_id)["timeEntryId"])
    return Reply(204)
