"""What the endpoints for service requests take and answer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.paging import PageOf, PageQuery
from app.api.shapes import Amount, Answer, Body, CalendarDate, Change, Money, Named, Search

Status = Literal["new", "assigned", "in_progress", "waiting", "completed", "cancelled"]
JobState = Literal[
    "not_connected", "none", "queued", "sending", "waiting", "retry", "failed", "done", "cancelled"
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class RequestQuery(PageQuery):
    """Which requests. Newest first."""

    q: Search | None = None
    status: Literal[Status, "open"] | None = Field(
        default=None, description="`open`: all but completed and cancelled."
    )
    assignee_id: UUID | None = None
    unassigned: bool = Field(default=False, description="Only those that nobody has.")
    client_id: UUID | None = None
    service_id: UUID | None = None
    office_id: UUID | None = None
    due_from: CalendarDate | None = Field(default=None, description="Open ones due on this day or later.")
    due_before: CalendarDate | None = Field(default=None, description="Open ones due before this day.")
    job: Literal["none", "moving", "waiting", "failed", "done"] | None = Field(
        default=None, description="Where their job stands; `moving`: queued, being sent or to be tried again."
    )


class NewRequest(Body):
    """A piece of work that a client asks for. Due date and price come from the service when left out."""

    client_id: UUID
    service_id: UUID
    office_id: UUID | None = Field(default=None, description="The client's office when left out.")
    due_on: CalendarDate | None = None
    price: Amount | None = None
    note: Text | None = None


class RequestChange(Change):
    """What is left out stays as it is; null takes a value away."""

    service_id: UUID = Field(default=UUID(int=0), description="Only until the request is assigned.")
    office_id: UUID | None = None
    due_on: CalendarDate | None = None
    price: Amount = Decimal(0)
    note: Text | None = None
    status: Status = "new"


class Assignment(Body):
    """Who is to do it: the `id` of one of `/api/staff`."""

    accountant_id: UUID


class BulkAssignment(Body):
    """Several requests for one person."""

    request_ids: list[UUID] = Field(min_length=1, max_length=200)
    accountant_id: UUID


class NewComment(Body):
    """Something to say."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    internal: bool = Field(default=True, description="Not shown in the client's portal.")


class Job(Answer):
    """Where the request's job stands in Xero."""

    state: JobState
    sentence: str
    whose_move: Literal["us", "practice", "xero", "nobody"] | None
    next_try_at: datetime | None


class Request(Answer):
    """A service request."""

    id: UUID
    reference: str = Field(examples=["ABC-1042"])
    status: Status
    client: Named
    service: Named
    office: Named | None
    assignee: Named | None
    note: str | None
    price: Money = Field(description="Estimate in the practice's currency, tax excluded.")
    due_on: date | None
    assigned_at: datetime | None
    completed_at: datetime | None
    paid_on: date | None = Field(description="When its invoice was paid in full, as Xero says.")
    created_at: datetime
    updated_at: datetime
    xero_job_id: str | None
    xero_job_number: str | None
    xero_job_name: str | None
    xero_job_url: str | None
    xero_synced_at: datetime | None
    xero_sync_error: str | None
    job: Job


class RequestPage(PageOf[Request]):
    """Service requests, newest first."""


class BulkOutcome(Answer):
    """What became of one request. `sentence` says why, where it was refused."""

    request_id: UUID
    reference: str | None
    outcome: Literal["assigned", "unchanged", "refused", "not_found"]
    sentence: str


class BulkOutcomes(Answer):
    """One entry for each request that was named."""

    outcomes: list[BulkOutcome]


class Event(Answer):
    """Something that happened to a request, or was said."""

    id: UUID
    at: datetime
    kind: Literal[
        "created", "assigned", "reassigned", "status", "edited", "comment", "job", "invoice", "paid"
    ]
    actor_name: str
    text: str
    internal: bool


class EventQuery(PageQuery):
    """Newest first."""


class EventPage(PageOf[Event]):
    """A request's history, newest first."""
