"""The organisation's lists as Xero tells them now: six calls, every entry in one shape."""

from dataclasses import dataclass, field
from decimal import Decimal

from app.models.xero_list import ACTIVE
from app.xero.accounting import (
    Account,
    AccountingApi,
    BrandingTheme,
    Currency,
    Item,
    TaxRate,
    TrackingCategory,
)

CALLS = 6
REVENUE_TYPES = {"REVENUE", "SALES", "OTHERINCOME"}


@dataclass(frozen=True)
class Seen:
    """An entry of a list; the fields are those of `app.models.xero_list.XeroListEntry`."""

    kind: str
    xero_id: str
    name: str
    code: str = ""
    parent_xero_id: str | None = None
    status: str = ACTIVE
    for_sales: bool = True
    details: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.xero_id


def ask(accounting: AccountingApi) -> list[Seen]:
    """Read all lists. Raises `app.xero.errors.XeroError`."""
    categories = accounting.tracking_categories(include_archived=True)
    return [
        *(_account(one) for one in accounting.accounts()),
        *(_tax_rate(one) for one in accounting.tax_rates()),
        *(_item(one) for one in accounting.items()),
        *(_category(one) for one in categories),
        *(option for one in categories for option in _options(one)),
        *(_currency(one) for one in accounting.currencies()),
        *(_theme(one) for one in accounting.branding_themes()),
    ]


def _told(**details: object) -> dict[str, str]:
    return {name: str(value) for name, value in details.items() if value not in (None, "")}


def _account(one: Account) -> Seen:
    for_revenue = one.account_class == "REVENUE" or one.type in REVENUE_TYPES
    return Seen(
        "account",
        one.id,
        one.name,
        one.code,
        status=one.status,
        for_sales=for_revenue and bool(one.code) and not one.system_account,
        details=_told(type=one.type, **{"class": one.account_class}, tax_type=one.tax_type),
    )


def _tax_rate(one: TaxRate) -> Seen:
    details = _told(rate=_plain(one.rate))
    return Seen(
        "tax_rate",
        one.tax_type,
        one.name,
        one.tax_type,
        status=one.status,
        for_sales=one.for_revenue,
        details=details,
    )


def _item(one: Item) -> Seen:
    details = _told(
        description=one.description,
        price=_plain(one.price),
        account_code=one.account_code,
        tax_type=one.tax_type,
    )
    # An item without a name of its own is known by its code.
    return Seen("item", one.id, one.name or one.code, one.code, for_sales=one.is_sold, details=details)


def _category(one: TrackingCategory) -> Seen:
    return Seen("tracking_category", one.id, one.name, status=one.status)


def _options(category: TrackingCategory) -> list[Seen]:
    """An option of a category that was archived stays ACTIVE in Xero, and yet no line may carry it."""
    return [
        Seen(
            "tracking_option",
            one.id,
            one.name,
            parent_xero_id=category.id,
            status=one.status,
            for_sales=category.status == ACTIVE,
            details={"category": category.name},
        )
        for one in category.options
    ]


def _currency(one: Currency) -> Seen:
    return Seen("currency", one.code, one.description or one.code, one.code)


def _theme(one: BrandingTheme) -> Seen:
    return Seen("branding_theme", one.id, one.name)


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"
