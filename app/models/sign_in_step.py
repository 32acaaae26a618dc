"""A sign-in that waits for its next answer: a code after the password, one sent by mail, or a
passkey's signature."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Created, Model


class SignInStep(Created, Model):
    """The browser's cookie names the row. It is no session: it opens nothing, and it is used up by its answer."""

    __tablename__ = "sign_in_steps"
    __table_args__ = (
        CheckConstraint("kind in ('code', 'passkey', 'new_passkey', 'mailed_code')", name="kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    password_mark: Mapped[bytes | None]
    """A digest of the password's hash: a password changed meanwhile ends the step."""
    challenge: Mapped[bytes | None]
    note: Mapped[str | None]
    """Where to go on to; of a new passkey, its name."""
    wrong_tries: Mapped[int] = mapped_column(default=0)
    """Of a mailed code."""
    expires_at: Mapped[datetime]
