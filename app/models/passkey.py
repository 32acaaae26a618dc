"""A passkey: a key pair that a person's device keeps; we know its public half."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Created, Model


class Passkey(Created, Model):
    """One registered passkey of a person. It is always made with user verification, so it is both factors."""

    __tablename__ = "passkeys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    """COSE, as the device sent it."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """What the device said last; one that goes back is a copy. Zero for ever where the device does not count."""
    last_used_at: Mapped[datetime | None]
