"""Time that was worked on a request's job, as Xero's Projects tells of it."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.base import CompanyOwned, Created, Model, company_key


class TimeEntry(CompanyOwned, Created, Model):
    """Minutes of one person on one task. Billed by at most one invoice that counts."""

    __tablename__ = "time_entries"
    __table_args__ = (
        company_key("service_request_id", "service_requests"),
        company_key("invoice_id", "invoices"),
        company_key("invoice_line_id", "invoice_lines"),
        UniqueConstraint(
            "company_id", "service_request_id", "xero_time_entry_id", name="uq_time_entries_request_entry"
        ),
        CheckConstraint("minutes >= 0", name="minutes"),
    )

    service_request_id: Mapped[UUID]
    xero_time_entry_id: Mapped[str]
    task_name: Mapped[str]
    charge_type: Mapped[str]
    """As Xero says of the task: TIME, FIXED, NON_CHARGEABLE or a new word."""
    rate: Mapped[Decimal | None]
    """An hour's, in the organisation's currency, tax excluded."""
    person_name: Mapped[str]
    worked_on: Mapped[date]
    """In the practice's time zone."""
    minutes: Mapped[int]
    description: Mapped[str]
    xero_status: Mapped[str]
    """ACTIVE, LOCKED, INVOICED or a new word."""
    invoice_id: Mapped[UUID | None]
    """Our invoice that bills it; one that has ended bills nothing any more."""
    invoice_line_id: Mapped[UUID | None]
    """The line it stands in: without that line it is free to be billed again."""
    read_at: Mapped[datetime]
