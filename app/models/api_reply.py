"""What the JSON API answered to a call with an `Idempotency-Key`, kept for a day."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Model


class ApiReply(CompanyOwned, Created, Model):
    """Written in the transaction of the change that it tells of: one never stands without the other."""

    __tablename__ = "api_replies"
    __table_args__ = (
        UniqueConstraint("company_id", "user_id", "key"),
        Index("ix_api_replies_company_id_created_at", "company_id", "created_at"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str]
    fingerprint: Mapped[bytes]
    """A digest of what was asked: method, address, body."""
    status: Mapped[int | None]
    """None only while the first call is under way, and nobody sees that."""
    body: Mapped[str | None]
