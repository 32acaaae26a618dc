"""What the storage knows of a file: where its bytes lie, and the key that opens them."""

from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Model


class StoredFile(CompanyOwned, Created, Model):
    """The bytes of a document, or of an upload that is still coming: its id is theirs. Without the row nothing opens
    them any more, in a backup of the storage neither."""

    __tablename__ = "stored_files"
    __table_args__ = (UniqueConstraint("company_id", "key"),)

    key: Mapped[str]
    """Where it lies in the company's part of the storage: chance, nothing of anybody's name."""
    sealed_key: Mapped[bytes]
    """The file's own key, sealed with the company's (app/crypto.py)."""
    size: Mapped[int | None] = mapped_column(BigInteger)
    """Bytes, unsealed; empty while pieces are still coming."""
    pieces: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    """What has come so far, in order: [name, bytes] of each. Empty once it is whole."""
