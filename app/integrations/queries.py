"""What the pages of the connection read. Plain rows wherever a list is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select

from app.extensions import db
from app.models import (
    ChargeMapping,
    Connection,
    Grant,
    JobTemplateTask,
    Membership,
    Office,
    OfficeMapping,
    Operation,
    Service,
    ServiceMapping,
    ServiceRequest,
    StaffMapping,
)
from app.models.membership import STAFF_ROLES
from app.sync import successes
from app.sync.connections import ACCOUNTING
from app.sync.operations import CREATE_JOB, READ_LISTS
from app.tenancy import current_company_id

MOST_JOBS = 500
"""As many jobs as are planned at one press: what one transaction should hold."""
CALLS_FOR_CONTACT, CALLS_FOR_PROJECT = 3, 1
"""Looking for a contact takes up to three calls; creating the project one; each task of its template one more."""


@dataclass(frozen=True)
class Completeness:
    """How much of the mapping is done."""

    staff_done: int
    staff_all: int
    services_done: int
    services_all: int
    charges_done: int
    offices_done: int
    offices_all: int


@dataclass(frozen=True)
class Jobless:
    """Assigned requests without a job, and what making the jobs of the first `MOST_JOBS` costs in calls."""

    count: int
    calls: int


def latest_connection(kind: str = ACCOUNTING) -> Connection | None:
    """The connection in use, or else the one that was used last: what the settings page is about."""
    return db.session.scalar(
        select(Connection)
        .where(Connection.kind == kind)
        .order_by(
            (Connection.status == "disconnected"),
            Connection.connected_at.desc().nulls_last(),
            Connection.created_at.desc(),
        )
        .limit(1)
    )


def organisation_before(connection: Connection) -> str | None:
    """The name of the organisation the company worked with before this one, if it was another."""
    return db.session.scalar(
        select(Connection.organisation_name)
        .where(
            Connection.kind == connection.kind,
            Connection.id != connection.id,
            Connection.connected_at.is_not(None),
        )
        .order_by(Connection.connected_at.desc())
        .limit(1)
    )


def grant_of(connection: Connection) -> Row[*tuple[Any, ...]] | None:
    """Of the sign-in behind a connection: expires_at, refresh_expires_at, scopes. Never its tokens."""
    return db.session.execute(
        select(Grant.expires_at, Grant.refresh_expires_at, Grant.scopes).where(
            Grant.id == connection.grant_id
        )
    ).one_or_none()


def completeness(connection: Connection | None) -> Completeness:
    staff = select(func.count(Membership.id)).where(Membership.active, Membership.role.in_(STAFF_ROLES))
    mapped = (
        select(func.count(StaffMapping.id))
        .join(StaffMapping.membership)
        .where(
            StaffMapping.connection_id == (connection.id if connection else None),
            Membership.active,
            Membership.role.in_(STAFF_ROLES),
        )
    )
    services = select(func.count(Service.id)).where(Service.active)
    decided = select(func.count(ServiceMapping.id)).join(ServiceMapping.service).where(Service.active)
    connection_id = connection.id if connection else None
    charged = (
        select(func.count(ChargeMapping.id))
        .join(ChargeMapping.service)
        .where(ChargeMapping.connection_id == connection_id, Service.active)
    )
    tracked = (
        select(func.count(OfficeMapping.id))
        .join(OfficeMapping.office)
        .where(OfficeMapping.connection_id == connection_id, Office.active)
    )
    offices = select(func.count(Office.id)).where(Office.active)
    counts = db.session.execute(
        select(
            mapped.scalar_subquery(),
            staff.scalar_subquery(),
            decided.scalar_subquery(),
            services.scalar_subquery(),
            charged.scalar_subquery(),
            tracked.scalar_subquery(),
            offices.scalar_subquery(),
        )
    ).one()
    return Completeness(*(int(count) for count in counts))


def lists_read_at(connection: Connection) -> datetime | None:
    """When the organisation's lists were last read."""
    last = successes.last_of(connection.id).get(READ_LISTS)
    return last.succeeded_at if last else None


def _jobless() -> Any:
    has_wish = (
        select(Operation.id)
        .where(
            Operation.company_id == ServiceRequest.company_id,
            Operation.subject_id == ServiceRequest.id,
            Operation.kind == CREATE_JOB,
        )
        .exists()
    )
    return and_(
        ServiceRequest.assignee_id.is_not(None),
        ServiceRequest.status.in_(("assigned", "in_progress", "waiting")),
        ServiceRequest.xero_job_id.is_(None),
        ~has_wish,
    )


def jobless() -> Jobless:
    """Requests that were assigned before there was a connection."""
    count = db.session.scalar(select(func.count(ServiceRequest.id)).where(_jobless())) or 0
    if not count:
        return Jobless(0, 0)
    tasks = (
        select(func.count(JobTemplateTask.id))
        .join(ServiceMapping, ServiceMapping.job_template_id == JobTemplateTask.job_template_id)
        .where(
            ServiceMapping.company_id == current_company_id(),
            ServiceMapping.service_id == ServiceRequest.service_id,
        )
        .correlate(ServiceRequest)
        .scalar_subquery()
    )
    first = (
        select(tasks.label("tasks"))
        .where(_jobless())
        .order_by(ServiceRequest.created_at, ServiceRequest.id)
        .limit(MOST_JOBS)
        .subquery()
    )
    lines = db.session.scalar(select(func.coalesce(func.sum(first.c.tasks), 0))) or 0
    return Jobless(count, min(count, MOST_JOBS) * (CALLS_FOR_CONTACT + CALLS_FOR_PROJECT) + int(lines))


def jobless_requests() -> list[tuple[UUID, str]]:
    """Id and reference of those requests, oldest first, at most `MOST_JOBS`."""
    rows = db.session.execute(
        select(ServiceRequest.id, ServiceRequest.reference)
        .where(_jobless())
        .order_by(ServiceRequest.created_at, ServiceRequest.id)
        .limit(MOST_JOBS)
    )
    return [(request_id, reference) for request_id, reference in rows]
