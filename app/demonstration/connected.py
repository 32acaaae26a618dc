"""The connected practices of the demonstration: organisation, people and services mapped, and jobs of the past."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from app.demonstration.agreed import compare
from app.demonstration.books import map_books
from app.demonstration.imported import look_at_contacts
from app.demonstration.invoices import bill
from app.demonstration.people import SERVICES, Practice
from app.demonstration.simulated import SimulatedPast, simulator_consent
from app.extensions import db
from app.integrations.actions import attach, confirm
from app.models import (
    Cause,
    Client,
    Company,
    Connection,
    ContactMapping,
    JobTemplate,
    Membership,
    Operation,
    RequestEvent,
    Service,
    ServiceMapping,
    ServiceRequest,
    StaffMapping,
    XeroStaff,
    now,
)
from app.sync import successes
from app.sync.causes import SERVICE_MAPPING
from app.sync.connections import job_url
from app.sync.lists import storing as lists
from app.sync.names import job_name
from app.sync.operations import CREATE_JOB, READ_LISTS, READ_STAFF
from app.sync.staff import store

UNMAPPED = "SMSF Audit and Return"
"""The service that nobody has mapped yet: its jobs wait, and the page says why."""
_FAILURES = (
    (
        "validation",
        "Xero did not accept this: The contact is archived. Correct it and retry.",
        "practice",
        1,
    ),
    (
        "unreachable",
        "Xero did not answer in time. It was tried 10 times; Retry tries it again.",
        "xero",
        10,
    ),
)


def connect(
    company: Company,
    practice: Practice,
    services: dict[str, Service],
    members: dict[str, Membership],
    requests: list[ServiceRequest],
) -> None:
    """Connect the practice as its admin would have, a quarter ago. Commits: Xero's answers need stored tokens."""
    assert practice.organisation
    tokens, organisation = simulator_consent(practice.organisation)
    admin = practice.people[0].name
    past = SimulatedPast(tokens.access_token, organisation.xero_tenant_id)
    connection = attach(tokens, organisation, admin, past.organisation())
    confirm(connection, admin)
    connection.connected_at = now() - timedelta(days=92)
    store(connection, past.people())
    _lists_were_read(connection, past)
    db.session.flush()
    _were_read_then(connection)
    _map_staff(connection, members, admin)
    _map_services(services, admin)
    with past.without_limits():
        _jobs(company, connection, requests, past, admin)
        map_books(connection, services, admin)
        bill(company, connection, requests, past, admin)
        look_at_contacts(connection, past, admin)
        db.session.flush()
        compare(connection, past, admin)
    db.session.flush()


def _lists_were_read(connection: Connection, past: SimulatedPast) -> None:
    progress = successes.progress_of(connection.id, READ_LISTS)
    progress.counts = dict(lists.store(connection.id, past.lists()))
    progress.succeeded_at = now()


def _were_read_then(connection: Connection) -> None:
    """What a new connection has read: people when it was made, lists just now, for they are as they are now."""
    read = select(Operation).where(Operation.kind.in_((READ_STAFF, READ_LISTS)))
    for operation in db.session.scalars(read):
        operation.state = "done"
        at = now() if operation.kind == READ_LISTS else connection.connected_at or now()
        operation.created_at = operation.started_at = operation.finished_at = at


def _map_staff(connection: Connection, members: dict[str, Membership], admin: str) -> None:
    by_email = {staff.email: staff for staff in db.session.scalars(select(XeroStaff))}
    for member in members.values():
        staff = by_email.get(member.user.email)
        if staff is not None:
            db.session.add(
                StaffMapping(
                    connection_id=connection.id,
                    membership_id=member.id,
                    xero_staff_id=staff.id,
                    confirmed_by=admin,
                )
            )


def _map_services(services: dict[str, Service], admin: str) -> None:
    templates = {template.name: template for template in db.session.scalars(select(JobTemplate))}
    for name, _, _, _, template in SERVICES:
        if name in services and template is not None:
            db.session.add(
                ServiceMapping(
                    service_id=services[name].id, job_template_id=templates[template].id, confirmed_by=admin
                )
            )


