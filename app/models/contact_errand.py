"""An errand: a client who waits to be compared with Xero."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key
from app.models.client import Client


class ContactErrand(CompanyOwned, Created, Model):
    """One a client, from the change that causes it until both sides have been compared. It stays, with the reason, when
    its contact cannot be written."""

    __tablename__ = "contact_errands"
    __table_args__ = (
        company_key("client_id", "clients"),
        UniqueConstraint("company_id", "client_id"),
        Index(
            "ix_contact_errands_open",
            "company_id",
            "asked_at",
            "client_id",
            postgresql_where=text("refused is null"),
        ),
        Index(
            "ix_contact_errands_refused",
            "company_id",
            "client_id",
            postgresql_where=text("refused is not null"),
        ),
    )

    client_id: Mapped[UUID]
    asked_at: Mapped[datetime]
    """Moved on by each new wish: a run takes away only the wish that it has seen."""
    asked_by: Mapped[str]
    create: Mapped[bool] = mapped_column(default=False)
    """Whether a contact may be made when there is none."""
    force: Mapped[bool] = mapped_column(default=False)
    """Whether our values go to Xero wherever the two differ."""
    batch: Mapped[str | None]
    """The creating call it was sent with, written before: whoever finds it looks for the contact first."""
    sent_at: Mapped[datetime | None]
    refused: Mapped[str | None]
    """Why the contact was not written, in a sentence."""
    refused_code: Mapped[str | None]

    client: Mapped[Client] = relationship(primaryjoin=company_join("ContactErrand", "client_id", "Client"))
