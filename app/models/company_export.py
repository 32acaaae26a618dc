"""An export of everything that a practice has: asked for, written by a worker, offered for some days."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Model, now

OPEN_EXPORTS = ("queued", "running")


class CompanyExport(CompanyOwned, Created, Model):
    """One export. Its file stands in `app.exports.storage` under the company's id, and is offered in `ready` only."""

    __tablename__ = "company_exports"
    __table_args__ = (
        CheckConstraint("state in ('queued', 'running', 'ready', 'failed', 'gone')", name="state"),
        CheckConstraint("(state = 'running') = (lease is not null)", name="running_has_lease"),
        # One at a time: a second click finds the first.
        Index(
            "uq_company_exports_company_id_open",
            "company_id",
            unique=True,
            postgresql_where=text("state in ('queued', 'running')"),
        ),
    )

    asked_by: Mapped[str]
    """The name of whoever asked: it stays readable when they are gone."""
    by_platform: Mapped[bool] = mapped_column(default=False)
    """Whether a super admin asked, with a reason."""
    reason: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    rung_at: Mapped[datetime] = mapped_column(default=now)
    """When a worker was last told of it."""
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    """When the file is removed."""
    size: Mapped[int | None] = mapped_column(BigInteger)
    """Bytes of the file."""
    rows: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    error: Mapped[str | None]
    """A plain sentence."""
