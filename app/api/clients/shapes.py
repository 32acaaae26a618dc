"""What the endpoints for clients take and answer."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.paging import PageOf, PageQuery
from app.api.shapes import Answer, Body, Change, Named, Search

Kind = Literal["individual", "sole_trader", "company", "partnership", "trust", "super_fund", "other"]
ClientName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255),
    Field(examples=["Hillside Bakery Pty Ltd"]),
]
Email = Annotated[str, StringConstraints(max_length=255), Field(examples=["office@hillside.example"])]
Phone = Annotated[str, StringConstraints(max_length=50), Field(examples=["02 9123 4567"])]
Notes = Annotated[str, StringConstraints(max_length=4000)]


class ClientQuery(PageQuery):
    """Which clients. By name."""

    q: Search | None = None
    office_id: UUID | None = None
    kind: Kind | None = None
    archived: bool = Field(
        default=False, description="Only those archived, instead of only those who are not."
    )


class NewClient(Body):
    """A client to add. The number is given by us."""

    name: ClientName
    kind: Kind = "individual"
    email: Email | None = None
    phone: Phone | None = None
    office_id: UUID | None = None
    notes: Notes | None = None


class ClientChange(Change):
    """What is left out stays as it is; null takes a value away."""

    name: ClientName = ""
    kind: Kind = "individual"
    email: Email | None = None
    phone: Phone | None = None
    office_id: UUID | None = None
    notes: Notes | None = None
    archived: bool = Field(
        default_factory=bool, description="True archives the client, false brings them back."
    )


class Client(Answer):
    """A customer of the practice."""

    id: UUID
    number: str = Field(description="Ours, unique in the practice; the contact's number in Xero.")
    name: str
    kind: Kind
    email: str | None
    phone: str | None
    office: Named | None
    notes: str | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ClientPage(PageOf[Client]):
    """Clients by name."""
