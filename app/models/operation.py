"""An operation: one wish to change or read something in Xero, a row with a life (docs/architecture.md, Operations)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Json, Model, company_join, company_key, now

STATES = ("queued", "running", "waiting", "retry", "done", "failed", "cancelled")
OPEN_STATES = ("queued", "running", "waiting", "retry")
INTERACTIVE, NORMAL, BULK = 10, 50, 90
"""Priorities, small first: a person waits for it; the clock's ordinary work; thousands at once."""


class Cause(CompanyOwned, Created, Model):
    """Why operations wait: one row for all that it blocks, such as a service without a mapping. Open until resolved."""

    __tablename__ = "causes"
    __table_args__ = (
        Index(
            "uq_causes_company_id_kind_subject_open",
            "company_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("resolved_at is null"),
        ),
    )

    kind: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    """What it is about, as text: an id, or empty for the whole company."""
    sentence: Mapped[str]
    resolved_at: Mapped[datetime | None]


class Operation(CompanyOwned, Created, Model):
    __tablename__ = "operations"
    __table_args__ = (
        company_key("cause_id", "causes"),
        company_key("connection_id", "connections"),
        CheckConstraint(
            "state in ('queued', 'running', 'waiting', 'retry', 'done', 'failed', 'cancelled')", name="state"
        ),
        CheckConstraint("(state = 'running') = (lease is not null)", name="running_has_lease"),
        CheckConstraint("(state = 'waiting') = (cause_id is not null)", name="waiting_has_cause"),
        # One open wish of a kind for a subject: two clicks, two tabs, two admins, one job.
        Index(
            "uq_operations_company_id_kind_subject_id_open",
            "company_id",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where=text("state in ('queued', 'running', 'waiting', 'retry')"),
        ),
        Index("ix_operations_company_id_created_at_id", "company_id", "created_at", "id"),
        Index("ix_operations_company_id_subject_id", "company_id", "subject_id", "created_at"),
        # When each kind last succeeded, and what became of the newest.
        Index("ix_operations_company_id_kind_state", "company_id", "kind", "state", "finished_at"),
        Index("ix_operations_company_id_cause_id", "company_id", "cause_id"),
        # The dispatcher's questions: what is due next, and what is in workers' hands?
        Index(
            "ix_operations_due",
            "company_id",
            "priority",
            "not_before",
            "id",
            postgresql_where=text("state in ('queued', 'retry')"),
        ),
        Index(
            "ix_operations_running", "company_id", "lease_until", postgresql_where=text("state = 'running'")
        ),
    )

    kind: Mapped[str]
    subject_id: Mapped[UUID]
    subject_label: Mapped[str]
    """What the subject is called, for logs that must stay readable when it is gone."""
    state: Mapped[str] = mapped_column(default="queued")
    priority: Mapped[int] = mapped_column(default=INTERACTIVE)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(default=now)
    rung_at: Mapped[datetime] = mapped_column(default=now)
    """When a worker was last told of it; the dispatcher rings again when nobody came."""
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    connection_id: Mapped[UUID | None]
    """The connection its steps were taken on; another one starts them afresh."""
    cause_id: Mapped[UUID | None]
    error_code: Mapped[str | None]
    error: Mapped[str | None]
    """A plain sentence."""
    whose_move: Mapped[str | None]
    """us, practice, xero or nobody."""
    requested_by: Mapped[str]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    result: Mapped[Json] = mapped_column(default=dict)

    cause: Mapped[Cause | None] = relationship(primaryjoin=company_join("Operation", "cause_id", "Cause"))
    steps: Mapped[list["OperationStep"]] = relationship(
        primaryjoin="and_(foreign(OperationStep.operation_id) == Operation.id,"
        " OperationStep.company_id == Operation.company_id)",
        order_by="OperationStep.position",
        viewonly=True,
    )

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class OperationStep(CompanyOwned, Model):
    """A named step of an operation. *sending* is written and committed before a call that creates something is sent."""

    __tablename__ = "operation_steps"
    __table_args__ = (
        company_key("operation_id", "operations"),
        UniqueConstraint("company_id", "operation_id", "name"),
        CheckConstraint("state in ('sending', 'done')", name="state"),
    )

    operation_id: Mapped[UUID]
    name: Mapped[str]
    position: Mapped[int]
    state: Mapped[str]
    idempotency_key: Mapped[str]
    sent_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    read_back: Mapped[bool] = mapped_column(default=False)
    """Whether its result was found by reading back instead of from the answer."""
    result: Mapped[Json] = mapped_column(default=dict)


class XeroCall(CompanyOwned, Model):
    """One call to Xero, with secrets removed; kept as long as the company's setting says."""

    __tablename__ = "xero_calls"
    __table_args__ = (
        Index("ix_xero_calls_company_id_at_id", "company_id", "at", "id"),
        Index("ix_xero_calls_company_id_operation_id", "company_id", "operation_id"),
        # What went wrong, counted by day without reading the bodies of thousands that went well.
        Index(
            "ix_xero_calls_wrong",
            "company_id",
            "at",
            postgresql_include=["error_code"],
            postgresql_where=text("error_code is not null"),
        ),
    )

    at: Mapped[datetime]
    operation_id: Mapped[UUID | None]
    """No foreign key: the log is pruned on its own and written outside the operation's transaction."""
    correlation_id: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    status: Mapped[int | None]
    duration_ms: Mapped[int]
    minute_left: Mapped[int | None]
    day_left: Mapped[int | None]
    retry_after: Mapped[int | None]
    error_code: Mapped[str | None]
    idempotency_key: Mapped[str | None]
    request_body: Mapped[str | None]
    reply_body: Mapped[str | None]
