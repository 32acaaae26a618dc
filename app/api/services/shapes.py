"""What the endpoints for services take and answer."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.paging import PageOf, PageQuery
from app.api.shapes import Amount, Answer, Body, Change, Money, Named, Search

ServiceName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(examples=["Individual Tax Return"]),
]
Description = Annotated[str, StringConstraints(max_length=4000)]
DueDays = Annotated[int, Field(ge=0, le=730, description="Days from the request to its due date.")]
AccountCode = Annotated[str, StringConstraints(max_length=10)]
TaxType = Annotated[str, StringConstraints(max_length=50)]
ItemCode = Annotated[str, StringConstraints(max_length=30)]


class ServiceQuery(PageQuery):
    """Which services. By name."""

    q: Search | None = None
    active: bool | None = Field(default=None, description="Left out: those switched off too.")


class NewService(Body):
    """A service to sell."""

    name: ServiceName
    base_price: Amount
    default_due_days: DueDays = 28
    description: Description | None = None
    account_code: AccountCode | None = None
    tax_type: TaxType | None = None
    item_code: ItemCode | None = None


class ServiceChange(Change):
    """What is left out stays as it is; null takes a value away."""

    name: ServiceName = ""
    base_price: Amount = Decimal(0)
    default_due_days: DueDays = 0
    description: Description | None = None
    account_code: AccountCode | None = None
    tax_type: TaxType | None = None
    item_code: ItemCode | None = None
    active: bool = Field(default=False, description="False: not offered for new requests.")


class Service(Answer):
    """Something the practice sells."""

    id: UUID
    name: str
    description: str | None
    base_price: Money = Field(
        description="In the practice's currency, tax excluded: the estimate of the job."
    )
    default_due_days: int
    account_code: str | None
    tax_type: str | None
    item_code: str | None
    active: bool
    mapped: bool = Field(description="Whether it is decided which tasks its jobs get in Xero.")
    job_template: Named | None = Field(
        description="The list of tasks; null with `mapped`: a job without tasks."
    )
    created_at: datetime


class ServicePage(PageOf[Service]):
    """Services by name."""
