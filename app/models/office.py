"""A place the practice works from."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Model


class Office(CompanyOwned, Created, Model):
    __tablename__ = "offices"
    __table_args__ = (UniqueConstraint("company_id", "name"),)

    name: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
