"""A company: one practice, our tenant."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Created, Json, Model

JOB_NAME_PATTERN = "{service} - {client} ({reference})"
DOCUMENT_NAME_PATTERN = "{client}_{type}_{year}"


class Company(Created, Model):
    """A practice and its settings. Its row is visible in its own scope only (its policy compares ``id``)."""

    __tablename__ = "companies"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="Australia/Sydney")
    currency: Mapped[str] = mapped_column(default="AUD")
    locale: Mapped[str] = mapped_column(default="en_AU")
    reference_prefix: Mapped[str]
    next_request_number: Mapped[int] = mapped_column(default=1001)
    next_client_number: Mapped[int] = mapped_column(default=1)
    job_name_pattern: Mapped[str] = mapped_column(default=JOB_NAME_PATTERN)
    create_contacts: Mapped[bool] = mapped_column(default=True)
    """Whether an assignment may create the client's contact in Xero when none is there."""
    push_client_changes: Mapped[bool] = mapped_column(default=False)
    """Whether a change of a client's details is sent to its contact in Xero."""
    push_new_clients: Mapped[bool] = mapped_column(default=False)
    """Whether a client's contact is made as soon as the client is added, not only at the first assignment."""
    contact_rules: Mapped[Json] = mapped_column(default=dict)
    """Field (`app.sync.contacts.fields`) → whose value counts when both sides changed it: ours or theirs. Absent: a
    person is asked."""
    contact_groups: Mapped[str] = mapped_column(default="off")
    """What becomes of Xero's contact groups: off; read, they become tags; both, tags become groups as well."""
    ask_documents: Mapped[bool] = mapped_column(default=False)
    """Whether a new request asks the client at once for what the service's document list names."""
    push_documents: Mapped[bool] = mapped_column(default=False)
    """Whether accepted documents are filed in Xero."""
    document_folder: Mapped[str] = mapped_column(default="Countinghouse")
    """The folder in Xero Files."""
    document_folder_yearly: Mapped[bool] = mapped_column(default=False)
    """Whether each tax year has a folder of its own."""
    document_name_pattern: Mapped[str] = mapped_column(default=DOCUMENT_NAME_PATTERN)
    invoice_status: Mapped[str] = mapped_column(default="DRAFT")
    """The status invoices are sent with: DRAFT, SUBMITTED or AUTHORISED."""
    invoice_line_amounts: Mapped[str] = mapped_column(default="Exclusive")
    """Whether prices on invoices are without tax (Exclusive) or with it (Inclusive)."""
    invoice_due_days: Mapped[int] = mapped_column(default=14)
    invoice_due_from: Mapped[str] = mapped_column(default="issue")
    """What the days are counted from: the day of issue, or the end of its month (month_end)."""
    track_offices: Mapped[bool] = mapped_column(default=True)
    """Whether lines of invoices carry the office's tracking option."""
    next_invoice_number: Mapped[int] = mapped_column(default=1)
    alert_mails: Mapped[bool] = mapped_column(default=True)
    """Whether its admins are written to when work with Xero needs somebody (`app.sync.alerts`)."""
    call_log_days: Mapped[int] = mapped_column(default=60)
    second_factor_required: Mapped[bool] = mapped_column(default=False)
    """Whether everybody who works here, or visits, must have proved a second factor."""
    suspended_at: Mapped[datetime | None]
    suspension_reason: Mapped[str | None]
    """Told to the practice's people on every page while it is suspended."""
    stored_rows: Mapped[int | None] = mapped_column(BigInteger)
    """How many rows it had when they were counted last (`app.tasks.sizes`)."""
    stored_bytes: Mapped[int | None] = mapped_column(BigInteger)
    """About how much room they took then, indexes included."""
    stored_counted_at: Mapped[datetime | None]

    def take_request_reference(self) -> str:
        """The next reference of a service request, such as ``ABC-1042``; the row must be locked by the caller."""
        reference = f"{self.reference_prefix}-{self.next_request_number}"
        self.next_request_number += 1
        return reference

    def take_client_number(self) -> str:
        """The next client number, such as ``ABC-C0042``: unique in the company, and the ContactNumber in Xero."""
        number = f"{self.reference_prefix}-C{self.next_client_number:04d}"
        self.next_client_number += 1
        return number

    def take_invoice_reference(self) -> str:
        """The next reference of an invoice without a request, such as ``ABC-I0042``; the row must be locked."""
        reference = f"{self.reference_prefix}-I{self.next_invoice_number:04d}"
        self.next_invoice_number += 1
        return reference
