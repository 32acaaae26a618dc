"""The history of a service request: what happened, and what people said."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Json, Model, company_key, now


class RequestEvent(CompanyOwned, Model):
    """Kinds: created, assigned, reassigned, status, edited, comment, job, invoice (what became of them in Xero),
    paid (by the client, in full; or not any more)."""

    __tablename__ = "request_events"
    __table_args__ = (
        company_key("service_request_id", "service_requests"),
        Index("ix_request_events_company_id_service_request_id_at", "company_id", "service_request_id", "at"),
    )

    service_request_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    """The user; empty when Countinghouse itself did it."""
    actor_name: Mapped[str]
    text: Mapped[str]
    """One plain sentence, or the comment as written."""
    internal: Mapped[bool] = mapped_column(default=True)
    """Not shown in the client's portal."""
    details: Mapped[Json] = mapped_column(default=dict)
