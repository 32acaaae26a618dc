"""Sales invoices: written here, sent to Xero, and what became of them there."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key, now
from app.models.client import Client
from app.models.office import Office
from app.models.service import Service
from app.models.service_request import ServiceRequest
from app.models.xero_list import XeroListEntry

PUSH_STATES = ("new", "to_send", "blocked", "refused", "sent")
LINE_AMOUNTS = ("Exclusive", "Inclusive", "NoTax")
SEND_AS = ("DRAFT", "SUBMITTED", "AUTHORISED")
CHANGES = ("update", "submit", "authorise", "void", "delete")
COUNTED_STATUSES = ("AUTHORISED", "PAID")
"""As Xero says of an invoice that counts as revenue: approved, to be paid or paid."""
FINE = Numeric(14, 4)
"""Quantities and unit amounts: four decimals, as Xero keeps them."""


class Invoice(CompanyOwned, Created, Model):
    """A sales invoice. `push_state` says how far our sending is; once it is `sent`, `xero_status` how it stands."""

    __tablename__ = "invoices"
    __table_args__ = (
        company_key("connection_id", "connections"),
        company_key("client_id", "clients"),
        company_key("service_request_id", "service_requests"),
        CheckConstraint("push_state in ('new', 'to_send', 'blocked', 'refused', 'sent')", name="push_state"),
        CheckConstraint("(push_state = 'sent') = (xero_invoice_id is not null)", name="sent_has_id"),
        CheckConstraint("line_amounts in ('Exclusive', 'Inclusive', 'NoTax')", name="line_amounts"),
        CheckConstraint("send_as in ('DRAFT', 'SUBMITTED', 'AUTHORISED')", name="send_as"),
        CheckConstraint("change in ('update', 'submit', 'authorise', 'void', 'delete')", name="change"),
        UniqueConstraint("company_id", "connection_id", "xero_invoice_id"),
        # A request is billed once; what was voided or deleted no longer counts.
        Index(
            "uq_invoices_company_id_service_request_id_live",
            "company_id",
            "service_request_id",
            unique=True,
            postgresql_where=text("ended_at is null and service_request_id is not null"),
        ),
        Index("ix_invoices_company_id_created_at_id", "company_id", "created_at", "id"),
        Index("ix_invoices_company_id_client_id", "company_id", "client_id", "created_at"),
        Index("ix_invoices_company_id_service_request_id", "company_id", "service_request_id"),
        Index("ix_invoices_company_id_reference", "company_id", "reference"),
        Index("ix_invoices_company_id_xero_number", "company_id", "xero_number"),
        Index("ix_invoices_company_id_xero_status", "company_id", "xero_status", "created_at", "id"),
        Index(
            "ix_invoices_unsent",
            "company_id",
            "push_state",
            "asked_at",
            postgresql_where=text("push_state <> 'sent' and ended_at is null"),
        ),
        Index("ix_invoices_batch", "company_id", "batch", postgresql_where=text("batch is not null")),
        Index(
            "ix_invoices_due",
            "company_id",
            "due_on",
            "id",
            postgresql_where=text("xero_status = 'AUTHORISED'"),
        ),
        # What counts as revenue, by the invoice's date.
        Index(
            "ix_invoices_counted",
            "company_id",
            "issued_on",
            postgresql_where=text("xero_status in ('AUTHORISED', 'PAID')"),
        ),
        Index("ix_invoices_company_id_updated_at", "company_id", "updated_at"),
    )

    connection_id: Mapped[UUID]
    """The organisation it belongs to; accounts, tax and tracking of its lines are that one's."""
    client_id: Mapped[UUID]
    service_request_id: Mapped[UUID | None]
    reference: Mapped[str] = mapped_column(Text(collation="C"))
    """Ties it to the job: the request's reference, one of our own numbers, or what was typed (255 letters at most).
    Compared letter by letter, as Xero's number is: a search by its beginning is a range."""
    line_amounts: Mapped[str] = mapped_column(default="Exclusive")
    """Whether the lines' prices are without tax (Exclusive), with it (Inclusive), or there is none (NoTax)."""
    currency: Mapped[str]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    send_as: Mapped[str] = mapped_column(default="DRAFT")
    """The status it is sent with."""
    tracks_offices: Mapped[bool] = mapped_column(default=True)
    """Whether its lines are to carry their offices' tracking options; otherwise none is missed."""
    branding_theme_id: Mapped[str | None]
    """Xero's id; empty: the organisation's own default."""
    subtotal: Mapped[Decimal]
    tax: Mapped[Decimal]
    total: Mapped[Decimal]
    """Worked out by us as Xero rounds (`app.sync.invoices.money`), to the cent, in `currency`."""
    created_by: Mapped[str]
    """The person's name as it was then."""
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    """When anything of the row last changed, by people or by what Xero told."""
    revision: Mapped[int] = mapped_column(default=1)
    """Goes up with each change of ours: two people who change it at once are told."""
    ended_at: Mapped[datetime | None]
    """When it stopped counting: deleted or voided, here or in Xero."""

    push_state: Mapped[str] = mapped_column(default="new")
    """new: being written; to_send: asked for; blocked: a mapping is missing or no longer valid; refused: by Xero;
    sent: it stands in Xero."""
    push_error: Mapped[str | None]
    """A plain sentence, of one that is blocked or refused."""
    asked_at: Mapped[datetime | None]
    asked_by: Mapped[str | None]
    batch: Mapped[str | None]
    """The creating call it went with, from before it is sent until its answer is written: a lost one is found by it."""
    batch_sent_at: Mapped[datetime | None]
    change: Mapped[str | None]
    """What is still to be done to it in Xero: new contents, the next status, or its end."""
    change_error: Mapped[str | None]
    """A plain sentence, when Xero refused the change."""

    xero_invoice_id: Mapped[str | None]
    xero_number: Mapped[str | None] = mapped_column(Text(collation="C"))
    xero_status: Mapped[str | None]
    """As Xero says: DRAFT, SUBMITTED, AUTHORISED, PAID, VOIDED, DELETED or a new word."""
    xero_currency: Mapped[str | None]
    xero_due_on: Mapped[date | None]
    xero_subtotal: Mapped[Decimal | None]
    xero_tax: Mapped[Decimal | None]
    xero_total: Mapped[Decimal | None]
    xero_paid: Mapped[Decimal | None]
    xero_credited: Mapped[Decimal | None]
    xero_due: Mapped[Decimal | None]
    xero_paid_on: Mapped[date | None]
    xero_updated_at: Mapped[datetime | None]
    """Xero's UpdatedDateUTC as we last saw or wrote it."""
    read_at: Mapped[datetime | None]
    online_url: Mapped[str | None]
    """Where the client sees and pays it; none while it is a draft."""

    client: Mapped[Client] = relationship(primaryjoin=company_join("Invoice", "client_id", "Client"))
    service_request: Mapped[ServiceRequest | None] = relationship(
        primaryjoin=company_join("Invoice", "service_request_id", "ServiceRequest")
    )
    lines: Mapped[list["InvoiceLine"]] = relationship(
        primaryjoin="and_(foreign(InvoiceLine.invoice_id) == Invoice.id,"
        " InvoiceLine.company_id == Invoice.company_id)",
        order_by="InvoiceLine.position",
        viewonly=True,
    )

    @property
    def is_changing(self) -> bool:
        """Whether a change of it is on its way to Xero."""
        return self.change is not None and self.change_error is None

    @property
    def difference(self) -> Decimal | None:
        """Xero's total less ours, in `currency`; None before it was read. Anything but zero is shown."""
        return None if self.xero_total is None else self.xero_total - self.total


