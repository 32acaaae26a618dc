"""A person's second factor: the authenticator app, and the recovery codes for the day the phone is gone."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Created, Model


class SecondFactor(Created, Model):
    """One row for a person who ever began to set one up. Passkeys are rows of their own (`Passkey`)."""

    __tablename__ = "second_factors"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    app_secret: Mapped[bytes | None]
    """The secret shared with the authenticator app, sealed with the person's key (app/crypto.py)."""
    app_confirmed_at: Mapped[datetime | None]
    """Since when its codes are asked for; before that the secret is only offered."""
    app_last_step: Mapped[int | None] = mapped_column(BigInteger)
    """The 30-second step of the last code taken: neither it nor an earlier one counts again."""
    wrong_tries: Mapped[int] = mapped_column(default=0)
    wrong_since: Mapped[datetime | None]


class RecoveryCode(Created, Model):
    """One of the codes that sign in once in place of the app."""

    __tablename__ = "recovery_codes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str]
    """argon2id, as a password's."""
    used_at: Mapped[datetime | None]
