"""A link mailed to a person about their own account: a new password, a new e-mail address."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Created, Model

PASSWORD_RESET, EMAIL_CHANGE = "password_reset", "email_change"


class UserLink(Created, Model):
    """Works once, until it expires. Like `User` it belongs to no company."""

    __tablename__ = "user_links"
    __table_args__ = (
        CheckConstraint("kind in ('password_reset', 'email_change')", name="kind"),
        CheckConstraint("(kind = 'email_change') = (email is not null)", name="change_has_email"),
        Index("uq_user_links_token_hash", "token_hash", unique=True),
        Index("ix_user_links_user_id", "user_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    email: Mapped[str | None]
    """The new address, for a change of it."""
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """When it was followed, or overtaken by another change."""
