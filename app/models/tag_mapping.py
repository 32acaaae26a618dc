"""A tag's contact group in an organisation."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Model, company_key


class TagMapping(CompanyOwned, Created, Model):
    """When one of the two is gone, a person says what becomes of the other: nothing is deleted unasked."""

    __tablename__ = "tag_mappings"
    __table_args__ = (
        company_key("connection_id", "connections"),
        UniqueConstraint("company_id", "connection_id", "xero_group_id"),
        UniqueConstraint("company_id", "connection_id", "tag_id"),
        CheckConstraint("state in ('live', 'group_gone', 'apart', 'to_delete')", name="state"),
    )

    connection_id: Mapped[UUID]
    tag_id: Mapped[UUID]
    """No foreign key: a tag that is not there any more was deleted here, and its group awaits a decision."""
    xero_group_id: Mapped[str]
    name: Mapped[str]
    """What both were called when they last agreed."""
    state: Mapped[str] = mapped_column(default="live")
    """live; group_gone: deleted in Xero, and a person has to say what becomes of the tag; apart: each goes its own way
    from now on; to_delete: a person wants the group deleted in Xero, too."""
