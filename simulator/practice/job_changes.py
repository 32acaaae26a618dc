"""Jobs, changed: add, update, state, assign, template, tasks, notes, documents."""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal
from typing import Any

from simulator import ids
from simulator.calls import Call
from simulator.journal import Record
from simulator.practice.api import body, day, ok, practice_api, text_of, writing, wrong
from simulator.practice.catalogue import staff_member
from simulator.practice.clients import client_of
from simulator.practice.jobs import find_job, job_of, rendered
from simulator.reply import Reply
from simulator.state import Organisation

api = practice_api("job_changes")
TASK_MODES = ("AddNew", "AppendExisting")


def _stored(call: Call, job: Record) -> Reply:
    call.organisation.table("jobs").save(job["uuid"], job)
    return ok(job=rendered(call.organisation, job))


def _next_number(organisation: Organisation) -> str:
    count = len(organisation.table("jobs")) + 1
    while find_job(organisation, f"J{count:06d}"):
        count += 1
    return f"J{count:06d}"


def _task(name: str, task_name_id: str | None, minutes: int) -> Record:
    return {
        "uuid": ids.fresh(),
        "name": name,
        "description": "",
        "taskUuid": task_name_id,
        "estimatedMinutes": minutes,
        "actualMinutes": 0,
        "completed": False,
        "billable": True,
        "startDate": None,
        "dueDate": None,
        "staff": [],
    }


def _from_template(organisation: Organisation, template_id: Any) -> list[Record]:
    """Fresh tasks of the template. Raises Refused when there is none of that id."""
    template = organisation.table("templates").get(text_of(template_id).lower())
    if template is None:
        raise wrong("Invalid template identifier")
    return [_task(name, ids.fixed("task-name", organisation.name, name), 60) for name in template["tasks"]]


def _budget(value: Any) -> Decimal | None:
    try:
        return None if value in (None, "") else Decimal(str(value))
    except ArithmeticError as error:
        raise wrong("Budget must be a number") from error


@api.route("/job.api/add", "POST", *writing("job"))
def add_job(call: Call) -> Reply:
    """Name, client, start and due date are needed; a number of one's own must be new. No manager: assign
    comes after.
    """
    sent, organisation = body(), call.organisation
    name = text_of(sent.get("name")).strip()
    if not name:
        raise wrong("Name is required")
    client = client_of(organisation, text_of(sent.get("clientUuid")))
    if client["isArchived"]:
        raise wrong("The client is archived")
    number = text_of(sent.get("id")).strip()
    if number and find_job(organisation, number):
        raise wrong(f"Job number {number} already exists")
    category = text_of(sent.get("categoryUuid")).lower()
    if category and category not in organisation.table("categories"):
        raise wrong("Invalid category identifier")
    job: Record = {
        "uuid": ids.fresh(),
        "id": number or _next_number(organisation),
        "name": name,
        "description": text_of(sent.get("description")),
        "client": client["uuid"],
        "clientOrderNumber": text_of(sent.get("clientNumber")),
        "budget": _budget(sent.get("budget")),
        "state": organisation.table("job_states").all()[0]["code"],
        "category": category,
        "startDate": day(sent.get("startDate"), "StartDate"),
        "dueDate": day(sent.get("dueDate"), "DueDate"),
        "completedDate": None,
        "manager": None,
        "partner": None,
        "staff": [],
        "tasks": _from_template(organisation, sent["templateUuid"]) if sent.get("templateUuid") else [],
        "notes": [],
        "documents": [],
        "created": call.simulator.clock.now().replace(tzinfo=None).isoformat(timespec="seconds"),
    }
    return _stored(call, job)


@api.route("/job.api/update", "PUT", *writing("job"))
def update_job(call: Call) -> Reply:
    sent = body()
    job = dict(job_of(call.organisation, text_of(sent.get("id"))))
    for sent_name, name in (
        ("name", "name"),
        ("description", "description"),
        ("clientNumber", "clientOrderNumber"),
    ):
        if sent_name in sent:
            job[name] = text_of(sent[sent_name])
    for name in ("startDate", "dueDate"):
        if sent.get(name):
            job[name] = day(sent[name], name)
    if "budget" in sent:
        job["budget"] = _budget(sent["budget"])
    return _stored(call, job)


@api.route("/job.api/state", "PUT", *writing("job"))
def change_state(call: Call) -> Reply:
    """By the interface code an administrator gave the state; the label is refused."""
    sent = body()
    job = job_of(call.organisation, text_of(sent.get("id")))
    code = text_of(sent.get("state"))
    found = next((one for one in call.organisation.table("job_states").all() if one["code"] == code), None)
    if found is None:
        raise wrong(f"Invalid state: {code}")
    now = call.simulator.clock.now().replace(tzinfo=None).isoformat(timespec="seconds")
    return _stored(call, {**job, "state": code, "completedDate": now if found["completes"] else None})


def _staff_id(organisation: Organisation, sent: Any) -> str:
    value = sent.get("uuid") if isinstance(sent, dict) else sent
    return str(staff_member(organisation, text_of(value))["uuid"])


