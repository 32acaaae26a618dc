"""What the endpoints of contact sync take and answer."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.api.paging import PageQuery
from app.api.shapes import Answer, Body

What = Literal["changes", "everything", "missing", "groups"]
Would = Literal["theirs", "ours", "held", "conflict", "merged", "archived", "gone"]


class ClientSync(Body):
    """How one client is to be compared with its contact."""

    force_update: bool = Field(
        default=False, description="Write our values to Xero wherever the two differ, conflicts included."
    )


class Sync(Body):
    """What to bring together."""

    what: What = Field(
        default="changes",
        description="changes: what changed in Xero lately; everything: every client; missing: contacts for clients"
        " that have none; groups: tags and contact groups.",
    )


class FieldChange(Answer):
    """What would become of one field."""

    field: str
    what: Would = Field(description="theirs: taken over here; ours: written to Xero; held: not sent.")
    ours: str
    theirs: str
    agreed: str | None = Field(description="What both last agreed on; null when never compared.")


class PlanRow(Answer):
    """One client for whom something would change."""

    client_id: UUID
    client: str
    what: list[Would]
    fields: list[FieldChange]
    left_out: str | None = Field(description="Why it was not done.")
    done_at: datetime | None


class DryRunQuery(PageQuery):
    """Which of its clients, by name."""

    what: Would | None = None


class DryRun(Answer):
    """What a sync would change now."""

    id: UUID
    state: Literal["reading", "ready", "doing", "done"]
    asked_by: str
    created_at: datetime
    read_at: datetime | None
    seen: str | None = Field(description="SHA-256 over all that was seen of these clients on both sides.")
    counts: dict[str, int] = Field(
        description="Clients by what would happen; pages and contacts read; calls needed to do it."
    )
    done_at: datetime | None


class DryRunWithRows(DryRun):
    """With its clients, a page at a time."""

    rows: list[PlanRow]
    next_cursor: str | None


class CronAnswer(Answer):
    """What was planned across the installation."""

    practices: int = Field(description="Practices that are not suspended.")
    planned: int = Field(description="Those of which the changed contacts are being read now.")
    not_connected: int
