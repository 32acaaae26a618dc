"""A dry run: what bringing clients and contacts together would change, worked out without changing anything."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Json, Model, company_key


class ContactPlan(CompanyOwned, Created, Model):
    __tablename__ = "contact_plans"
    __table_args__ = (
        company_key("connection_id", "connections"),
        CheckConstraint("state in ('reading', 'ready', 'doing', 'done')", name="state"),
        Index("ix_contact_plans_company_id_created_at_id", "company_id", "created_at", "id"),
    )

    connection_id: Mapped[UUID]
    asked_by: Mapped[str]
    state: Mapped[str] = mapped_column(default="reading")
    read_at: Mapped[datetime | None]
    """When all had been read."""
    seen: Mapped[str | None]
    """SHA-256 over what was seen on both sides of every row, in hex."""
    counts: Mapped[Json] = mapped_column(default=dict)
    """What → how many rows; also pages, contacts and calls: those that reading took, those that doing it will."""
    done_by: Mapped[str | None]
    done_at: Mapped[datetime | None]


class ContactPlanRow(CompanyOwned, Model):
    """One client of a plan for whom something would change, or who stands in the way of it."""

    __tablename__ = "contact_plan_rows"
    __table_args__ = (
        company_key("plan_id", "contact_plans"),
        company_key("client_id", "clients"),
        UniqueConstraint("company_id", "plan_id", "client_id"),
        Index("ix_contact_plan_rows_company_id_plan_id_label", "company_id", "plan_id", "label", "id"),
        # Asked before a client is taken away.
        Index("ix_contact_plan_rows_company_id_client_id", "company_id", "client_id"),
    )

    plan_id: Mapped[UUID]
    client_id: Mapped[UUID]
    xero_contact_id: Mapped[str]
    label: Mapped[str]
    """The client's name in lower case: what the page is ordered by."""
    what: Mapped[Json] = mapped_column(default=dict)
    """Kind of change → how many fields: ours, theirs, conflict, held, archived, merged, gone."""
    fields: Mapped[Json] = mapped_column(default=dict)
    """Field → way, ours, theirs and agreed."""
    seen: Mapped[str]
    """SHA-256 of both sides and what they agreed on: what is done later is done to exactly this."""
    left_out: Mapped[str | None]
    """Why it was not done, in a sentence."""
    done_at: Mapped[datetime | None]
