"""What assigning many requests would do: who gets what, which jobs, how many calls it takes."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select

from app.extensions import db
from app.models import Connection, ContactMapping, JobTemplateTask, Membership, ServiceMapping
from app.requests import checks
from app.requests.actions import why_not_assignable
from app.requests.queries import rows_of

CONTACT_CALLS = 2
"""A client whose contact is not known yet is looked for, and made when there is none."""
CALLS_A_MINUTE = 60


@dataclass(frozen=True)
class Line:
    """One request of the plan. `outcome`: job (it gets one), waiting (it will wait for its service's
    mapping), has_job, no_job (not connected), same or refused; `sentence` says it."""

    row: Row[Any]
    outcome: str
    sentence: str


def _with_hands(row: Row[Any], accountant: Membership, sentence: str) -> str:
    """The sentence, and before it from whom the request is taken."""
    if row.assignee_id is None or row.assignee_id == accountant.id:
        return sentence
    return f"Passes from {row.assignee} to {accountant.name}. {sentence}"


@dataclass(frozen=True)
class Preview:
    """The plan. `calls`: how many calls to Xero it takes, about."""

    accountant: Membership
    lines: list[Line]
    calls: int
    connected: bool

    def of(self, *outcomes: str) -> list[Line]:
        return [line for line in self.lines if line.outcome in outcomes]

    @property
    def going(self) -> list[Line]:
        """What will change hands."""
        return [line for line in self.lines if line.outcome not in {"refused", "same"}]

    @property
    def taken_over(self) -> int:
        """How many others have now."""
        return sum(line.row.assignee_id not in {None, self.accountant.id} for line in self.going)

    @property
    def minutes(self) -> int:
        """How long Xero's limit makes it take at least, in whole minutes."""
        return -(-self.calls // CALLS_A_MINUTE)


def preview(request_ids: Collection[UUID], accountant_id: UUID) -> Preview:
    """The plan for these requests. Raises `Problem` for a wrong accountant, as assigning would."""
    accountant = checks.check_accountant(accountant_id)
    rows = rows_of(request_ids)
    connections = db.session.execute(
        select(Connection.id, Connection.status).where(Connection.kind == "accounting")
    ).all()
    current = next((id_ for id_, status in connections if status != "disconnected"), None)
    tasks = _tasks_of({row.service_id for row in rows})
    lines = [_line(row, accountant, bool(connections), tasks) for row in rows]
    new_jobs = [line.row for line in lines if line.outcome == "job"]
    clients = {row.client_id for row in new_jobs}
    unknown = clients - _known_contacts(current, clients)
    calls = sum(1 + tasks[row.service_id] for row in new_jobs) + CONTACT_CALLS * len(unknown)
    return Preview(accountant, lines, calls, bool(connections))


def _line(row: Row[Any], accountant: Membership, connected: bool, tasks: dict[UUID, int]) -> Line:
    refusal = why_not_assignable(row.reference, row.status)
    if refusal:
        return Line(row, "refused", refusal)
    if row.assignee_id == accountant.id and row.job_state is not None:
        return Line(row, "same", f"It is {accountant.name}’s already.")
    said = partial(_with_hands, row, accountant)
    if row.xero_job_id:
        return Line(row, "has_job", said("It has its job in Xero."))
    if not connected:
        return Line(row, "no_job", said("No job yet: Xero is not connected."))
    if row.service_id not in tasks:
        return Line(row, "waiting", said(f"Its job will wait: {row.service} is not mapped."))
    return Line(row, "job", said("Its job will be made in Xero."))


def _tasks_of(service_ids: Collection[UUID]) -> dict[UUID, int]:
    """Number of tasks by service, for those that are mapped."""
    of_template = and_(
        JobTemplateTask.job_template_id == ServiceMapping.job_template_id,
        JobTemplateTask.company_id == ServiceMapping.company_id,
    )
    rows = db.session.execute(
        select(ServiceMapping.service_id, func.count(JobTemplateTask.id))
        .outerjoin(JobTemplateTask, of_template)
        .where(ServiceMapping.service_id.in_(service_ids))
        .group_by(ServiceMapping.service_id)
    )
    return {row[0]: row[1] for row in rows}


def _known_contacts(connection_id: UUID | None, client_ids: Collection[UUID]) -> set[UUID]:
    if connection_id is None:
        return set()
    return set(
        db.session.scalars(
            select(ContactMapping.client_id).where(
                ContactMapping.connection_id == connection_id, ContactMapping.client_id.in_(client_ids)
            )
        )
    )
