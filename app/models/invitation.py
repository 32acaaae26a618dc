"""An invitation into a company: a link that was mailed, works once and not for ever."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key, now
from app.models.client import Client


class Invitation(CompanyOwned, Created, Model):
    """Who was invited by whom, as what; open until accepted, withdrawn or expired."""

    __tablename__ = "invitations"
    __table_args__ = (
        company_key("client_id", "clients"),
        CheckConstraint("role in ('admin', 'accountant', 'client')", name="role"),
        CheckConstraint("(role = 'client') = (client_id is not null)", name="client_has_client"),
        CheckConstraint("accepted_at is null or withdrawn_at is null", name="one_ending"),
        # One open invitation for an address: a second one would leave two links about.
        Index(
            "uq_invitations_company_id_email_open",
            "company_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("accepted_at is null and withdrawn_at is null"),
        ),
        # Whoever follows a link is in no company yet: the link's hash alone finds the row.
        Index("uq_invitations_token_hash", "token_hash", unique=True),
        Index("ix_invitations_company_id_created_at_id", "company_id", "created_at", "id"),
        # Asked before a client is taken away.
        Index(
            "ix_invitations_company_id_client_id",
            "company_id",
            "client_id",
            postgresql_where=text("client_id is not null"),
        ),
    )

    email: Mapped[str]
    role: Mapped[str]
    client_id: Mapped[UUID | None]
    token_hash: Mapped[str]
    """SHA-256 of the link's secret; the secret itself stands in the mail only."""
    invited_by: Mapped[str]
    """The name of whoever invited: it stays readable when they are gone."""
    expires_at: Mapped[datetime]
    mail_id: Mapped[UUID | None]
    """The last mail that carried the link. No foreign key: mails are cleared away."""
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    """Nobody: it had expired and made room for a new one."""

    client: Mapped[Client | None] = relationship(
        primaryjoin=company_join("Invitation", "client_id", "Client")
    )

    @property
    def state(self) -> str:
        """accepted, withdrawn, expired or open."""
        if self.accepted_at or self.withdrawn_at:
            return "accepted" if self.accepted_at else "withdrawn" if self.withdrawn_by else "expired"
        return "expired" if self.expires_at <= now() else "open"
