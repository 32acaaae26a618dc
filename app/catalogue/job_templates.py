"""What may be done to a job template: the list of tasks that a new job gets. Nothing here commits."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import func, select

from app.audit import record as audit
from app.checks import Checks
from app.companies import locked_company
from app.errors import WrongState
from app.extensions import db
from app.models import JobTemplate, JobTemplateTask
from app.models.job_template import CHARGE_TYPES

MOST_TASKS = 50
LONGEST_TASK_NAME = 100
"""Xero Projects takes no longer name of a task."""
MOST_MINUTES = 60_000


class TaskDetails(TypedDict):
    """One task as a person wrote it. A problem's field is called ``tasks-<place from 0>-<key>``."""

    name: str
    charge_type: str
    rate: Decimal | str
    estimate_minutes: int | str


def create_template(name: str, tasks: Sequence[TaskDetails]) -> JobTemplate:
    """A new job template with its tasks in order. Raises `Problem` 422 that names every wrong field."""
    checked_name, checked_tasks = _checked(name, tasks, None)
    template = JobTemplate(name=checked_name, tasks=checked_tasks)
    db.session.add(template)
    db.session.flush()
    audit.record("job_template.added", template, None, _told(template))
    return template


def edit_template(template: JobTemplate, name: str, tasks: Sequence[TaskDetails]) -> None:
    """Another name and other tasks; jobs that are in Xero stay as they are. Raises `Problem` 422."""
    checked_name, checked_tasks = _checked(name, tasks, template.id)
    before = _told(template)
    template.name = checked_name
    # The old rows go first: a name may move to another place, and it may stand once only.
    template.tasks.clear()
    db.session.flush()
    template.tasks.extend(checked_tasks)
    after = _told(template)
    if after != before:
        audit.record("job_template.edited", template, before, after)


def _told(template: JobTemplate) -> dict[str, Any]:
    """What the audit log says of a template."""
    tasks = [
        f"{task.name}, {task.charge_type}, {task.rate}, {task.estimate_minutes} min"
        for task in template.tasks
    ]
    return {"name": template.name, "tasks": tasks}


def deactivate_template(template: JobTemplate) -> None:
    """No longer offered in the service mapping; services that have it keep it. Raises `WrongState`."""
    if not template.active:
        raise WrongState("This job template is switched off already.")
    template.active = False
    audit.changed("job_template.switched_off", template)


def activate_template(template: JobTemplate) -> None:
    """Offer it again. Raises `WrongState` when it is offered."""
    if template.active:
        raise WrongState("This job template is offered already.")
    template.active = True
    audit.changed("job_template.switched_on", template)


def _checked(
    name: str, tasks: Sequence[TaskDetails], own_id: UUID | None
) -> tuple[str, list[JobTemplateTask]]:
    checks = Checks()
    checked_name = _name(checks, name, own_id)
    if not tasks:
        checks.wrong("name", "A job template needs at least one task. Add one.")
    if len(tasks) > MOST_TASKS:
        checks.wrong("name", f"A job template takes {MOST_TASKS} tasks at most. Take some away.")
    rows: list[JobTemplateTask] = []
    seen: set[str] = set()
    for place, task in enumerate(tasks):
        row = _task(checks, f"tasks-{place}", task)
        if row.name and row.name.lower() in seen:
            sentence = f"There is another task called {row.name}. Give each task a name of its own."
            checks.wrong(f"tasks-{place}-name", sentence)
        seen.add(row.name.lower())
        row.position = place
        rows.append(row)
    checks.finish()
    return checked_name, rows


def _task(checks: Checks, prefix: str, task: TaskDetails) -> JobTemplateTask:
    name = checks.required(f"{prefix}-name", task["name"], "The task’s name", LONGEST_TASK_NAME)
    kind = checks.one_of(f"{prefix}-charge_type", task["charge_type"], CHARGE_TYPES, "The charge type")
    rate = checks.amount(f"{prefix}-rate", task["rate"] or "0", "The rate")
    if kind == "NON_CHARGEABLE" and rate:
        checks.wrong(
            f"{prefix}-rate",
            "A task that is not charged has no rate. Write 0, or choose another charge type.",
        )
    minutes = task["estimate_minutes"] or "0"
    minutes = checks.whole(f"{prefix}-estimate_minutes", minutes, "The estimate in minutes", 0, MOST_MINUTES)
    return JobTemplateTask(name=name, charge_type=kind, rate=rate, estimate_minutes=minutes)


def _name(checks: Checks, value: str, own_id: UUID | None) -> str:
    name = checks.required("name", value, "The job template’s name", 100)
    locked_company()
    taken = select(JobTemplate.id).where(func.lower(JobTemplate.name) == name.lower())
    if own_id is not None:
        taken = taken.where(JobTemplate.id != own_id)
    if name and db.session.scalar(taken.limit(1)) is not None:
        checks.wrong("name", f"There is a job template called {name} already. Choose another name.")
    return name
