"""The way to a company's Xero: consent, grant, connection."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key

CONNECTION_STATUSES = ("to_confirm", "connected", "reconnect_needed", "disconnected")


class Consent(CompanyOwned, Created, Model):
    """A consent that was begun: the single-use `state`, bound to a company, a person's session and a time."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("company_id", "state_hash"),)

    state_hash: Mapped[str]
    """SHA-256 of the state, in hex: the state itself stands only in the address sent to Xero."""
    verifier: Mapped[bytes] = mapped_column(LargeBinary)
    """The PKCE verifier, encrypted."""
    user_session_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(default="accounting")
    return_to: Mapped[str] = mapped_column(default="page")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Grant(CompanyOwned, Created, Model):
    """The token set of one person's consent, encrypted; connections refer to it (tokens belong to user and app)."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("company_id", "xero_user_id", "kind"),)

    kind: Mapped[str] = mapped_column(default="accounting")
    xero_user_id: Mapped[str]
    tokens: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Encrypted JSON of access and refresh token; empty once wiped."""
    previous: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The refresh token a pending refresh was begun with, encrypted: good for 30 minutes after a lost answer."""
    scopes: Mapped[str] = mapped_column(default="")
    expires_at: Mapped[datetime | None]
    refresh_expires_at: Mapped[datetime | None]
    refresh_started_at: Mapped[datetime | None]
    """Written before the refresh is sent and cleared with its result: set means that an answer may be lost."""
    broken_at: Mapped[datetime | None]
    """When Xero refused the refresh token for good."""


class Connection(CompanyOwned, Created, Model):
    """A Xero organisation the company works with. The row stays after a disconnect: mappings hang on it."""

    __tablename__ = "connections"
    __table_args__ = (
        company_key("grant_id", "grants"),
        UniqueConstraint("company_id", "kind", "xero_tenant_id"),
        # Deliberately across companies: one organisation serves one practice. It answers nothing but 'taken'.
        Index(
            "uq_connections_xero_tenant_id_live",
            "xero_tenant_id",
            unique=True,
            postgresql_where=text("status <> 'disconnected'"),
        ),
        Index(
            "uq_connections_company_id_kind_live",
            "company_id",
            "kind",
            unique=True,
            postgresql_where=text("status <> 'disconnected'"),
        ),
        CheckConstraint(
            "status in ('to_confirm', 'connected', 'reconnect_needed', 'disconnected')", name="status"
        ),
    )

    kind: Mapped[str] = mapped_column(default="accounting")
    xero_tenant_id: Mapped[str]
    xero_connection_id: Mapped[str | None]
    organisation_name: Mapped[str]
    short_code: Mapped[str | None]
    base_currency: Mapped[str | None]
    country: Mapped[str | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str]
    grant_id: Mapped[UUID | None]
    connected_by: Mapped[str | None]
    """The person's name as it was then."""
    connected_at: Mapped[datetime | None]
    disconnected_at: Mapped[datetime | None]
    disconnected_by: Mapped[str | None]
    last_sync_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    last_error_at: Mapped[datetime | None]
    consecutive_errors: Mapped[int] = mapped_column(default=0)
    staff_read_at: Mapped[datetime | None]

    grant: Mapped[Grant | None] = relationship(primaryjoin=company_join("Connection", "grant_id", "Grant"))

    @property
    def is_live(self) -> bool:
        """Whether calls may be made: connected and confirmed."""
        return self.status == "connected"
