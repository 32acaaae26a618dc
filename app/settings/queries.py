"""What the settings pages read. Lists are plain rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select

from app.extensions import db
from app.models import (
    Client,
    Company,
    CompanyEntry,
    Connection,
    Membership,
    Office,
    ServiceRequest,
    User,
    now,
)
from app.models.membership import STAFF_ROLES
from app.paging import Page, page_of
from app.sync.names import job_name
from app.tenancy import current_company_id

SAMPLE = ("Individual Tax Return", "Ruth Calloway", "ABC-1042")
"""Shown in an example while the practice has no request of its own."""


def the_company_row() -> Company:
    """The company we are in, with its settings."""
    return db.session.scalars(select(Company).where(Company.id == current_company_id())).one()


def example_job_name(pattern: str) -> str:
    """What the job of the newest request would be called."""
    newest = db.session.scalar(
        select(ServiceRequest).order_by(ServiceRequest.created_at.desc(), ServiceRequest.id.desc()).limit(1)
    )
    if newest is None:
        return job_name(pattern, *SAMPLE)
    return job_name(pattern, newest.service.name, newest.client.name, newest.reference)


def list_offices() -> list[Row[Any]]:
    """Offices by name, open ones first. Row: id, name, active, clients (how many not archived)."""
    in_office = and_(
        Client.office_id == Office.id, Client.company_id == Office.company_id, Client.archived_at.is_(None)
    )
    return list(
        db.session.execute(
            select(Office.id, Office.name, Office.active, func.count(Client.id).label("clients"))
            .outerjoin(Client, in_office)
            .group_by(Office.company_id, Office.id, Office.name, Office.active)
            .order_by(Office.active.desc(), Office.name)
        )
    )


def find_office(office_id: UUID) -> Office | None:
    return db.session.scalar(select(Office).where(Office.id == office_id))


def list_people() -> list[Row[Any]]:
    """Staff by name, those in service first. Row: id (of the membership), name, email, role, active."""
    return list(
        db.session.execute(
            select(Membership.id, User.name, User.email, Membership.role, Membership.active)
            .join(User, User.id == Membership.user_id)
            .where(Membership.role.in_(STAFF_ROLES))
            .order_by(Membership.active.desc(), User.name)
        )
    )


def live_connection() -> Row[str, str, str | None] | None:
    """The connection to Xero that is not disconnected. Row: organisation_name, status, base_currency."""
    return db.session.execute(
        select(Connection.organisation_name, Connection.status, Connection.base_currency).where(
            Connection.kind == "accounting", Connection.status != "disconnected"
        )
    ).one_or_none()


@dataclass(frozen=True)
class Visit:
    """A super admin's visit to the practice. `ended_at`: left, or the time ran (or runs) out."""

    user_id: UUID
    name: str
    reason: str
    writes: bool
    opened_at: datetime
    ended_at: datetime
    open: bool

    @property
    def lasted(self) -> str:
        """`12 minutes`, the last one rounded up."""
        minutes = -((self.opened_at - min(self.ended_at, now())) // timedelta(minutes=1))
        return "1 minute" if minutes == 1 else f"{minutes} minutes"


def list_visits(*, after: str | None = None, before: str | None = None) -> tuple[list[Visit], Page]:
    """Who from Countinghouse entered this practice, newest first, with the place in the list."""
    page = page_of(
        select(
            CompanyEntry.id,
            CompanyEntry.opened_at,
            CompanyEntry.expires_at,
            CompanyEntry.closed_at,
            CompanyEntry.reason,
            CompanyEntry.writes,
            CompanyEntry.user_id,
            User.name,
        ).join(User, User.id == CompanyEntry.user_id),
        (CompanyEntry.opened_at, CompanyEntry.id),
        after=after,
        before=before,
        descending=True,
    )
    return [_visit(row) for row in page.rows], page


def _visit(row: Row[Any]) -> Visit:
    ended = row.closed_at or row.expires_at
    return Visit(
        row.user_id,
        row.name,
        row.reason,
        row.writes,
        row.opened_at,
        ended,
        row.closed_at is None and ended > now(),
    )