class InvoiceLine(CompanyOwned, Model):
    """One line. What it carries of Xero's lists are rows of `xero_list_entries`; a description alone is enough."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        company_key("invoice_id", "invoices"),
        company_key("service_id", "services"),
        company_key("office_id", "offices"),
        company_key("account_id", "xero_list_entries"),
        company_key("tax_rate_id", "xero_list_entries"),
        company_key("item_id", "xero_list_entries"),
        company_key("tracking_option_id", "xero_list_entries"),
        UniqueConstraint("company_id", "invoice_id", "position"),
    )

    invoice_id: Mapped[UUID]
    position: Mapped[int]
    description: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(FINE)
    unit_amount: Mapped[Decimal] = mapped_column(FINE)
    discount_rate: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    """In per cent."""
    service_id: Mapped[UUID | None]
    office_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    tax_rate_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None]
    tracking_option_id: Mapped[UUID | None]
    line_amount: Mapped[Decimal]
    """Quantity × unit amount less discount, to the cent: with tax where the invoice's lines are inclusive."""
    tax_amount: Mapped[Decimal]
    xero_line_id: Mapped[str | None]
    """Xero's LineItemID: without it a change would make the line anew."""

    service: Mapped[Service | None] = relationship(
        primaryjoin=company_join("InvoiceLine", "service_id", "Service")
    )
    office: Mapped[Office | None] = relationship(
        primaryjoin=company_join("InvoiceLine", "office_id", "Office")
    )
    account: Mapped[XeroListEntry | None] = relationship(
        primaryjoin=company_join("InvoiceLine", "account_id", "XeroListEntry")
    )
    tax_rate: Mapped[XeroListEntry | None] = relationship(
        primaryjoin=company_join("InvoiceLine", "tax_rate_id", "XeroListEntry")
    )
    item: Mapped[XeroListEntry | None] = relationship(
        primaryjoin=company_join("InvoiceLine", "item_id", "XeroListEntry")
    )
    tracking_option: Mapped[XeroListEntry | None] = relationship(
        primaryjoin=company_join("InvoiceLine", "tracking_option_id", "XeroListEntry")
    )


class InvoicePayment(CompanyOwned, Created, Model):
    """A payment of an invoice, as Xero tells of it; one that is taken back there goes here too."""

    __tablename__ = "invoice_payments"
    __table_args__ = (
        company_key("invoice_id", "invoices"),
        UniqueConstraint("company_id", "invoice_id", "xero_payment_id"),
    )

    invoice_id: Mapped[UUID]
    xero_payment_id: Mapped[str]
    paid_on: Mapped[date | None]
    amount: Mapped[Decimal]
    """In the invoice's currency."""
    reference: Mapped[str]
