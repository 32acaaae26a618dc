"""What an organisation's lists hold, as Xero last told: accounts, tax rates, items, tracking, currencies, themes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import CompanyOwned, Created, Json, Model, company_key

LIST_KINDS = (
    "account",
    "tax_rate",
    "item",
    "tracking_category",
    "tracking_option",
    "currency",
    "branding_theme",
)
ACTIVE, GONE = "ACTIVE", "GONE"


class XeroListEntry(CompanyOwned, Created, Model):
    """One entry of one list. Mappings and lines refer to the row, so that what is renamed in Xero stays mapped."""

    __tablename__ = "xero_list_entries"
    __table_args__ = (
        company_key("connection_id", "connections"),
        UniqueConstraint("company_id", "connection_id", "kind", "xero_id"),
        CheckConstraint(
            "kind in ('account', 'tax_rate', 'item', 'tracking_category', 'tracking_option', 'currency',"
            " 'branding_theme')",
            name="kind",
        ),
        Index("ix_xero_list_entries_company_id_connection_id", "company_id", "connection_id", "kind", "name"),
    )

    connection_id: Mapped[UUID]
    kind: Mapped[str]
    xero_id: Mapped[str]
    """What stays when it is renamed: Xero's id; of a tax rate its TaxType, of a currency its code."""
    parent_xero_id: Mapped[str | None]
    """Of a tracking option: its category's id."""
    code: Mapped[str] = mapped_column(default="")
    """What lines of invoices name it by: the code of an account or item, the TaxType of a tax rate."""
    name: Mapped[str]
    status: Mapped[str] = mapped_column(default=ACTIVE)
    """As Xero says: ACTIVE, ARCHIVED, DELETED or a new word; GONE when Xero no longer tells of it."""
    for_sales: Mapped[bool] = mapped_column(default=True)
    """Whether a line of a sales invoice may carry it."""
    details: Mapped[Json] = mapped_column(default=dict)
    """What else is shown or suggested by, in Xero's words as text: type, class, tax_type, rate, price, account_code."""
    previous_name: Mapped[str | None]
    renamed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    """When it was first seen not to be active any more."""
    seen_at: Mapped[datetime | None]

    @property
    def usable(self) -> bool:
        """Whether a new line of a sales invoice may carry it now."""
        return self.status == ACTIVE and self.for_sales
