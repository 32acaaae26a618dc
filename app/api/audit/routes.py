"""`/api/audit`: what people did."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StringConstraints

from app.api.endpoint import endpoint
from app.api.paging import PageOf, PageQuery
from app.api.shapes import LINE, Answer, CalendarDate
from app.audit import queries
from app.auth.viewer import the_company

bp = Blueprint("api_audit", __name__, url_prefix="/api/audit")


class AuditEntry(Answer):
    """One act of a person. `hash` is SHA-256 over the entry, the hash of the one before it included."""

    sequence: int = Field(description="1, 2, 3 … in the practice, without a gap.")
    id: UUID
    at: datetime
    actor_id: UUID | None = Field(description="The user; null when the application acted by itself.")
    actor_name: str
    actor_role: str | None = Field(description="admin, accountant, client, super or system.")
    entry_id: UUID | None = Field(description="The visit of Countinghouse’s staff in which it was done.")
    what: str = Field(examples=["request.assigned"])
    subject_kind: str | None
    subject_id: UUID | None
    subject_label: str | None = Field(description="What the subject was called then.")
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str | None
    agent: str | None
    correlation_id: str | None = Field(description="The same for everything that one request did.")
    previous_hash: str
    hash: str


class AuditQuery(PageQuery):
    """Which entries, newest first."""

    actor_id: UUID | None = None
    subject_id: UUID | None = None
    what: (
        Annotated[
            str,
            StringConstraints(min_length=1, max_length=60, pattern=r"^[a-z_]+\.[a-z_]*$"),
            LINE,
            Field(description="A slug, or the first part of one with its point: `client.`"),
        ]
        | None
    ) = None
    since: Annotated[CalendarDate, Field(description="A day in the practice’s time zone.")] | None = None
    until: Annotated[CalendarDate, Field(description="The last day, included.")] | None = None


@bp.get("")
@endpoint(summary="The audit log", tag="Audit log", query=AuditQuery, answer=PageOf[AuditEntry])
def index(query: AuditQuery) -> PageOf[AuditEntry]:
    """What people did in the practice, newest first. For admins."""
    filters = queries.AuditFilters(
        who=query.actor_id,
        what=query.what,
        subject_id=query.subject_id,
        time_zone=the_company().time_zone,
        since=query.since,
        until=query.until,
    )
    page = queries.list_events(filters, after=query.cursor, size=query.limit)
    items = [AuditEntry.model_validate(row) for row in page.rows]
    return PageOf[AuditEntry](items=items, next_cursor=page.next)
