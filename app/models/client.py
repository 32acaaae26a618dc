"""A client: the practice's customer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key, now
from app.models.office import Office

CLIENT_KINDS = ("individual", "sole_trader", "company", "partnership", "trust", "super_fund", "other")
SORT_NUMBER = (
    "(lower(regexp_replace(number, '[0-9]+$'::text, ''::text)) ||"
    " lpad(COALESCE(\"substring\"(number, '[0-9]+$'::text), ''::text), 20, '0'::text))"
)
"""The number with its figures filled up, so that C9999 comes before C10000. As PostgreSQL writes it back, by which
migrations are compared."""


class Client(CompanyOwned, Created, Model):
    __tablename__ = "clients"
    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        company_key("office_id", "offices"),
        company_key("merged_into_id", "clients"),
        CheckConstraint(
            "kind in ('individual', 'sole_trader', 'company', 'partnership', 'trust', 'super_fund', 'other')",
            name="kind",
        ),
        # The list is ordered by name, page by page (keyset).
        Index("ix_clients_company_id_sort_name_id", "company_id", "sort_name", "id"),
        Index("ix_clients_company_id_sort_number_id", "company_id", "sort_number", "id"),
        Index("ix_clients_company_id_created_at_id", "company_id", "created_at", "id"),
        Index("ix_clients_company_id_office_id", "company_id", "office_id"),
        # What has changed since a plan was made.
        Index("ix_clients_company_id_updated_at", "company_id", "updated_at"),
        Index(
            "ix_clients_archived",
            "company_id",
            "sort_name",
            "id",
            postgresql_where=text("archived_at is not null"),
        ),
        # Asked before a client is taken away.
        Index(
            "ix_clients_company_id_merged_into_id",
            "company_id",
            "merged_into_id",
            postgresql_where=text("merged_into_id is not null"),
        ),
    )

    number: Mapped[str]
    """Ours, unique in the company; the ContactNumber of its contact in Xero."""
    sort_number: Mapped[str] = mapped_column(Computed(SORT_NUMBER, persisted=True))
    name: Mapped[str]
    sort_name: Mapped[str]
    """`name` in lower case: what lists order and search by."""
    kind: Mapped[str] = mapped_column(default="individual")
    first_name: Mapped[str | None]
    """Of the person to write to, as are the last name, e-mail and phones."""
    last_name: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    mobile: Mapped[str | None]
    company_number: Mapped[str | None]
    """The register's number of a company, such as an ACN or NZCN."""
    tax_number: Mapped[str | None]
    """The business's tax number, such as an ABN or GST number; never a person's tax file number."""
    street: Mapped[str | None]
    """One to four lines."""
    city: Mapped[str | None]
    region: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str | None]
    office_id: Mapped[UUID | None]
    notes: Mapped[str | None]
    archived_at: Mapped[datetime | None]
    merged_into_id: Mapped[UUID | None]
    """The client this one was found to be; it is then archived, and its address leads there."""
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    office: Mapped[Office | None] = relationship(primaryjoin=company_join("Client", "office_id", "Office"))
