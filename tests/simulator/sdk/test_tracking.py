from __future__ import annotations

from typing import Any

import pytest
from xero_python.accounting import TrackingCategory, TrackingOption
from xero_python.exceptions import AccountingBadRequestException

from tests.simulator.sdk.client import Sdk


def _held(sdk: Sdk, **params: str) -> dict[str, Any]:
    found = sdk.raw.accounting("GET", "TrackingCategories", params=params).json()["TrackingCategories"]
    return {one["Name"]: one for one in found}


def _office(sdk: Sdk) -> Any:
    found = sdk.accounting.get_tracking_categories(sdk.tenant_id).tracking_categories
    return next(one for one in found if one.name == "Office")


def test_list(sdk: Sdk) -> None:
    office = _office(sdk)
    assert office.status == "ACTIVE"
    assert [(one.name, one.status) for one in office.options] == [
        ("Sydney", "ACTIVE"),
        ("Newcastle", "ACTIVE"),
    ]
    assert len({one.tracking_option_id for one in office.options}) == 2


def test_archived_only_when_asked_for(sdk: Sdk) -> None:
    office = _office(sdk)
    gone = TrackingCategory(status="ARCHIVED")
    [changed] = sdk.accounting.update_tracking_category(
        sdk.tenant_id, office.tracking_category_id, gone
    ).tracking_categories
    assert changed.status == "ARCHIVED"
    active = sdk.accounting.get_tracking_categories(sdk.tenant_id).tracking_categories
    every = sdk.accounting.get_tracking_categories(sdk.tenant_id, include_archived=True).tracking_categories
    assert [one.name for one in active] == ["Service Line"]
    assert {one.name: one.status for one in every} == {"Office": "ARCHIVED", "Service Line": "ACTIVE"}


def test_at_most_two_categories(sdk: Sdk) -> None:
    with pytest.raises(AccountingBadRequestException, match="Only 2"):
        sdk.accounting.create_tracking_category(sdk.tenant_id, TrackingCategory(name="Region"))
    assert "Region" not in _held(sdk, includeArchived="true")
    sdk.accounting.update_tracking_category(
        sdk.tenant_id, _office(sdk).tracking_category_id, TrackingCategory(status="ARCHIVED")
    )
    [made] = sdk.accounting.create_tracking_category(
        sdk.tenant_id, TrackingCategory(name="Region")
    ).tracking_categories
    assert _held(sdk)["Region"]["TrackingCategoryID"] == made.tracking_category_id


def test_rename_a_category(sdk: Sdk) -> None:
    office = _office(sdk)
    [renamed] = sdk.accounting.update_tracking_category(
        sdk.tenant_id, office.tracking_category_id, TrackingCategory(name="Branch")
    ).tracking_categories
    assert (renamed.name, renamed.tracking_category_id) == ("Branch", office.tracking_category_id)
    assert set(_held(sdk)) == {"Branch", "Service Line"}


def test_options(sdk: Sdk) -> None:
    category_id = _office(sdk).tracking_category_id
    [made] = sdk.accounting.create_tracking_options(
        sdk.tenant_id, category_id, TrackingOption(name="Orange")
    ).options
    assert (made.name, made.status) == ("Orange", "ACTIVE")
    [renamed] = sdk.accounting.update_tracking_options(
        sdk.tenant_id, category_id, made.tracking_option_id, TrackingOption(name="Bathurst")
    ).options
    assert renamed.tracking_option_id == made.tracking_option_id
    assert [one["Name"] for one in _held(sdk)["Office"]["Options"]] == ["Sydney", "Newcastle", "Bathurst"]
    with pytest.raises(AccountingBadRequestException, match="already in use"):
        sdk.accounting.create_tracking_options(sdk.tenant_id, category_id, TrackingOption(name="sydney"))
