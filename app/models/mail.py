"""A mail to send: written in the transaction of what causes it, sent by a worker afterwards (app/mail)."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Created, Model

MAIL_STATES = ("queued", "sent", "failed", "discarded")


class Mail(Created, Model):
    """One mail to one address. With a company it is that practice's and seen in its scope only (its policy says so);
    without one it is a person's own, such as a new password's link."""

    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint("state in ('queued', 'sent', 'failed', 'discarded')", name="state"),
        Index("ix_mails_company_id_created_at", "company_id", "created_at"),
        # The dispatcher's question: what is due?
        Index("ix_mails_due", "not_before", "id", postgresql_where=text("state = 'queued'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.id"))
    kind: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    sealed_body: Mapped[bytes | None]
    """Text and HTML, sealed: a link in them is worth a password. Wiped when the mail has been sent."""
    state: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(default=func.now())
    """By the database's clock, as every time a mail is measured by: machines differ."""
    rung_at: Mapped[datetime] = mapped_column(default=func.now())
    """When a worker was last told of it."""
    useless_after: Mapped[datetime | None]
    """When its link has expired: it is not sent any more."""
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
