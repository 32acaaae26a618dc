from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from xero_python.accounting import Item, Items, Purchase
from xero_python.exceptions import AccountingBadRequestException

from tests.simulator.sdk.client import Sdk


def test_list(sdk: Sdk) -> None:
    found = next(one for one in sdk.accounting.get_items(sdk.tenant_id).items if one.code == "ITR")
    assert (found.name, found.is_sold, found.is_purchased) == ("Individual Tax Return", True, False)
    assert (found.sales_details.unit_price, found.sales_details.tax_type) == (Decimal("330.00"), "OUTPUT")
    assert isinstance(found.sales_details.unit_price, Decimal)
    assert found.updated_date_utc == datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


def test_create(sdk: Sdk) -> None:
    sales = Purchase(unit_price=99.99, account_code="210", tax_type="OUTPUT")
    wish = Items(
        items=[Item(code="SDK", name="From the SDK", description="x", is_sold=True, sales_details=sales)]
    )
    [made] = sdk.accounting.create_items(sdk.tenant_id, wish, summarize_errors=True).items
    [held] = sdk.raw.accounting("GET", f"Items/{made.item_id}").json()["Items"]
    assert (held["Code"], held["SalesDetails"]["AccountCode"]) == ("SDK", "210")
    assert made.sales_details.unit_price == Decimal("99.99")
    since = datetime(2026, 9, 1)  # noqa: DTZ001 - the SDK writes If-Modified-Since from a naive UTC time
    changed = sdk.accounting.get_items(sdk.tenant_id, if_modified_since=since).items
    assert [one.item_id for one in changed] == [made.item_id]


def test_code_is_unique(sdk: Sdk) -> None:
    wish = Items(items=[Item(code="ITR", name="Again")])
    with pytest.raises(AccountingBadRequestException, match="already exists"):
        sdk.accounting.create_items(sdk.tenant_id, wish, summarize_errors=True)
    assert len(sdk.accounting.get_items(sdk.tenant_id).items) == 3
