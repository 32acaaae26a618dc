"""Where a client and its contact disagree, and who is not a client of ours at all."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key
from app.models.client import Client
from app.models.mapping import ContactMapping


class ContactConflict(CompanyOwned, Created, Model):
    """A field that was changed here and in Xero, and that a person must decide. Open until resolved."""

    __tablename__ = "contact_conflicts"
    __table_args__ = (
        company_key("client_id", "clients"),
        # Asked before a client or a mapping is taken away.
        Index("ix_contact_conflicts_company_id_client_id", "company_id", "client_id"),
        Index("ix_contact_conflicts_company_id_mapping_id", "company_id", "mapping_id"),
        # A client that gets another contact, or none, has nothing to decide about the one before.
        ForeignKeyConstraint(
            ["company_id", "mapping_id"],
            ["contact_mappings.company_id", "contact_mappings.id"],
            ondelete="CASCADE",
        ),
        Index(
            "uq_contact_conflicts_company_id_mapping_id_field_open",
            "company_id",
            "mapping_id",
            "field",
            unique=True,
            postgresql_where=text("resolved_at is null"),
        ),
        Index(
            "ix_contact_conflicts_open",
            "company_id",
            "client_id",
            "field",
            postgresql_where=text("resolved_at is null"),
        ),
    )

    client_id: Mapped[UUID]
    mapping_id: Mapped[UUID]
    field: Mapped[str]
    """A name of `app.sync.contacts.fields`."""
    ours: Mapped[str]
    theirs: Mapped[str]
    agreed: Mapped[str | None]
    """What both had before; None when they were never compared."""
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    resolution: Mapped[str | None]
    """ours, theirs, or vanished: the two agree without anybody's decision."""

    client: Mapped[Client] = relationship(primaryjoin=company_join("ContactConflict", "client_id", "Client"))
    mapping: Mapped[ContactMapping] = relationship(
        primaryjoin=company_join("ContactConflict", "mapping_id", "ContactMapping")
    )


class XeroNewcomer(CompanyOwned, Created, Model):
    """An active contact of the organisation that is no client of ours: offered for import."""

    __tablename__ = "xero_newcomers"
    __table_args__ = (
        company_key("connection_id", "connections"),
        UniqueConstraint("company_id", "connection_id", "xero_contact_id"),
    )

    connection_id: Mapped[UUID]
    xero_contact_id: Mapped[str]
    name: Mapped[str]
    seen_at: Mapped[datetime]
