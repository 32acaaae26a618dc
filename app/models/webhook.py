"""News from Xero: what arrived, whose it is, and what was missed (docs/architecture.md, News from Xero).

A delivery arrives before any company is known, so it, the stream's count and events of organisations that no practice
has connected belong to no company. They hold ids of records in Xero and nothing of a client's.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key
from app.models.operation import Operation

EVENT_STATES = ("handed_on", "echo", "no_client", "not_used")
KEEP_EVENTS = timedelta(days=31)
"""As long as Xero itself keeps them (facts 8)."""
KEEP_DELIVERIES = timedelta(days=7)
"""Posts as they arrived, after their events were taken out."""


class WebhookDelivery(Model):
    """One genuine post, as it arrived. Written by the web process in one statement and answered then."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_unsorted", "id", postgresql_where=text("sorted_at is null")),
        Index("ix_webhook_deliveries_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    body: Mapped[bytes] = mapped_column(LargeBinary)
    sorted_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    """Why it could not be read, though its signature was right."""


class WebhookStream(Model):
    """The one row about the installation's webhook at Xero. Sequence numbers count all organisations' events together.

    Whoever sorts holds this row locked, so that deliveries are counted one after the other.
    """

    __tablename__ = "webhook_stream"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    verified_at: Mapped[datetime | None]
    """When Xero last sent its intent to receive, rightly signed, and was answered."""
    last_delivery_at: Mapped[datetime | None]
    highest: Mapped[int | None] = mapped_column(BigInteger)
    """The last number of the stream that we know of."""
    highest_at: Mapped[datetime | None]
    """When what it told of happened."""


class WebhookStreamGap(Model):
    """Numbers of the stream that did not come. `open` ones wait a moment for events that are only late."""

    __tablename__ = "webhook_stream_gaps"
    __table_args__ = (
        CheckConstraint("state in ('open', 'arrived', 'handed_on')", name="state"),
        CheckConstraint("first_sequence <= last_sequence", name="in_order"),
        Index("ix_webhook_stream_gaps_open", "noticed_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    first_sequence: Mapped[int] = mapped_column(BigInteger)
    last_sequence: Mapped[int] = mapped_column(BigInteger)
    after: Mapped[datetime]
    before: Mapped[datetime]
    """When what its neighbours told of happened: between these two."""
    noticed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")


class StrayEvent(Model):
    """An event of an organisation that no practice has connected. Kept, and handed on should one connect it."""

    __tablename__ = "webhook_strays"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_webhook_strays_xero_tenant_id_received_at", "xero_tenant_id", "received_at", "id"),
        Index("ix_webhook_strays_received_at_id", "received_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str]
    received_at: Mapped[datetime]
    xero_tenant_id: Mapped[str]
    category: Mapped[str]
    type: Mapped[str]
    resource_id: Mapped[str]
    at: Mapped[datetime | None]


class WebhookEvent(CompanyOwned, Model):
    """An event of the company's own organisation, and what came of it."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        company_key("connection_id", "connections"),
        company_key("operation_id", "operations"),
        UniqueConstraint("company_id", "key"),
        CheckConstraint("state in ('handed_on', 'echo', 'no_client', 'not_used')", name="state"),
        Index("ix_webhook_events_company_id_received_at_id", "company_id", "received_at", "id"),
    )

    key: Mapped[str]
    """SHA-256 of organisation, category, record, moment and type: a repeated event has the same."""
    connection_id: Mapped[UUID]
    received_at: Mapped[datetime]
    category: Mapped[str]
    type: Mapped[str]
    resource_id: Mapped[str]
    at: Mapped[datetime | None]
    """When it happened, as Xero says."""
    state: Mapped[str]
    operation_id: Mapped[UUID | None]
    """The operation that reads the record, for `handed_on`."""
    subject_id: Mapped[UUID | None]
    """The client whose contact or invoice it is about."""
    told: Mapped[int] = mapped_column(default=1)
    """How often it came, as far as that was counted."""
    delivery_id: Mapped[int] = mapped_column(BigInteger)
    """The delivery that told it last."""

    operation: Mapped[Operation | None] = relationship(
        primaryjoin=company_join("WebhookEvent", "operation_id", "Operation")
    )


class WebhookGap(CompanyOwned, Created, Model):
    """A gap of the stream as this company closed it: by reading what has changed in its organisation."""

    __tablename__ = "webhook_gaps"
    __table_args__ = (
        company_key("operation_id", "operations"),
        UniqueConstraint("company_id", "stream_gap_id"),
        Index("ix_webhook_gaps_company_id_created_at_id", "company_id", "created_at", "id"),
    )

    stream_gap_id: Mapped[UUID]
    missed: Mapped[int]
    """How many numbers of the stream, of all organisations together."""
    after: Mapped[datetime]
    before: Mapped[datetime]
    operation_id: Mapped[UUID]

    operation: Mapped[Operation] = relationship(
        primaryjoin=company_join("WebhookGap", "operation_id", "Operation")
    )
