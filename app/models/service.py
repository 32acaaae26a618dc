"""A service: something the practice sells."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Model


class Service(CompanyOwned, Created, Model):
    __tablename__ = "services"
    __table_args__ = (
        UniqueConstraint("company_id", "name"),
        CheckConstraint("base_price >= 0", name="base_price"),
        CheckConstraint("default_due_days between 0 and 730", name="default_due_days"),
    )

    name: Mapped[str]
    description: Mapped[str | None]
    base_price: Mapped[Decimal]
    """In the company's currency, tax excluded: the estimate of the job."""
    default_due_days: Mapped[int] = mapped_column(default=28)
    account_code: Mapped[str | None]
    tax_type: Mapped[str | None]
    item_code: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
