"""Many practices with work for Xero, made quickly."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select

from app.demonstration.simulated import SimulatedPast, simulator_consent
from app.extensions import db
from app.integrations.actions import attach, confirm
from app.models import (
    Client,
    Company,
    Connection,
    ContactMapping,
    JobTemplate,
    JobTemplateTask,
    Operation,
    Service,
    ServiceMapping,
    ServiceRequest,
    now,
)
from app.models.operation import INTERACTIVE
from app.sync.operations import CREATE_JOB
from app.tenancy import company_scope

TASKS = ("Prepare", "Lodge")
CALLS = 1 + len(TASKS)
"""Calls an operation takes when its client's contact is known: the project and its tasks."""


def add_practice(app: Flask, simulator, number: int, requests: int) -> tuple[UUID, str]:
    """A connected practice with `requests` requests to make jobs for; its company id and its organisation's name."""
    name = f"Bench {number} Pty Ltd"
    simulator.post("seed", {"organisation": name})
    company_id = uuid4()
    with app.app_context(), company_scope(company_id):
        db.session.add(Company(id=company_id, name=f"Bench {number}", reference_prefix=f"B{number}"))
        db.session.flush()
        tokens, organisation = simulator_consent(name)
        past = SimulatedPast(tokens.access_token, organisation.xero_tenant_id)
        connection = attach(tokens, organisation, "Bench", past.organisation())
        confirm(connection, "Bench")
        for operation in db.session.scalars(select(Operation)):
            operation.state = "cancelled"
        client, service = _client_and_service(connection, past, number)
        db.session.add_all(
            ServiceRequest(
                reference=f"B{number}-{count}",
                client_id=client.id,
                service_id=service.id,
                status="new",
                price=Decimal(100),
                due_on=now().date() + timedelta(days=30),
            )
            for count in range(requests)
        )
        db.session.commit()
    return company_id, name


def _client_and_service(connection: Connection, past: SimulatedPast, number: int) -> tuple[Client, Service]:
    client = Client(number=f"B{number}-C1", name=f"Bench client {number}", sort_name=f"bench client {number}")
    service = Service(name="Return", base_price=Decimal(100))
    template = JobTemplate(name="Return")
    template.tasks = [JobTemplateTask(position=n, name=name) for n, name in enumerate(TASKS)]
    db.session.add_all([client, service, template])
    db.session.flush()
    contact = past.contact(client.name, client.number, None, None)
    db.session.add_all(
        [
            ServiceMapping(service_id=service.id, job_template_id=template.id, confirmed_by="Bench"),
            ContactMapping(
                connection_id=connection.id,
                client_id=client.id,
                xero_contact_id=contact.id,
                contact_name=contact.name,
                found_by="created",
            ),
        ]
    )
    return client, service


def plan_all(app: Flask, company_id: UUID, priority: int = INTERACTIVE) -> int:
    """Plan a job for every request of the practice, in one transaction; how many."""
    with app.app_context(), company_scope(company_id):
        requests = db.session.scalars(select(ServiceRequest)).all()
        for request in requests:
            db.session.add(
                Operation(
                    kind=CREATE_JOB,
                    subject_id=request.id,
                    subject_label=request.reference,
                    priority=priority,
                    requested_by="Bench",
                    created_at=now(),
                )
            )
        db.session.commit()
        return len(requests)


def open_operations(app: Flask, company_id: UUID) -> int:
    with app.app_context(), company_scope(company_id):
        statement = select(Operation.id).where(Operation.state.in_(("queued", "running", "retry", "waiting")))
        return len(db.session.scalars(statement).all())
