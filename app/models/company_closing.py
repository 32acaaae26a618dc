"""The decision to delete a practice for good, and how far that has come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Json, Model


class CompanyClosing(CompanyOwned, Model):
    """One row while a practice waits for its end; taking the decision back removes it.

    The application may not write the two moments: the database's clock does, so nothing can shorten the delay.
    """

    __tablename__ = "company_closings"
    __table_args__ = (UniqueConstraint("company_id"),)

    asked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    erase_after: Mapped[datetime] = mapped_column(server_default=text("now() + interval '30 days'"))
    asked_by: Mapped[str]
    asked_by_id: Mapped[UUID | None]
    reason: Mapped[str]
    before_suspended_at: Mapped[datetime | None]
    before_suspension_reason: Mapped[str | None]
    """How it stood before: taken back, it stands so again."""
    begun_at: Mapped[datetime | None]
    """When the deleting began: from then on there is no way back."""
    people: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    """Who had a place in it when the deleting began."""
    counts: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    """How many rows of each table it had then: what the platform's record keeps."""
    xero: Mapped[str | None]
    """told, not_told, none: whether Xero heard of it."""
