"""Tags: how a practice groups its clients; the contact groups of Xero are their counterparts."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.base import CompanyOwned, Created, Model, company_key


class Tag(CompanyOwned, Created, Model):
    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("company_id", "sort_name"),)

    name: Mapped[str]
    sort_name: Mapped[str]
    """`name` in lower case: two tags that differ by case only are one."""


class ClientTag(CompanyOwned, Created, Model):
    __tablename__ = "client_tags"
    __table_args__ = (
        company_key("client_id", "clients"),
        company_key("tag_id", "tags"),
        UniqueConstraint("company_id", "client_id", "tag_id"),
        Index("ix_client_tags_company_id_tag_id_client_id", "company_id", "tag_id", "client_id"),
    )

    client_id: Mapped[UUID]
    tag_id: Mapped[UUID]
