"""Items: things sold, with their price, account and tax (facts 4.2)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.xero.accounting.calls import AccountingCalls
from app.xero.dates import instant, twin
from app.xero.money import money
from app.xero.shapes import Record, first, flag, record, several, text


@dataclass(frozen=True)
class Item:
    """The selling side only.

    Price is for one, in the organisation's currency, before or with tax as its lines are.
    """

    id: str
    code: str
    name: str
    description: str
    price: Decimal | None
    account_code: str
    tax_type: str
    is_sold: bool
    updated_at: datetime | None


class ItemCalls(AccountingCalls):
    def items(self, *, since: datetime | None = None) -> list[Item]:
        """All items, or those changed since; the endpoint is not paged."""
        return [_item(row) for row in several(self._get("/Items", since=since), "Items")]

    def create_item(
        self,
        code: str,
        name: str,
        *,
        description: str = "",
        price: Decimal | None = None,
        account_code: str = "",
        tax_type: str = "",
        key: str | None = None,
    ) -> Item:
        """A new item.

        Code ≤ 30 and unique, name ≤ 50, description ≤ 4,000. Needs accounting.invoices or settings.
        """
        sales = {"UnitPrice": price, "AccountCode": account_code or None, "TaxType": tax_type or None}
        body: dict[str, Any] = {"Code": code, "Name": name, "IsSold": True}
        if description:
            body["Description"] = description
        if given := {name: value for name, value in sales.items() if value is not None}:
            body["SalesDetails"] = given
        params = {"unitdp": 4} if _fine(price) else None
        return _item(first(self._send("PUT", "/Items", body, key, params=params), "Items"))


def _fine(price: Decimal | None) -> bool:
    return price is not None and price != round(price, 2)


def _item(row: Record) -> Item:
    sales = record(row.get("SalesDetails"))
    return Item(
        id=text(row, "ItemID"),
        code=text(row, "Code"),
        name=text(row, "Name"),
        description=text(row, "Description"),
        price=money(sales.get("UnitPrice")),
        account_code=text(sales, "AccountCode"),
        tax_type=text(sales, "TaxType"),
        is_sold=flag(row, "IsSold"),
        updated_at=instant(twin(row, "UpdatedDateUTC")),
    )
