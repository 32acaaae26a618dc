"""The time that was worked on a request's job, from Xero's Projects: entries, and the rates of their tasks."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.extensions import db
from app.models import Company, ServiceRequest, TimeEntry, XeroStaff, now
from app.sync.live import connection_of, transport_of
from app.sync.outcomes import Needless
from app.sync.run import Run
from app.xero.projects import ProjectsApi, Task
from app.xero.projects import TimeEntry as Told

BY_THE_HOUR = "TIME"
SOMEBODY = "Somebody in Xero"


def read(run: Run) -> None:
    """Two calls, and a third where somebody is not known yet. What was billed stays as it was billed. Raises `Blocked`,
    `Needless`, `app.xero.errors.XeroError`."""
    request = db.session.scalar(select(ServiceRequest).where(ServiceRequest.id == run.operation.subject_id))
    if request is None or request.xero_job_id is None:
        raise Needless("The request has no job in Xero, so there is no time to read.")
    job_id, connection = request.xero_job_id, connection_of(run)
    connection_id, projects = connection.id, ProjectsApi(transport_of(run, connection))
    tasks = {task.id: task for task in projects.tasks(job_id)}
    told = projects.time_entries(job_id)
    names = _names(connection_id)
    if any(entry.user_id not in names for entry in told):
        names |= {user.id: user.name for user in projects.users()}
    _keep(run, told, tasks, names)
    run.operation.result = {"counts": {"read": len(told)}}


def _names(connection_id: object) -> dict[str, str]:
    rows = db.session.execute(
        select(XeroStaff.xero_user_id, XeroStaff.name).where(XeroStaff.connection_id == connection_id)
    )
    return {row[0]: row[1] for row in rows}


def _keep(run: Run, told: Iterable[Told], tasks: Mapping[str, Task], names: Mapping[str, str]) -> None:
    request_id = run.operation.subject_id
    zone = ZoneInfo(db.session.scalars(select(Company.time_zone)).one())
    known = {
        row.xero_time_entry_id: row
        for row in db.session.scalars(
            select(TimeEntry).where(TimeEntry.service_request_id == request_id).with_for_update()
        )
    }
    for entry in told:
        row = known.pop(entry.id, None)
        if row is None:
            row = TimeEntry(service_request_id=request_id, xero_time_entry_id=entry.id)
            db.session.add(row)
        if row.invoice_id is None:
            _write(row, entry, tasks.get(entry.task_id), names, _day(entry, zone))
        row.xero_status, row.read_at = entry.status, now()
    for gone in known.values():
        if gone.invoice_id is None:
            db.session.delete(gone)


def _write(row: TimeEntry, entry: Told, task: Task | None, names: Mapping[str, str], worked_on: date) -> None:
    row.task_name = task.name if task else ""
    row.charge_type = task.charge_type if task else ""
    row.rate = _hourly(task)
    row.person_name = names.get(entry.user_id, SOMEBODY)
    row.worked_on, row.minutes, row.description = worked_on, entry.minutes, entry.description


def _hourly(task: Task | None) -> Decimal | None:
    """A fixed price is for the whole task, and says nothing of an hour."""
    by_the_hour = task is not None and task.charge_type == BY_THE_HOUR and task.rate is not None
    return task.rate.value if by_the_hour and task and task.rate else None


def _day(entry: Told, zone: ZoneInfo) -> date:
    return (entry.at or now()).astimezone(zone).date()
