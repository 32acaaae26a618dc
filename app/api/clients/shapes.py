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
Line = Annotated[str, StringConstraints(max_length=255)]
Short = Annotated[str, StringConstraints(max_length=50)]
Street = Annotated[
    str, StringConstraints(max_length=2003), Field(description="Up to four lines.", examples=["12 Hill St"])
]
TaxNumber = Annotated[Short, Field(description="Such as an ABN; never a person's tax file number.")]
Number = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=50),
    Field(description="The practice's own; left out, the next one is given."),
]
Notes = Annotated[str, StringConstraints(max_length=4000)]
TagName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(examples=["Business"]),
]
Choice = Literal[
    "name",
    "kind",
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "company_number",
    "tax_number",
    "address",
    "office_id",
    "notes",
]


class ClientQuery(PageQuery):
    """Which clients, and in which order."""

    q: Search | None = None
    office_id: UUID | None = None
    tag_id: UUID | None = None
    kind: Kind | None = None
    mapped: bool | None = Field(
        default=None, description="With or without a contact in the organisation that is connected now."
    )
    open_requests: bool | None = Field(default=None, description="With or without open service requests.")
    archived: bool = Field(
        default=False, description="Only those archived, instead of only those who are not."
    )
    sort: Literal["name", "number", "created"] = Field(default="name", description="`created`: newest first.")


class NewClient(Body):
    """A client to add."""

    number: Number | None = None
    name: ClientName
    kind: Kind
    first_name: Line | None = None
    last_name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    mobile: Phone | None = None
    street: Street | None = None
    city: Line | None = None
    region: Line | None = None
    postal_code: Short | None = None
    country: Short | None = None
    company_number: Short | None = None
    tax_number: TaxNumber | None = None
    office_id: UUID | None = None
    notes: Notes | None = None


class ClientChange(Change):
    """What is left out stays as it is; null takes a value away."""

    name: ClientName = ""
    kind: Kind = "individual"
    first_name: Line | None = None
    last_name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    mobile: Phone | None = None
    street: Street | None = None
    city: Line | None = None
    region: Line | None = None
    postal_code: Short | None = None
    country: Short | None = None
    company_number: Short | None = None
    tax_number: TaxNumber | None = None
    office_id: UUID | None = None
    notes: Notes | None = None
    archived: bool = Field(
        default_factory=bool, description="True archives the client, false brings them back."
    )


class NewTag(Body):
    """A tag to give; one that there is not yet is made."""

    name: TagName


class Merging(Body):
    """Another client who is this one."""

    other_id: UUID = Field(description="Whose requests, people and tags move here; archived afterwards.")
    take: list[Choice] | None = Field(
        default=None,
        max_length=12,
        description="What is taken from the other one. Left out: what this client says nothing about.",
    )


class Client(Answer):
    """A customer of the practice."""

    id: UUID
    number: str = Field(description="Unique in the practice; the contact's number in Xero.")
    name: str
    kind: Kind
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    mobile: str | None
    street: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    company_number: str | None
    tax_number: str | None
    office: Named | None
    tags: list[Named]
    in_xero: bool = Field(description="Whether there is a contact in the organisation that is connected now.")
    notes: str | None
    archived_at: datetime | None
    merged_into_id: UUID | None = Field(description="The client who this one was found to be.")
    created_at: datetime
    updated_at: datetime


class ClientPage(PageOf[Client]):
    """Clients, in the order asked for."""


class TagPage(Answer):
    """The practice's tags, by name."""

    items: list[Named]
