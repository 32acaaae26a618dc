"""What the pages about people read. Lists are plain rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, and_, func, select

from app.extensions import db
from app.mail.sending import can_send
from app.models import Client, Invitation, Mail, Membership, ServiceRequest, User, now
from app.models.service_request import OPEN_STATUSES
from app.paging import Page, Rows, page_of

Role = Literal["admin", "accountant", "client"]
State = Literal["open", "accepted", "withdrawn", "expired"]
MailState = Literal["queued", "sent", "failed", "unsent"]


@dataclass(frozen=True)
class Invited:
    """An invitation as it is listed. `mail`: queued, sent, failed or unsent (no mail server is set)."""

    id: UUID
    email: str
    role: Role
    client: str | None
    client_id: UUID | None
    by: str
    at: datetime
    expires_at: datetime
    state: State
    mail: MailState
    mail_error: str | None
    accepted_at: datetime | None
    accepted_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None


def find_person(person_id: UUID) -> Membership | None:
    return db.session.scalar(select(Membership).where(Membership.id == person_id))


def find_invitation(invitation_id: UUID) -> Invitation | None:
    return db.session.scalar(select(Invitation).where(Invitation.id == invitation_id))


def read_invitation(invitation_id: UUID) -> Invited:
    """The invitation as it is listed, with what became of its mail."""
    return _invited(db.session.execute(_invitations().where(Invitation.id == invitation_id)).one())


def open_requests_of(person_id: UUID) -> int:
    """How many unfinished requests are assigned to this person."""
    mine = select(func.count(ServiceRequest.id)).where(
        ServiceRequest.assignee_id == person_id, ServiceRequest.status.in_(OPEN_STATUSES)
    )
    return db.session.scalar(mine) or 0


def invitation_of(person: Membership) -> Invited | None:
    """The invitation that brought this person here, if one did."""
    came_by = _invitations().where(Invitation.accepted_by == person.user_id)
    row = db.session.execute(came_by.order_by(Invitation.accepted_at.desc()).limit(1)).one_or_none()
    return _invited(row) if row else None


def unfinished_invitations(client_id: UUID | None = None) -> list[Invited]:
    """Neither accepted nor withdrawn, newest first: of a client, or of staff when none is named."""
    which = Invitation.client_id == client_id if client_id else Invitation.client_id.is_(None)
    waiting = _invitations().where(which, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
    rows = db.session.execute(waiting.order_by(Invitation.created_at.desc(), Invitation.id).limit(200))
    return [_invited(row) for row in rows]


def list_invitations(
    *, after: str | None = None, before: str | None = None, size: int = 20
) -> tuple[list[Invited], Page]:
    """Every invitation of the practice, newest first, with the place in the list."""
    page = page_of(
        _invitations(),
        (Invitation.created_at, Invitation.id),
        after=after,
        before=before,
        size=size,
        descending=True,
    )
    return [_invited(row) for row in page.rows], page


def list_everybody(active: bool | None, role: str | None, *, after: str | None, size: int) -> Page:
    """Everybody with a place in the practice, people of clients too, by name. Row: id, name, email, role, active,
    client_id, client, since."""
    works = and_(Membership.active, User.active)
    statement = (
        select(
            Membership.id,
            User.name,
            User.email,
            Membership.role,
            works.label("active"),
            Membership.client_id,
            Client.name.label("client"),
            Membership.created_at.label("since"),
        )
        .join(User, User.id == Membership.user_id)
        .outerjoin(
            Client, and_(Client.company_id == Membership.company_id, Client.id == Membership.client_id)
        )
    )
    if active is not None:
        statement = statement.where(works == active)
    if role is not None:
        statement = statement.where(Membership.role == role)
    return page_of(statement, (User.name, Membership.id), after=after, size=size)


def people_of_client(client_id: UUID) -> list[Row[Any]]:
    """Who may look at the client's portal, those with access first. Row: id, name, email, active."""
    return list(
        db.session.execute(
            select(Membership.id, User.name, User.email, Membership.active)
            .join(User, User.id == Membership.user_id)
            .where(Membership.client_id == client_id)
            .order_by(Membership.active.desc(), User.name)
        )
    )


def _invitations() -> Rows:
    return (
        select(
            Invitation.id,
            Invitation.email,
            Invitation.role,
            Invitation.client_id,
            Client.name.label("client"),
            Invitation.invited_by,
            Invitation.created_at,
            Invitation.expires_at,
            Invitation.accepted_at,
            User.name.label("accepted_by"),
            Invitation.withdrawn_at,
            Invitation.withdrawn_by,
            Mail.state.label("mail_state"),
            Mail.last_error,
        )
        .outerjoin(
            Client, and_(Client.company_id == Invitation.company_id, Client.id == Invitation.client_id)
        )
        .outerjoin(User, User.id == Invitation.accepted_by)
        .outerjoin(Mail, and_(Mail.id == Invitation.mail_id, Mail.company_id == Invitation.company_id))
    )


def _invited(row: Row[Any]) -> Invited:
    state: State
    if row.accepted_at or row.withdrawn_at:
        state = "accepted" if row.accepted_at else "withdrawn" if row.withdrawn_by else "expired"
    else:
        state = "expired" if row.expires_at <= now() else "open"
    mail: MailState = row.mail_state or "sent"
    return Invited(
        row.id,
        row.email,
        row.role,
        row.client,
        row.client_id,
        row.invited_by,
        row.created_at,
        row.expires_at,
        state,
        "unsent" if mail == "queued" and not can_send() else mail,
        row.last_error,
        row.accepted_at,
        row.accepted_by,
        row.withdrawn_at,
        row.withdrawn_by,
    )
