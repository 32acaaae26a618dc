"""When each kind of sync last succeeded, and how far it has read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Json, Model, company_key


class LastSync(CompanyOwned, Model):
    """One row for a connection and kind of operation."""

    __tablename__ = "last_syncs"
    __table_args__ = (
        company_key("connection_id", "connections"),
        UniqueConstraint("company_id", "connection_id", "kind"),
    )

    connection_id: Mapped[UUID]
    kind: Mapped[str]
    succeeded_at: Mapped[datetime | None]
    newest_at: Mapped[datetime | None]
    """The newest UpdatedDateUTC that Xero told of: reading goes on from there, not from our own clock."""
    begun_at: Mapped[datetime | None]
    """A reading of everything that is under way: when it began."""
    page: Mapped[int] = mapped_column(default=0)
    """How many pages of it are read."""
    counts: Mapped[Json] = mapped_column(default=dict)
