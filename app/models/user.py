"""A person who can sign in."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Created, Model

THEMES = ("auto", "light", "dark")


class User(Created, Model):
    """A person: e-mail, password, taste. Nothing about a practice hangs here; that is `Membership`."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_email", text("lower(email)"), unique=True),
        CheckConstraint("theme in ('auto', 'light', 'dark')", name="theme"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    """Empty for a client's person who signs in with mailed codes only."""
    theme: Mapped[str] = mapped_column(default="auto")
    shortcuts: Mapped[bool] = mapped_column(default=True)
    """Whether single-key shortcuts are on (WCAG 2.1.4)."""
    super_admin: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    wrong_mailed_codes: Mapped[int] = mapped_column(default=0)
    """In the day from `wrong_mailed_codes_since` on (app/auth/mailed_code.py)."""
    wrong_mailed_codes_since: Mapped[datetime | None]


class UserSession(Created, Model):
    """A sign-in that lasts: a browser's cookie or an API client's tokens point at this row; ending it ends them."""

    __tablename__ = "user_sessions"
    __table_args__ = (
        CheckConstraint("kind in ('page', 'api')", name="kind"),
        Index("ix_user_sessions_user_id", "user_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    company_id: Mapped[UUID | None]
    """The company chosen in this session. Not a right: the membership is read on each request."""
    refresh_id: Mapped[UUID | None]
    """The one refresh token of a JSON API session that still counts; each refresh replaces it."""
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    second_factor_at: Mapped[datetime | None]
    """When a second factor was proved in this session; None after a password alone."""
    address: Mapped[str | None]
    agent: Mapped[str | None]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True, viewonly=True)
