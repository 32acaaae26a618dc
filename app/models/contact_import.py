"""Imports of contacts: what was read from Xero, what a person chose for each contact, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Json, Model, company_key

PHASES = ("preview", "import", "undo")
STATES = ("working", "ready", "paused", "done", "cancelled", "failed")
KINDS = ("conflict", "possible", "match", "new", "mapped", "ignored")
"""Of a row, those that need a person first."""
CHOICES = ("import", "match", "skip", "ignore")
OUTCOMES = ("imported", "matched", "ignored", "set_aside")
UNDO_OUTCOMES = ("undone", "kept")


class ContactImport(CompanyOwned, Created, Model):
    """One import from the first page read to its undoing. Kept for ever, with its rows."""

    __tablename__ = "contact_imports"
    __table_args__ = (
        company_key("connection_id", "connections"),
        UniqueConstraint("company_id", "number"),
        CheckConstraint("phase in ('preview', 'import', 'undo')", name="phase"),
        CheckConstraint(
            "state in ('working', 'ready', 'paused', 'done', 'cancelled', 'failed')", name="state"
        ),
        CheckConstraint("choose in ('exact', 'exact_and_new')", name="choose"),
        # One at a time for an organisation: two previews would plan for the same clients.
        Index(
            "uq_contact_imports_company_id_connection_id_open",
            "company_id",
            "connection_id",
            unique=True,
            postgresql_where=text("state in ('working', 'ready', 'paused')"),
        ),
    )

    connection_id: Mapped[UUID]
    number: Mapped[int]
    """1, 2, 3 … in the company: what people call it by."""
    phase: Mapped[str] = mapped_column(default="preview")
    state: Mapped[str] = mapped_column(default="working")
    """Of the phase. A preview that is read is *ready*; everything that is over is done, cancelled or failed."""
    problem: Mapped[str | None]
    """Why it waits, failed or was given up, in a sentence."""
    include_archived: Mapped[bool] = mapped_column(default=False)
    choose: Mapped[str | None]
    """Rows that are chosen when the preview is read, without a person: exact, exact_and_new."""
    unattended: Mapped[bool] = mapped_column(default=False)
    """Whether the import follows the preview by itself (the JSON API's `dry_run: false`)."""
    pages_read: Mapped[int] = mapped_column(default=0)
    contacts_expected: Mapped[int | None]
    """As Xero said with the first page."""
    rows: Mapped[int] = mapped_column(default=0)
    to_do: Mapped[int] = mapped_column(default=0)
    """Rows of the phase under way, when it began."""
    done: Mapped[int] = mapped_column(default=0)
    calls: Mapped[int] = mapped_column(default=0)
    """Calls to Xero so far, as the call log counted them at the last stop."""
    choices_version: Mapped[int] = mapped_column(default=0)
    """Counts the changes of choices: a confirmation is for the version it was shown."""
    made_tags: Mapped[Json] = mapped_column(default=dict)
    """Tag id → name, of tags that this import made."""
    requested_by: Mapped[str]
    confirmed_by: Mapped[str | None]
    read_from: Mapped[datetime]
    """When reading began: what changed here since then is set aside."""
    xero_read_from: Mapped[datetime | None]
    """The same by Xero's clock, as its first page told: what changed in Xero since then is set aside."""
    read_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    """When Xero was asked what had changed since the preview."""
    imported_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]

    @property
    def title(self) -> str:
        return f"Import {self.number}"

    @property
    def is_open(self) -> bool:
        return self.state in {"working", "ready", "paused"}


class ContactImportRow(CompanyOwned, Model):
    """One contact of an import. No foreign keys to clients: what it says stays true when an undo removes them."""

    __tablename__ = "contact_import_rows"
    __table_args__ = (
        company_key("import_id", "contact_imports"),
        UniqueConstraint("company_id", "import_id", "contact_id"),
        CheckConstraint("kind in ('conflict', 'possible', 'match', 'new', 'mapped', 'ignored')", name="kind"),
        CheckConstraint("choice in ('import', 'match', 'skip', 'ignore')", name="choice"),
        CheckConstraint("outcome in ('imported', 'matched', 'ignored', 'set_aside')", name="outcome"),
        CheckConstraint("undo_outcome in ('undone', 'kept')", name="undo_outcome"),
        # The list: those that need a person first, then by name (keyset).
        Index("ix_contact_import_rows_list", "company_id", "import_id", "rank", "sort_name", "id"),
        Index("ix_contact_import_rows_claims", "company_id", "import_id", "client_id"),
        # What a run takes next, and an undo.
        Index(
            "ix_contact_import_rows_to_do",
            "company_id",
            "import_id",
            "id",
            postgresql_where=text("outcome is null and choice in ('import', 'match', 'ignore')"),
        ),
        Index(
            "ix_contact_import_rows_to_undo",
            "company_id",
            "import_id",
            "id",
            postgresql_where=text("outcome in ('imported', 'matched', 'ignored') and undo_outcome is null"),
        ),
    )

    import_id: Mapped[UUID]
    contact_id: Mapped[str]
    name: Mapped[str]
    sort_name: Mapped[str]
    number: Mapped[str]
    """The contact's ContactNumber; empty for none."""
    status: Mapped[str]
    contact_updated_at: Mapped[datetime | None]
    details: Mapped[Json]
    """Field (`app.sync.contacts.fields`) → value in Xero when it was read; empty values are left out."""
    groups: Mapped[list[str]] = mapped_column(JSONB)
    kind: Mapped[str]
    rank: Mapped[int]
    why: Mapped[str]
    """Word of `app.sync.contacts.matching`: the sign that decided."""
    client_id: Mapped[UUID | None]
    """The one client it fits; after an import the one it became."""
    candidates: Mapped[list[str]] = mapped_column(JSONB)
    """Ids of the clients it may be, when there are several or the one is doubtful."""
    differs: Mapped[list[str]] = mapped_column(JSONB)
    """Fields that both sides hold and that are not the same."""
    strength: Mapped[int] = mapped_column(default=0)
    """How good the sign for `client_id` is, 1 best; 0 for none."""
    choice: Mapped[str | None]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    """Why it was set aside, in a sentence."""
    client_name: Mapped[str | None]
    """The client's name when it was imported or matched."""
    mapping_id: Mapped[UUID | None]
    client_at: Mapped[datetime | None]
    """The client's `updated_at` when the import let go of it: a later one means that somebody has changed it."""
    before: Mapped[Json | None]
    """What an undo puts back: `filled` field → value given, `tags` ids of the tags added."""
    undo_outcome: Mapped[str | None]
    undo_reason: Mapped[str | None]


class IgnoredContact(CompanyOwned, Created, Model):
    """A contact of an organisation that is no client of the practice: imports pass it over."""

    __tablename__ = "ignored_contacts"
    __table_args__ = (
        company_key("connection_id", "connections"),
        UniqueConstraint("company_id", "connection_id", "xero_contact_id"),
        Index("ix_ignored_contacts_list", "company_id", "connection_id", "sort_name", "id"),
    )

    connection_id: Mapped[UUID]
    xero_contact_id: Mapped[str]
    name: Mapped[str]
    sort_name: Mapped[str]
    ignored_by: Mapped[str]
