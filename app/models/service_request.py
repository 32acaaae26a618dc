"""A service request: a piece of work a client asked for. What may happen to one is said here."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key, now
from app.models.client import Client
from app.models.membership import Membership
from app.models.office import Office
from app.models.service import Service

STATUSES = ("new", "assigned", "in_progress", "waiting", "completed", "cancelled")
OPEN_STATUSES = ("new", "assigned", "in_progress", "waiting")
MOVES: dict[str, tuple[str, ...]] = {
    "new": ("cancelled",),
    "assigned": ("in_progress", "waiting", "completed", "cancelled"),
    "in_progress": ("waiting", "completed", "cancelled"),
    "waiting": ("in_progress", "completed", "cancelled"),
    "completed": ("in_progress",),
    "cancelled": (),
}
"""Where a status may go by hand; `new` becomes `assigned` by assigning only."""


class ServiceRequest(CompanyOwned, Created, Model):
    __tablename__ = "service_requests"
    __table_args__ = (
        UniqueConstraint("company_id", "reference"),
        company_key("client_id", "clients"),
        company_key("service_id", "services"),
        company_key("office_id", "offices"),
        company_key("assignee_id", "memberships"),
        CheckConstraint(
            "status in ('new', 'assigned', 'in_progress', 'waiting', 'completed', 'cancelled')", name="status"
        ),
        CheckConstraint("status <> 'assigned' or assignee_id is not null", name="assigned_has_assignee"),
        Index("ix_service_requests_company_id_created_at_id", "company_id", "created_at", "id"),
        Index("ix_service_requests_company_id_due_on_id", "company_id", "due_on", "id"),
        Index("ix_service_requests_company_id_client_id", "company_id", "client_id", "created_at"),
        Index("ix_service_requests_company_id_assignee_id", "company_id", "assignee_id", "status"),
        Index("ix_service_requests_company_id_status", "company_id", "status", "created_at", "id"),
    )

    reference: Mapped[str] = mapped_column(Text(collation="C"))
    """Compared letter by letter wherever the database stands: a search by its beginning is a range."""
    client_id: Mapped[UUID]
    service_id: Mapped[UUID]
    office_id: Mapped[UUID | None]
    assignee_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(default="new")
    note: Mapped[str | None]
    """What the client asked for, in their words."""
    price: Mapped[Decimal]
    """Estimate in the company's currency, tax excluded; the service's base price to begin with."""
    due_on: Mapped[date]
    assigned_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    paid_on: Mapped[date | None]
    """When its invoice was paid in full, as Xero says; empty again when a payment is taken back."""
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    xero_job_id: Mapped[str | None]
    xero_job_number: Mapped[str | None]
    xero_job_name: Mapped[str | None]
    xero_job_url: Mapped[str | None]
    xero_synced_at: Mapped[datetime | None]
    xero_sync_error: Mapped[str | None]
    """A plain sentence; empty as soon as the job is in Xero."""

    client: Mapped[Client] = relationship(primaryjoin=company_join("ServiceRequest", "client_id", "Client"))
    service: Mapped[Service] = relationship(
        primaryjoin=company_join("ServiceRequest", "service_id", "Service")
    )
    office: Mapped[Office | None] = relationship(
        primaryjoin=company_join("ServiceRequest", "office_id", "Office")
    )
    assignee: Mapped[Membership | None] = relationship(
        primaryjoin=company_join("ServiceRequest", "assignee_id", "Membership")
    )

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    def may_move_to(self, status: str) -> bool:
        """Whether a person may set this status now (see `MOVES`)."""
        return status in MOVES[self.status]

    def late_on(self, today: date) -> bool:
        """Whether the work is open and its due date has passed; `today` is a date in the practice's time zone."""
        return self.is_open and self.due_on < today