@api.route("/job.api/assign", "PUT", *writing("job"))
def assign(call: Call) -> Reply:
    """Manager, partner and staff, added and removed; ``task-uuid`` beside a person means that task only."""
    sent, organisation = body(), call.organisation
    found = job_of(organisation, text_of(sent.get("id")))
    job = {**found, "staff": list(found["staff"]), "tasks": [{**task} for task in found["tasks"]]}
    for role in ("manager", "partner"):
        if f"remove-{role}" in sent:
            job[role] = None
        if wanted := sent.get(f"add-{role}"):
            job[role] = _staff_id(organisation, wanted)
    for wish, adding in (("remove", False), ("add", True)):
        for entry in sent.get(wish) or []:
            _assign_one(job, entry, _staff_id(organisation, entry), adding=adding)
    return _stored(call, job)


def _assign_one(job: Record, entry: Any, staff_id: str, *, adding: bool) -> None:
    task_id = text_of(entry.get("task-uuid") if isinstance(entry, dict) else None).lower()
    places = [job["staff"]]
    if task_id:
        task = next((one for one in job["tasks"] if one["uuid"] == task_id), None)
        if task is None:
            raise wrong("Invalid task identifier")
        task["staff"] = list(task["staff"])
        places = [task["staff"], job["staff"]] if adding else [task["staff"]]
    for place in places:
        if adding and staff_id not in place:
            place.append(staff_id)
        elif not adding and staff_id in place:
            place.remove(staff_id)


@api.route("/job.api/applytemplate", "POST", *writing("job"))
def apply_template(call: Call) -> Reply:
    """Add the template's tasks: AddNew always, AppendExisting only those whose name is not there yet."""
    sent = body()
    job = job_of(call.organisation, text_of(sent.get("id")))
    mode = sent.get("taskMode")
    if mode not in TASK_MODES:
        raise wrong(f"TaskMode must be {' or '.join(TASK_MODES)}")
    tasks = _from_template(call.organisation, sent.get("templateUuid"))
    present = {task["name"] for task in job["tasks"]} if mode == "AppendExisting" else set()
    return _stored(
        call, {**job, "tasks": job["tasks"] + [one for one in tasks if one["name"] not in present]}
    )


@api.route("/job.api/task", "POST", *writing("job"))
def add_task(call: Call) -> Reply:
    """A task of the list of task names, with a label of one's own if wanted; answers its UUID."""
    sent = body()
    job = job_of(call.organisation, text_of(sent.get("job")))
    name = call.organisation.table("task_names").get(text_of(sent.get("taskUuid")).lower())
    if name is None:
        raise wrong("Invalid task identifier")
    minutes = text_of(sent.get("estimatedMinutes") or 0)
    if not minutes.isdecimal():
        raise wrong("EstimatedMinutes must be a whole number")
    task = _task(text_of(sent.get("label")) or name["name"], name["uuid"], int(minutes))
    task["description"] = text_of(sent.get("description"))
    for field in ("startDate", "dueDate"):
        if sent.get(field):
            task[field] = day(sent[field], field)
    call.organisation.table("jobs").save(job["uuid"], {**job, "tasks": [*job["tasks"], task]})
    return ok(uuid=task["uuid"])


def _mark(call: Call, task_id: str, *, completed: bool) -> Reply:
    for job in call.organisation.table("jobs").all():
        if any(task["uuid"] == task_id.lower() for task in job["tasks"]):
            tasks = [
                {**task, "completed": completed} if task["uuid"] == task_id.lower() else task
                for task in job["tasks"]
            ]
            return _stored(call, {**job, "tasks": tasks})
    raise wrong("Invalid task identifier")


@api.route("/job.api/task/<task_id>/complete", "PUT", *writing("job"))
def complete_task(call: Call, task_id: str) -> Reply:
    return _mark(call, task_id, completed=True)


@api.route("/job.api/task/<task_id>/reopen", "PUT", *writing("job"))
def reopen_task(call: Call, task_id: str) -> Reply:
    return _mark(call, task_id, completed=False)


def _written(call: Call, sent: Record) -> Record:
    title = text_of(sent.get("title")).strip()
    if not title:
        raise wrong("Title is required")
    person = call.simulator.state.person(call.person_id) or {}
    return {
        "title": title,
        "text": text_of(sent.get("text")),
        "folder": text_of(sent.get("folder")),
        "date": call.simulator.clock.now().replace(tzinfo=None).isoformat(timespec="seconds"),
        "createdBy": f"{person.get('FirstName', '')} {person.get('LastName', '')}".strip(),
    }


@api.route("/job.api/note", "POST", *writing("job"))
def add_note(call: Call) -> Reply:
    sent = body()
    job = job_of(call.organisation, text_of(sent.get("job")))
    note = {"uuid": ids.fresh(), **_written(call, sent), "comments": []}
    return _stored(call, {**job, "notes": [*job["notes"], note]})


@api.route("/job.api/document", "POST", *writing("job"))
def add_document(call: Call) -> Reply:
    """A document, its content in base64."""
    sent = body()
    job = job_of(call.organisation, text_of(sent.get("job")))
    file_name = text_of(sent.get("fileName")).strip()
    try:
        content = base64.b64decode(text_of(sent.get("content")), validate=True)
    except binascii.Error as error:
        raise wrong("Content must be base64") from error
    if not file_name or not content:
        raise wrong("FileName and Content are required")
    url = f"https://practicemanager.xero.test/documents/{ids.fresh()}"
    document = {**_written(call, sent), "fileName": file_name, "url": url}
    return _stored(call, {**job, "documents": [*job["documents"], document]})
