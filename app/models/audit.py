"""The audit log: who did what, chained row by row; and who looked at what.

Neither table has a foreign key. A log row is written while its company's chain is locked, and a key's check would then
wait for whoever holds the company's row, who may be waiting for the chain. And what a row says stays true when the
person, the client or the company it speaks of is gone.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Json, Model


class _Said:
    """What both tables say: who, as what, from where; about what."""

    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    """The user; None when the application acted by itself."""
    actor_name: Mapped[str]
    actor_role: Mapped[str | None]
    """admin, accountant, client, super (through an entry), system."""
    entry_id: Mapped[UUID | None]
    """The super admin's visit (`CompanyEntry`) in which it was done."""
    what: Mapped[str]
    """A stable slug, such as ``request.assigned`` (`app.audit.words`)."""
    subject_kind: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    subject_label: Mapped[str | None]
    address: Mapped[str | None]
    agent: Mapped[str | None]
    correlation_id: Mapped[str | None]
    """The same for everything that one request of a browser or program did."""


class AuditEvent(_Said, CompanyOwned, Model):
    """One act. The application may insert rows and read them, never change or delete one."""

    __tablename__ = "audit_events"
    __table_args__ = (
        UniqueConstraint("company_id", "sequence"),
        Index("ix_audit_events_company_id_at", "company_id", "at", "sequence"),
        Index("ix_audit_events_company_id_actor_id", "company_id", "actor_id", "at", "sequence"),
        Index("ix_audit_events_company_id_subject_id", "company_id", "subject_id", "at", "sequence"),
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)
    sequence: Mapped[int] = mapped_column(BigInteger)
    """1, 2, 3 … in the company, without a gap."""
    before: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    """The fields that changed, before and after. Secrets are never among them."""
    previous_hash: Mapped[str]
    hash: Mapped[str]
    """SHA-256 in hex over the canonical form of the row (`app.audit.chain`), the previous row's hash included."""


class AuditView(_Said, CompanyOwned, Model):
    """One look at data of clients. Insert and read only, like `AuditEvent`, but in no chain."""

    __tablename__ = "audit_views"
    __table_args__ = (
        Index("ix_audit_views_company_id_at", "company_id", "at", "id"),
        Index("ix_audit_views_company_id_actor_id", "company_id", "actor_id", "at", "id"),
        Index("ix_audit_views_company_id_subject_id", "company_id", "subject_id", "at", "id"),
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What a list was asked for: its filters."""
