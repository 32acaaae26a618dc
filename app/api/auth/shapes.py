"""What sign-in takes and answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.shapes import LINE, Answer, Body, Named


class Login(Body):
    """E-mail and password; `company_id` when the person works in several practices."""

    email: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=3, max_length=254),
        LINE,
        Field(examples=["name@practice.example"]),
    ]
    password: Annotated[
        str, StringConstraints(min_length=1, max_length=1000), Field(examples=["the password"])
    ]
    code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), LINE] | None = Field(
        default=None,
        description="Of who has a second factor: what their app shows now, or a recovery code.",
        examples=["123456"],
    )
    company_id: UUID | None = None


class Refresh(Body):
    """The refresh token last given out. It counts once."""

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class Tokens(Answer):
    """Send the access token as `Authorization: Bearer …`."""

    access_token: str
    token_type: str = Field(examples=["Bearer"])
    expires_in: int = Field(description="Seconds for which the access token counts.", examples=[900])
    refresh_token: str = Field(description="Good for one refresh, at most 12 hours after it was given out.")
    company: Named | None = Field(description="The practice; null for a super admin outside any.")
    role: str = Field(examples=["admin"])


class CompanyPlace(Named):
    """A practice in which the person works, with their role there."""

    role: str


class OpenEntry(Answer):
    """A super admin's visit to a practice."""

    reason: str
    until: datetime
    writes: bool


class Me(Answer):
    """The person behind the token."""

    id: UUID
    name: str
    email: str
    super_admin: bool
    role: str | None = Field(
        description="In the practice: admin, accountant, client; super through an open entry."
    )
    company: Named | None
    membership_id: UUID | None = Field(description="The id by which requests are assigned to this person.")
    entry: OpenEntry | None
    companies: list[CompanyPlace]
