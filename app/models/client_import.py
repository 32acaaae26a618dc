"""A file of clients that somebody uploaded: kept, row by row, until it is confirmed and a while after."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Json, Model, company_key

OUTCOMES = ("new", "match", "error")


class ClientImport(CompanyOwned, Created, Model):
    """`checked`: its columns were chosen and its rows compared; `confirmed`: a worker is to write its clients; `done`:
    they were written."""

    __tablename__ = "client_imports"
    __table_args__ = (
        CheckConstraint("state in ('uploaded', 'checked', 'confirmed', 'done')", name="state"),
        CheckConstraint("existing in ('leave', 'fill', 'replace')", name="existing"),
        Index("ix_client_imports_company_id_created_at_id", "company_id", "created_at", "id"),
    )

    file_name: Mapped[str]
    state: Mapped[str] = mapped_column(default="uploaded")
    headings: Mapped[list[str]] = mapped_column(JSONB)
    columns: Mapped[Json] = mapped_column(default=dict)
    """Field of a client → place of its column in the file, from 0."""
    kind: Mapped[str | None]
    """The kind of client where a row says none."""
    existing: Mapped[str] = mapped_column(default="leave")
    """What becomes of clients who are there: nothing; gaps filled; the file's values taken."""
    rows: Mapped[int]
    uploaded_by: Mapped[str]
    confirmed_by: Mapped[str | None]
    acting: Mapped[Json] = mapped_column(default=dict)
    """Who confirmed it for a worker, as the audit log names them: user_id, name, role, entry_id."""
    rung_at: Mapped[datetime | None]
    """When a worker was told last."""
    problem: Mapped[str | None]
    """Why the worker could not write it, in a sentence: nothing was written then."""
    done_at: Mapped[datetime | None]
    result: Mapped[Json] = mapped_column(default=dict)
    """What → how many rows: added, changed, same, left."""


class ClientImportRow(CompanyOwned, Model):
    """One row of the file. No foreign key to the client: it says what was, whatever becomes of the client."""

    __tablename__ = "client_import_rows"
    __table_args__ = (
        company_key("import_id", "client_imports"),
        UniqueConstraint("company_id", "import_id", "line"),
        CheckConstraint("outcome in ('new', 'match', 'error')", name="outcome"),
        CheckConstraint("result in ('added', 'changed', 'same', 'left')", name="result"),
    )

    import_id: Mapped[UUID]
    line: Mapped[int]
    """Where it begins in the file, the headings being line 1."""
    cells: Mapped[list[str]] = mapped_column(JSONB)
    outcome: Mapped[str | None]
    name: Mapped[str | None]
    """The client's, as the row says it."""
    reason: Mapped[str | None]
    """Of a match: number, e-mail or name. Of an error: the sentence."""
    client_id: Mapped[UUID | None]
    """Whom it matches; afterwards, who was made of it."""
    as_new: Mapped[bool] = mapped_column(default=False)
    """A person said that it is not the client that it matches."""
    result: Mapped[str | None]
