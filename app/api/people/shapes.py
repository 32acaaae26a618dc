"""What the endpoints for people and invitations take and answer."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.paging import PageOf, PageQuery
from app.api.shapes import Answer, Body, Change, Named
from app.settings.people_queries import MailState, Role, State

StaffRole = Literal["admin", "accountant"]


class PeopleQuery(PageQuery):
    """Which people. By name."""

    active: bool | None = Field(default=None, description="Left out: those without access too.")
    role: Role | None = None


class Person(Answer):
    """Somebody with a place in the practice. The id is that of the place; `/api/staff` has the same ids."""

    id: UUID
    name: str
    email: str
    role: Role
    active: bool
    client: Named | None = Field(description="Whose portal they see; null for staff.")
    since: datetime


class PeoplePage(PageOf[Person]):
    """One page of people."""


class PersonChange(Change):
    """What is left out stays as it is."""

    role: StaffRole = "accountant"
    active: bool = Field(
        default_factory=bool, description="False ends the person's access at once, true gives it back."
    )


class NewInvitation(Body):
    """Whom to invite: as staff by `role`, or to a client's portal by `client_id`."""

    email: Annotated[
        str, StringConstraints(min_length=3, max_length=255), Field(examples=["name@practice.example"])
    ]
    role: StaffRole | None = None
    client_id: UUID | None = None


class Invitation(Answer):
    """Who was invited by whom. Its link stands in the mail only."""

    id: UUID
    email: str
    role: Role
    client: Named | None
    state: State
    mail: MailState = Field(description="What became of the mail; unsent while no mail server is set.")
    invited_by: str
    invited_at: datetime
    expires_at: datetime
    accepted_at: datetime | None


class InvitationPage(PageOf[Invitation]):
    """One page of invitations, newest first."""
