"""The platform's own log: what super admins did with practices as a whole."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Json, Model, now


class PlatformEvent(Model):
    """One act. The application may insert rows and read them, never change or delete one.

    No foreign key: the row that says that a practice was deleted outlives it. Its policy shows a practice's scope
    that practice's rows only, and all of them outside any scope.
    """

    __tablename__ = "platform_events"
    __table_args__ = (
        Index("ix_platform_events_at_id", "at", "id"),
        Index("ix_platform_events_company_id", "company_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    what: Mapped[str]
    """A slug of `app.audit.words`, such as ``practice.added``."""
    company_id: Mapped[UUID]
    company_name: Mapped[str]
    details: Mapped[Json] = mapped_column(JSONB, default=dict)
    """Reasons, settings and counts; nobody of the practice is named."""
