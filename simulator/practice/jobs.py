"""Jobs, read: one, the current ones, those made in a span of time, those of a client or a member of staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import request

from simulator.calls import Call
from simulator.journal import Record
from simulator.practice.api import day, ok, party, practice_api, reading, wrong
from simulator.practice.clients import client_of
from simulator.reply import Reply
from simulator.state import Organisation

api = practice_api("jobs")
LONGEST_SPAN = timedelta(days=366)


def _label(organisation: Organisation, code: str) -> str:
    for state in organisation.table("job_states").all():
        if state["code"] == code:
            return str(state["name"])
    return code


def _assigned(organisation: Organisation, staff_ids: list[str]) -> list[Record]:
    found = (party(organisation.table("staff").get(staff_id)) for staff_id in staff_ids)
    return [{**one, "allocatedMinutes": None} for one in found if one]


def _task(organisation: Organisation, task: Record) -> Record:
    shown = {name: value for name, value in task.items() if name != "staff"}
    return {**shown, "assigned": _assigned(organisation, task["staff"])}


def rendered(organisation: Organisation, job: Record) -> Record:
    """The whole job; its state is shown by label."""
    staff = organisation.table("staff")
    category = organisation.table("categories").get(job["category"])
    return {
        "id": job["id"],
        "uuid": job["uuid"],
        "name": job["name"],
        "description": job["description"],
        "client": party(organisation.table("clients").get(job["client"])),
        "clientOrderNumber": job["clientOrderNumber"],
        "budget": job["budget"],
        "state": _label(organisation, job["state"]),
        "type": category["name"] if category else "",
        "startDate": job["startDate"],
        "dueDate": job["dueDate"],
        "completedDate": job["completedDate"],
        "contact": None,
        "internalId": job["id"],
        "manager": party(staff.get(job["manager"])),
        "partner": party(staff.get(job["partner"])),
        "assigned": _assigned(organisation, job["staff"]),
        "tasks": [_task(organisation, task) for task in job["tasks"]],
        "milestones": [],
        "notes": job["notes"],
        "webUrl": f"https://practicemanager.xero.test/job/{job['uuid']}",
    }


def job_of(organisation: Organisation, number: str) -> Record:
    """The job of that human number. Raises Refused."""
    found = find_job(organisation, number)
    if found is None:
        raise wrong("Invalid job identifier")
    return found


def _number(job: Record) -> str:
    return str(job["id"]).casefold()


def find_job(organisation: Organisation, number: str) -> Record | None:
    found = organisation.table("jobs").matching("number", _number, number.casefold())
    return found[0] if found else None


def _all(organisation: Organisation, jobs: list[Record]) -> Reply:
    return ok(jobs=[rendered(organisation, job) for job in jobs])


@api.route("/job.api/get/<number>", "GET", *reading("job"))
def get_job(call: Call, number: str) -> Reply:
    """One job by its number (J000123), not by its UUID."""
    return ok(job=rendered(call.organisation, job_of(call.organisation, number)))


@api.route("/job.api/current", "GET", *reading("job"))
def current_jobs(call: Call) -> Reply:
    """All that are not completed."""
    jobs = call.organisation.table("jobs").all()
    return _all(call.organisation, [job for job in jobs if job["completedDate"] is None])


@api.route("/job.api/list", "GET", *reading("job"))
def list_jobs(call: Call) -> Reply:
    """Jobs made from ``from`` to ``to``, both YYYYMMDD and needed, at most a year apart."""
    first, last = (day(request.args.get(name), name) for name in ("from", "to"))
    if datetime.fromisoformat(last) - datetime.fromisoformat(first) > LONGEST_SPAN:
        raise wrong("from and to must be at most one year apart")
    jobs = [
        job
        for job in call.organisation.table("jobs").all()
        if first <= job["created"][:10] + "T00:00:00" <= last
    ]
    return _all(call.organisation, jobs)


@api.route("/job.api/client/<client_id>", "GET", *reading("job"))
def jobs_of_client(call: Call, client_id: str) -> Reply:
    client = client_of(call.organisation, client_id)
    jobs = call.organisation.table("jobs").all()
    return _all(call.organisation, [job for job in jobs if job["client"] == client["uuid"]])


@api.route(
    "/job.api/staff/<staff_id>", "GET", "practicemanager.job", "practicemanager.job.read", "practicemanager"
)
def jobs_of_staff(call: Call, staff_id: str) -> Reply:
    """Jobs the person is assigned to or manages."""
    key = staff_id.lower()
    if key not in call.organisation.table("staff"):
        raise wrong("Invalid staff identifier")
    jobs = call.organisation.table("jobs").all()
    return _all(
        call.organisation, [job for job in jobs if key in (*job["staff"], job["manager"], job["partner"])]
    )


@api.route("/job.api/documents/<number>", "GET", *reading("job"))
def documents(call: Call, number: str) -> Reply:
    """The documents of a job; the content is behind ``url``, which the simulator does not serve."""
    return ok(documents=job_of(call.organisation, number)["documents"])
