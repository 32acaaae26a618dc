"""A tag's contact group in an organisation."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Model, company_key


class TagMapping(CompanyOwned, Created, Model):
    """`tag_id` is empty when the tag was deleted here, and a person has not said what becomes of the group."""

    __tablename__ = "tag_mappings"
    __table_args__ = (
        company_key("connection_id", "connections"),
        company_key("tag_id", "tags"),
        UniqueConstraint("company_id", "connection_id", "xero_group_id"),
        UniqueConstraint("company_id", "connection_id", "tag_id"),
        CheckConstraint("state in ('live', 'group_gone', 'apart')", name="state"),
    )

    connection_id: Mapped[UUID]
    tag_id: Mapped[UUID | None]
    xero_group_id: Mapped[str]
    name: Mapped[str]
    """What both were called when they last agreed."""
    state: Mapped[str] = mapped_column(default="live")
    """live; group_gone: deleted in Xero, and a person has to say what becomes of the tag; apart: never again."""
