from __future__ import annotations

from decimal import Decimal

import pytest
from xero_python.exceptions import HTTPStatusException
from xero_python.project import Amount, ChargeType, CurrencyCode, TaskCreateOrUpdate

from tests.simulator.sdk.client import Sdk


def _wish(name: str, value: float, charge_type: ChargeType) -> TaskCreateOrUpdate:
    return TaskCreateOrUpdate(
        name=name, rate=Amount(currency=CurrencyCode.AUD, value=value), charge_type=charge_type
    )


def test_create_and_get(sdk: Sdk) -> None:
    project_id = sdk.new_project().project_id
    made = sdk.new_task(project_id)
    [held] = sdk.state()["projects"][0]["tasks"]
    assert (held["taskId"], held["name"], held["estimateMinutes"]) == (made.task_id, "Prepare", 90)
    found = sdk.projects.get_task(sdk.tenant_id, project_id, made.task_id)
    assert (found.charge_type, found.status, found.estimate_minutes) == (ChargeType.TIME, "ACTIVE", 90)
    assert (found.rate.value, found.rate.currency) == (Decimal("120.0"), CurrencyCode.AUD)
    assert (found.project_id, found.total_minutes, found.total_amount.value) == (project_id, 0, 0)


def test_list(sdk: Sdk) -> None:
    project_id = sdk.new_project().project_id
    first, second = sdk.new_task(project_id, "Prepare"), sdk.new_task(project_id, "Lodge")
    found = sdk.projects.get_tasks(sdk.tenant_id, project_id, page=1, page_size=50)
    assert [one.name for one in found.items] == ["Prepare", "Lodge"]
    assert found.pagination.item_count == 2
    [chosen] = sdk.projects.get_tasks(sdk.tenant_id, project_id, task_ids=second.task_id).items
    assert chosen.task_id == second.task_id != first.task_id


def test_update(sdk: Sdk) -> None:
    project_id = sdk.new_project().project_id
    made = sdk.new_task(project_id)
    wish = _wish("Review", 250.0, ChargeType.FIXED)
    assert sdk.projects.update_task(sdk.tenant_id, project_id, made.task_id, wish) is None
    [held] = sdk.state()["projects"][0]["tasks"]
    assert (held["name"], held["chargeType"], held["rate"]["value"]) == ("Review", "FIXED", 250)
    found = sdk.projects.get_task(sdk.tenant_id, project_id, made.task_id)
    assert (found.charge_type, found.total_amount.value) == (ChargeType.FIXED, 250)


def test_delete(sdk: Sdk) -> None:
    project_id = sdk.new_project().project_id
    made = sdk.new_task(project_id)
    assert sdk.projects.delete_task(sdk.tenant_id, project_id, made.task_id) is None
    assert sdk.state()["projects"][0]["tasks"] == []


def test_longest_name(sdk: Sdk) -> None:
    project_id = sdk.new_project().project_id
    with pytest.raises(HTTPStatusException) as refused:
        sdk.projects.create_task(sdk.tenant_id, project_id, _wish("x" * 101, 1.0, ChargeType.NON_CHARGEABLE))
    assert refused.value.status == 400
    assert sdk.state()["projects"][0]["tasks"] == []