def _jobs(
    company: Company, connection: Connection, requests: list[ServiceRequest], past: SimulatedPast, admin: str
) -> None:
    contacts: dict[object, str] = {}
    failures = iter(_FAILURES)
    assigned = [request for request in requests if request.assigned_at and request.status != "cancelled"]
    for request in reversed(assigned):
        failure = (
            next(failures, None)
            if request.status == "assigned" and request.service.name != UNMAPPED
            else None
        )
        operation = _operation(request, admin, connection)
        if request.service.name == UNMAPPED:
            _waits(request, operation)
        elif failure:
            operation.state = "failed"
            (
                operation.error_code,
                operation.error,
                operation.whose_move,
                operation.attempts,
            ) = failure
            request.xero_sync_error = operation.error
        else:
            contact_id = contacts.get(request.client_id) or _contact(request.client, connection, past)
            contacts[request.client_id] = contact_id
            _job(company, connection, request, operation, past, contact_id)
        db.session.add(operation)


def _operation(request: ServiceRequest, admin: str, connection: Connection) -> Operation:
    assert request.assigned_at
    return Operation(
        kind=CREATE_JOB,
        subject_id=request.id,
        subject_label=request.reference,
        state="done",
        requested_by=admin,
        created_at=request.assigned_at,
        not_before=request.assigned_at,
        started_at=request.assigned_at,
        finished_at=request.assigned_at + timedelta(seconds=1),
        connection_id=connection.id,
        result={},
    )


def _waits(request: ServiceRequest, operation: Operation) -> None:
    sentence = (
        f"The service “{UNMAPPED}” is not mapped yet, so it is not known which tasks its jobs get."
        " A practice admin maps it under Settings → Xero → Service mapping."
    )
    cause = _cause(request, sentence)
    operation.state, operation.cause_id, operation.finished_at = "waiting", cause.id, None
    operation.error_code, operation.error, operation.whose_move = SERVICE_MAPPING, sentence, "practice"
    request.xero_sync_error = sentence


def _cause(request: ServiceRequest, sentence: str) -> Cause:
    """The one of the service; nobody is written to, for the past is told, not happening."""
    subject = str(request.service_id)
    found = db.session.scalar(select(Cause).where(Cause.kind == SERVICE_MAPPING, Cause.subject == subject))
    if found is None:
        found = Cause(id=uuid4(), kind=SERVICE_MAPPING, subject=subject, sentence=sentence)
        db.session.add(found)
        db.session.flush()
    return found


def _contact(client: Client, connection: Connection, past: SimulatedPast) -> str:
    contact = past.contact(client.name, client.number, client.email, client.phone)
    db.session.add(
        ContactMapping(
            connection_id=connection.id,
            client_id=client.id,
            xero_contact_id=contact.id,
            contact_name=contact.name,
            found_by="created" if contact.number == client.number else "name",
        )
    )
    return contact.id


def _job(
    company: Company,
    connection: Connection,
    request: ServiceRequest,
    operation: Operation,
    past: SimulatedPast,
    contact_id: str,
) -> None:
    name = job_name(company.job_name_pattern, request.service.name, request.client.name, request.reference)
    mapping = db.session.scalars(
        select(ServiceMapping).where(ServiceMapping.service_id == request.service_id)
    ).one()
    template = mapping.job_template
    tasks = template.tasks if template and request.status != "completed" else []
    project_id = past.project(
        contact_id, name, request.due_on, request.price, tasks, closed=request.status == "completed"
    )
    request.xero_job_id, request.xero_job_name = project_id, name
    request.xero_job_url = job_url(connection, project_id)
    request.xero_synced_at = operation.finished_at
    connection.last_sync_at = max(
        connection.last_sync_at or request.created_at, request.xero_synced_at or now()
    )
    db.session.add(
        RequestEvent(
            service_request_id=request.id,
            at=operation.finished_at or now(),
            kind="job",
            actor_name="Countinghouse",
            text=f"The job “{name}” is in Xero ({connection.organisation_name}).",
            details={"project_id": project_id},
        )
    )
