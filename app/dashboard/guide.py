"""The first visit: the steps from nothing to the first job in Xero, their states read from the rows."""

from dataclasses import dataclass

from sqlalchemy import and_, exists, func, or_, select

from app.extensions import db
from app.models import (
    Connection,
    ContactImport,
    ContactMapping,
    Membership,
    Operation,
    Service,
    ServiceMapping,
    ServiceRequest,
    StaffMapping,
)
from app.navigation import url_if
from app.sync.operations import CREATE_JOB


@dataclass(frozen=True)
class Progress:
    """What is there already. `status`: of the connection; unmapped people and services are counted."""

    status: str | None
    people_unmapped: int
    services_unmapped: int
    services: int
    contacts_known: bool
    """Contacts were imported, or a client is matched with one."""
    assigned: bool
    job_made: bool


@dataclass(frozen=True)
class GuideStep:
    """A step as the component `steps.task_list` draws it."""

    title: str
    state: str
    text: str
    url: str | None
    action_label: str


def read_progress() -> Progress:
    """One statement."""
    current = Connection.status != "disconnected"
    status = (
        select(Connection.status).where(Connection.kind == "accounting", current).limit(1).scalar_subquery()
    )
    mapped_person = and_(
        StaffMapping.membership_id == Membership.id,
        StaffMapping.company_id == Membership.company_id,
        StaffMapping.connection_id == Connection.id,
        Connection.company_id == Membership.company_id,
        current,
    )
    people = select(func.count(Membership.id)).where(
        Membership.active, Membership.role == "accountant", ~exists().where(mapped_person)
    )
    mapped = and_(ServiceMapping.service_id == Service.id, ServiceMapping.company_id == Service.company_id)
    services = select(func.count(Service.id)).where(Service.active)
    row = db.session.execute(
        select(
            status,
            people.scalar_subquery(),
            services.where(~exists().where(mapped)).scalar_subquery(),
            services.scalar_subquery(),
            or_(
                exists().where(ContactImport.imported_at.is_not(None)),
                exists().where(ContactMapping.id.is_not(None)),
            ),
            exists().where(ServiceRequest.assignee_id.is_not(None)),
            exists().where(Operation.kind == CREATE_JOB, Operation.state == "done"),
        )
    ).one()
    return Progress(*row)


def guide(progress: Progress) -> list[GuideStep]:
    """The steps, the first open one marked as next; empty once the first job is in Xero."""
    if progress.job_made:
        return []
    connected, confirmed = progress.status is not None, progress.status in {"connected", "reconnect_needed"}
    done = [
        connected,
        confirmed,
        confirmed and progress.people_unmapped == 0,
        confirmed and progress.services > 0 and progress.services_unmapped == 0,
        confirmed and progress.contacts_known,
        False,
    ]
    following = done.index(False)
    return [
        GuideStep(
            title,
            "done" if done[at] else "now" if at == following else "later",
            text,
            url_if(endpoint),
            label,
        )
        for at, (title, text, endpoint, label) in enumerate(_STEPS)
    ]


_STEPS = (
    (
        "Connect Xero",
        "You sign in at Xero and choose your practice’s organisation. Nothing is written to it yet.",
        "integrations.xero",
        "Connect Xero",
    ),
    (
        "Confirm the organisation",
        "Check that it is your practice’s own and not a client’s or the demo company.",
        "integrations.xero",
        "Check the organisation",
    ),
    (
        "Map your staff",
        "Say who is who in Xero. People with the same e-mail address are suggested.",
        "integrations.staff",
        "Map staff",
    ),
    (
        "Map your services",
        "Say which list of tasks the jobs of each service get.",
        "integrations.service_mapping",
        "Map services",
    ),
    (
        "Bring your clients in",
        "Read the contacts of the organisation and say which are clients. Nothing is written to Xero.",
        "contacts.imports",
        "Import contacts",
    ),
    (
        "Assign the first request",
        "Choose an accountant on a request’s page; its job appears in Xero within seconds.",
        "requests.index",
        "Open the requests",
    ),
)
