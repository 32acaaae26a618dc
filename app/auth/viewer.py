"""Who is looking: the signed-in person, the company they are in and their role there, read on each request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import and_, func, select, union_all
from sqlalchemy.orm import Session, lazyload, scoped_session

from app.auth.seen import note_seen
from app.errors import Problem
from app.models import (
    Company,
    CompanyEntry,
    Connection,
    ContactConflict,
    ContactErrand,
    Membership,
    User,
    UserSession,
    now,
)

MOST_DISAGREEMENTS = 100


@dataclass(frozen=True)
class CompanyView:
    """The company as pages need it."""

    id: UUID
    name: str
    time_zone: str
    currency: str
    locale: str
    suspended: bool
    suspension_reason: str | None = None
    connection_waits: str | None = None
    """The status of a connection that waits for an admin: to_confirm or reconnect_needed."""
    second_factor_required: bool = False
    disagreements: int = 0
    """Conflicts with Xero that a person must decide, and contacts that could not be written; a hundred for more."""

    @property
    def why_suspended(self) -> str:
        """What the practice's people are told on every page while it is suspended."""
        because = f" The reason: {self.suspension_reason}" if self.suspension_reason else ""
        return (
            f"{self.name} is suspended, so nobody can work in it, and nothing is sent to Xero.{because}"
            " Please write to Countinghouse's support."
        )


@dataclass(frozen=True)
class EntryView:
    """A super admin's open visit to the company."""

    id: UUID
    reason: str
    until: datetime
    writes: bool


@dataclass(frozen=True)
class Viewer:
    """The person behind a request. `role` is admin, accountant or client by membership, `super` through an open
    entry, None outside any company."""

    user_id: UUID
    session_id: UUID
    name: str
    email: str
    theme: str
    shortcuts: bool
    super_admin: bool
    company: CompanyView | None = None
    role: str | None = None
    membership_id: UUID | None = None
    client_id: UUID | None = None
    entry: EntryView | None = None
    second_factor: bool = False
    """Whether one was proved in this session."""
    session_ends: datetime | None = None

    @property
    def owes_second_factor(self) -> bool:
        """The company asks everybody for one, visitors included, and this session has proved none."""
        return self.company is not None and self.company.second_factor_required and not self.second_factor

    @property
    def is_admin(self) -> bool:
        """Admin of the company, or a super admin who entered it."""
        return self.role in {"admin", "super"}

    @property
    def may_write(self) -> bool:
        """A super admin reads only unless writing was chosen at the door."""
        return self.entry is None or self.entry.writes


def current_viewer() -> Viewer | None:
    """The signed-in person, or None."""
    viewer: Viewer | None = g.get("viewer")
    return viewer


def the_viewer() -> Viewer:
    """The signed-in person of an endpoint that requires one."""
    viewer = current_viewer()
    if viewer is None:
        raise Problem("Sign in first.", code="not_signed_in", status=401)
    return viewer


def the_company() -> CompanyView:
    """The company of an endpoint that requires one."""
    company = the_viewer().company
    if company is None:
        raise Problem("Choose a practice first.", code="no_company", status=409)
    return company


def load_viewer(
    session: "Session | scoped_session[Any]", session_id: UUID, company_id: UUID | None
) -> Viewer | None:
    """Read the person, their session, membership and company in one statement; None when the session has ended.

    Must run in the scope of `company_id` when there is one. The membership decides, not what a cookie says.
    """
    live = and_(
        UserSession.id == session_id,
        UserSession.ended_at.is_(None),
        UserSession.expires_at > now(),
        User.active,
    )
    person = select(UserSession, User).join(User, User.id == UserSession.user_id).where(live)
    if company_id is None:
        row = session.execute(person).one_or_none()
        if row:
            note_seen(row[0])
        return _person(row) if row else None
    # At most one row: a company has one connection of a kind that is not disconnected.
    waits = (
        select(Connection.status)
        .where(Connection.company_id == company_id, Connection.status.in_(("to_confirm", "reconnect_needed")))
        .limit(1)
        .scalar_subquery()
    )
    inside = (
        person.add_columns(
            Membership.id,
            Membership.role,
            Membership.client_id,
            Company,
            CompanyEntry,
            waits,
            _disagreements(company_id),
        )
        .outerjoin(
            Membership,
            and_(Membership.user_id == User.id, Membership.active, Membership.company_id == company_id),
        )
        .outerjoin(Company, Company.id == company_id)
        .outerjoin(
            CompanyEntry,
            and_(
                CompanyEntry.company_id == company_id,
                CompanyEntry.user_id == User.id,
                CompanyEntry.closed_at.is_(None),
                CompanyEntry.expires_at > now(),
                User.super_admin,
            ),
        )
        # Loaded with the entry by an inner join, its person would leave out everybody who has no entry.
        .options(lazyload(CompanyEntry.user), lazyload(UserSession.user))
        .order_by(CompanyEntry.opened_at.desc())
        .limit(1)
    )
    row = session.execute(inside).one_or_none()
    if row:
        note_seen(row[0])
    return _insider(row) if row else None


def _disagreements(company_id: UUID) -> Any:
    open_ones = select(ContactConflict.id).where(
        ContactConflict.company_id == company_id, ContactConflict.resolved_at.is_(None)
    )
    refused = select(ContactErrand.id).where(
        ContactErrand.company_id == company_id, ContactErrand.refused.is_not(None)
    )
    found = union_all(open_ones, refused).limit(MOST_DISAGREEMENTS).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _person(row: Any, **inside: Any) -> Viewer:
    user_session: UserSession = row[0]
    user: User = row[1]
    return Viewer(
        user_id=user.id,
        session_id=user_session.id,
        name=user.name,
        email=user.email,
        theme=user.theme,
        shortcuts=user.shortcuts,
        super_admin=user.super_admin,
        second_factor=user_session.second_factor_at is not None,
        session_ends=user_session.expires_at,
        **inside,
    )


def _insider(row: Any) -> Viewer:
    _, _, membership_id, role, client_id, company, entry, waits, disagreements = row
    if company is None or (membership_id is None and entry is None):
        return _person(row)
    view = CompanyView(
        company.id,
        company.name,
        company.time_zone,
        company.currency,
        company.locale,
        company.suspended_at is not None,
        company.suspension_reason,
        waits,
        company.second_factor_required,
        disagreements,
    )
    if membership_id is not None:
        return _person(row, company=view, role=role, membership_id=membership_id, client_id=client_id)
    visit = EntryView(entry.id, entry.reason, entry.expires_at, entry.writes)
    return _person(row, company=view, role="super", entry=visit)
