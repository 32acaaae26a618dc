"""What the endpoints for imports of contacts take and answer."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.api.paging import PageQuery
from app.api.shapes import Answer, Body

Kind = Literal["conflict", "possible", "match", "new", "mapped", "ignored"]
Choice = Literal["import", "match", "skip", "ignore"]
Outcome = Literal["imported", "matched", "ignored", "set_aside"]


class NewImport(Body):
    """An import to begin."""

    dry_run: bool = Field(
        description="True reads and judges only; false then carries `choose` out by itself."
    )
    choose: Literal["exact", "exact_and_new"] | None = Field(
        default=None,
        description="What is chosen without a person: exact matches, or those and contacts that no client fits."
        " What is tied or in conflict is left out and reported. Needed when `dry_run` is false.",
    )
    include_archived: bool = Field(default=False, description="Whether archived contacts are read too.")


class ImportQuery(PageQuery):
    """Which rows come with it."""

    kind: Kind | None = None
    outcome: (
        Literal["imported", "matched", "ignored", "set_aside", "pending", "left", "undone", "kept"] | None
    ) = None


class Counts(Answer):
    """How many contacts. `pending`: chosen and not done; `left`: those of which nothing became anything."""

    kinds: dict[str, int]
    choices: dict[str, int]
    outcomes: dict[str, int]
    undone: dict[str, int]
    pending: int
    left: int


class ImportRow(Answer):
    """One contact."""

    contact_id: str = Field(description="Xero’s ContactID.")
    name: str
    kind: Kind
    why: str = Field(description="The sign that decided, or what speaks against it.")
    candidates: list[UUID] = Field(description="Clients it may be, where a person must look.")
    differs: list[str] = Field(description="Fields that both hold and that are not the same.")
    choice: Choice | None
    outcome: Outcome | None
    client_id: UUID | None
    reason: str | None = Field(description="Why it was set aside, or stayed after an undo.")
    undo_outcome: Literal["undone", "kept"] | None


class Import(Answer):
    """An import. It moves by itself while `state` is `working`; ask again."""

    id: UUID
    number: int
    phase: Literal["preview", "import", "undo"]
    state: Literal["working", "ready", "paused", "done", "cancelled", "failed"] = Field(
        description="Of the phase. `ready`: the preview is read and waits for choices on its page."
    )
    problem: str | None = Field(description="Why it waits, failed or was given up.")
    contacts_expected: int | None
    contacts_read: int
    to_do: int
    done: int
    calls: int = Field(description="Calls to Xero so far, counted whenever a run of it ends.")
    requested_by: str
    created_at: datetime
    read_at: datetime | None
    imported_at: datetime | None
    undone_at: datetime | None


class ImportWithRows(Import):
    """An import with what became of its contacts, a page at a time: those that need a person first, then by name."""

    counts: Counts
    rows: list[ImportRow]
    next_cursor: str | None
