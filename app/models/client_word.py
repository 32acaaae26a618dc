"""What a client is found by, one row a word. Written by triggers of `clients` (migrations/sql), never by the app."""

from uuid import UUID, uuid4

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Model


class ClientWord(CompanyOwned, Model):
    """A word of the name, the number, an e-mail address or a phone number, as `app.clients.search` compares it.

    A table of its own because row-level security lets an index serve only comparisons that tell nothing of other rows:
    ranges of text do, ILIKE and trigrams do not.
    """

    __tablename__ = "client_words"
    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "client_id"], ["clients.company_id", "clients.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("company_id", "client_id", "word"),
        Index("ix_client_words_company_id_word_client_id", "company_id", "word", "client_id"),
    )

    id: Mapped[UUID] = mapped_column(
        primary_key=True, default=uuid4, server_default=text("gen_random_uuid()"), sort_order=-9
    )
    client_id: Mapped[UUID]
    word: Mapped[str] = mapped_column(Text(collation="C"))
    """Lower case, without accents and signs. A number that Countinghouse gave begins with “#”: everybody has one like
    it, so it is looked for only where figures are typed."""
