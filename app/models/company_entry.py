"""A super admin's visit to a company: never silent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Model, now
from app.models.user import User


class CompanyEntry(CompanyOwned, Model):
    """Who entered, when, why, until when, and whether they might change anything."""

    __tablename__ = "company_entries"
    __table_args__ = (Index("ix_company_entries_company_id_opened_at", "company_id", "opened_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str]
    writes: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
