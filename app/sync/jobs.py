"""The job of a service request in Xero Projects: contact → project → tasks.

Projects knows no template, manager, job number or reference of ours (docs/architecture.md): the tasks are our own
list, the manager is kept here, and the reference stands in the project's name, where it is found again.
"""

from dataclasses import dataclass

from sqlalchemy import select

from app.extensions import db
from app.models import (
    Client,
    Company,
    Connection,
    JobTemplateTask,
    RequestEvent,
    ServiceMapping,
    ServiceRequest,
    now,
)
from app.models.base import Json
from app.sync import causes
from app.sync.connections import job_url
from app.sync.contacts.finding import contact_for, follow
from app.sync.live import connection_of, transport_of
from app.sync.names import job_name
from app.sync.operations import CREATE_JOB
from app.sync.outcomes import Blocked, Needless
from app.sync.run import Run
from app.xero.errors import Permanent
from app.xero.projects import Project, ProjectsApi

COUNTINGHOUSE = "Countinghouse"


@dataclass(frozen=True)
class Plan:
    """What the job shall be, read once at the start of a run; plain values, so no row is needed between calls."""

    request: ServiceRequest
    client: Client
    company: Company
    connection: Connection
    tasks: list[JobTemplateTask]
    name: str


def create(run: Run) -> None:
    """Make the request's job exactly once. Raises `Blocked`, `Needless`, `app.xero.errors.XeroError`, `LeaseLost`."""
    plan = _plan(run)
    transport = transport_of(run, plan.connection)
    projects = ProjectsApi(transport)
    contact_id = contact_for(run, plan.client, plan.connection, plan.company, transport)
    try:
        project_id = _project(run, plan, projects, contact_id)
    except Permanent:
        # Perhaps because the contact was merged, archived or removed in Xero since we learnt it.
        if not follow(run, plan.client, plan.connection, transport):
            raise
        contact_id = contact_for(run, plan.client, plan.connection, plan.company, transport)
        project_id = _project(run, plan, projects, contact_id)
    _tasks(run, plan, projects, project_id)
    _finish(plan)


def _plan(run: Run) -> Plan:
    request = db.session.scalars(
        select(ServiceRequest).where(ServiceRequest.id == run.operation.subject_id)
    ).one()
    if request.status == "cancelled":
        raise Needless("The request was cancelled before its job was made.")
    connection = connection_of(run)
    company = db.session.scalars(select(Company)).one()
    tasks = _task_list(request)
    name = job_name(company.job_name_pattern, request.service.name, request.client.name, request.reference)
    return Plan(request, request.client, company, connection, tasks, name)


def _task_list(request: ServiceRequest) -> list[JobTemplateTask]:
    mapping = db.session.scalar(select(ServiceMapping).where(ServiceMapping.service_id == request.service_id))
    if mapping is None:
        raise Blocked(
            causes.SERVICE_MAPPING,
            str(request.service_id),
            f"The service “{request.service.name}” is not mapped yet, so it is not known which tasks its jobs get."
            " A practice admin maps it under Settings → Xero → Service mapping.",
        )
    return list(mapping.job_template.tasks) if mapping.job_template else []


def _project(run: Run, plan: Plan, projects: ProjectsApi, contact_id: str) -> str:
    def send(key: str) -> Json:
        made = projects.create_project(contact_id, plan.name, plan.request.due_on, plan.request.price, key)
        return {"project_id": made.id, "name": made.name}

    def read_back() -> Json | None:
        # In brackets or not, as the practice's pattern has it: the reference as a whole word in the name.
        found = [
            project for project in projects.projects(contact_id) if _is_ours(project, plan.request.reference)
        ]
        return {"project_id": found[0].id, "name": found[0].name} if found else None

    def then(result: Json) -> None:
        # Written with the step's result: from here on the job is never lost, whatever becomes of its tasks.
        plan.request.xero_job_id = result["project_id"]
        plan.request.xero_job_name = result["name"]
        plan.request.xero_job_url = job_url(plan.connection, result["project_id"])

    return str(run.step("project", send, read_back, then)["project_id"])


def _is_ours(project: Project, reference: str) -> bool:
    words = project.name.replace("(", " ").replace(")", " ").replace("[", " ").replace("]", " ").split()
    return reference in words


def _tasks(run: Run, plan: Plan, projects: ProjectsApi, project_id: str) -> None:
    currency = plan.connection.base_currency or plan.company.currency
    for task in plan.tasks:
        _task(run, projects, project_id, task, currency)


def _task(run: Run, projects: ProjectsApi, project_id: str, task: JobTemplateTask, currency: str) -> None:
    name, kind, rate, minutes = task.name, task.charge_type, task.rate, task.estimate_minutes

    def send(key: str) -> Json:
        made = projects.create_task(project_id, name, rate, currency, kind, minutes or None, key)
        return {"task_id": made.id}

    def read_back() -> Json | None:
        # A name stands once in a list of tasks (app/models/job_template.py).
        return next(
            ({"task_id": found.id} for found in projects.tasks(project_id) if found.name == name), None
        )

    run.step(f"task: {name}", send, read_back)


def _finish(plan: Plan) -> None:
    request = plan.request
    request.xero_synced_at = now()
    plan.connection.last_sync_at = now()
    db.session.add(
        RequestEvent(
            service_request_id=request.id,
            kind="job",
            actor_name=COUNTINGHOUSE,
            text=f"The job “{request.xero_job_name}” is in Xero ({plan.connection.organisation_name}).",
            details={"project_id": request.xero_job_id},
        )
    )


def tell_request(run: Run, state: str, sentence: str | None) -> None:
    """Write on the request how its job stands: the sentence when it is stuck, nothing when all is well.

    A job that is merely waiting its turn (a limit, a first retry) is no error yet.
    """
    request = db.session.scalar(select(ServiceRequest).where(ServiceRequest.id == run.operation.subject_id))
    if request is None or run.operation.kind != CREATE_JOB:
        return
    request.xero_sync_error = sentence if state in {"failed", "waiting"} else None
