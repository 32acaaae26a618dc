"""A person's place in a company."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key
from app.models.client import Client
from app.models.user import User

STAFF_ROLES = ("admin", "accountant")
ROLES = (*STAFF_ROLES, "client")


class Membership(CompanyOwned, Created, Model):
    """One user in one company, with a role there. ``accountant_id`` in requests and in the JSON API is this id."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("company_id", "user_id"),
        company_key("client_id", "clients"),
        CheckConstraint("role in ('admin', 'accountant', 'client')", name="role"),
        CheckConstraint("(role = 'client') = (client_id is not null)", name="client_has_client"),
        # Asked before a client is taken away.
        Index(
            "ix_memberships_company_id_client_id",
            "company_id",
            "client_id",
            postgresql_where=text("client_id is not null"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str]
    client_id: Mapped[UUID | None]
    active: Mapped[bool] = mapped_column(default=True)

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    client: Mapped[Client | None] = relationship(
        primaryjoin=company_join("Membership", "client_id", "Client")
    )

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def can_be_assigned(self) -> bool:
        """Staff in active service take requests; clients and people who left do not."""
        return self.active and self.role in STAFF_ROLES
