"""Staff, templates, categories, job states and task names: read only here."""

from __future__ import annotations

from simulator.calls import Call
from simulator.journal import Record
from simulator.practice.api import BROAD_READ, ok, practice_api, reading, wrong
from simulator.reply import Reply
from simulator.state import Organisation

api = practice_api("catalogue")
_STAFF = ("uuid", "name", "email", "phone", "mobile", "address", "payrollCode", "webUrl")


def named(record: Record) -> Record:
    return {"uuid": record["uuid"], "name": record["name"]}


def staff_member(organisation: Organisation, staff_id: str) -> Record:
    """The person of that id. Raises Refused."""
    found = organisation.table("staff").get(staff_id.lower())
    if found is None:
        raise wrong("Invalid staff identifier")
    return found


@api.route("/staff.api/list", "GET", *reading("staff"))
def list_staff(call: Call) -> Reply:
    """Everybody; no role and no active flag exist."""
    staff = call.organisation.table("staff").all()
    return ok(staffList=[{name: one.get(name) for name in _STAFF} for one in staff])


@api.route("/staff.api/get/<staff_id>", "GET", *reading("staff"))
def get_staff(call: Call, staff_id: str) -> Reply:
    found = staff_member(call.organisation, staff_id)
    return ok(staff={name: found.get(name) for name in _STAFF})


@api.route("/template.api/list", "GET", *BROAD_READ)
def list_templates(call: Call) -> Reply:
    return ok(templates=[named(one) for one in call.organisation.table("templates").all()])


@api.route("/category.api/list", "GET", *BROAD_READ)
def list_categories(call: Call) -> Reply:
    return ok(categories=[named(one) for one in call.organisation.table("categories").all()])


@api.route("/jobstate.api/list", "GET", *reading("job"))
def list_states(call: Call) -> Reply:
    """The labels people see; the interface codes that ``job.api/state`` takes are not told."""
    return ok(jobStates=[named(one) for one in call.organisation.table("job_states").all()])


@api.route("/task.api/list", "GET", *BROAD_READ)
def list_tasks(call: Call) -> Reply:
    tasks = call.organisation.table("task_names").all()
    return ok(taskList=[{**named(one), "description": ""} for one in tasks])
