from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from xero_python.exceptions import HTTPStatusException
from xero_python.project import TimeEntryCreateOrUpdate

from tests.simulator.sdk.client import Sdk

WORKED = datetime(2026, 11, 19, 3, 0)  # noqa: DTZ001 - the SDK adds the Z to a naive UTC time


def _user_id(sdk: Sdk) -> str:
    return str(sdk.projects.get_project_users(sdk.tenant_id).items[0].user_id)


def _log(sdk: Sdk, project_id: str, task_id: str, minutes: int = 30, at: datetime = WORKED) -> Any:
    wish = TimeEntryCreateOrUpdate(
        user_id=_user_id(sdk), task_id=task_id, date_utc=at, duration=minutes, description="Read the papers"
    )
    return sdk.projects.create_time_entry(sdk.tenant_id, project_id, wish)


def _task(sdk: Sdk) -> tuple[str, str]:
    project_id = sdk.new_project().project_id
    return project_id, sdk.new_task(project_id).task_id


def test_create_and_get(sdk: Sdk) -> None:
    project_id, task_id = _task(sdk)
    made = _log(sdk, project_id, task_id)
    [held] = sdk.state()["projects"][0]["time"]
    assert (held["timeEntryId"], held["duration"]) == (made.time_entry_id, 30)
    found = sdk.projects.get_time_entry(sdk.tenant_id, project_id, made.time_entry_id)
    assert (found.user_id, found.task_id, found.duration) == (_user_id(sdk), task_id, 30)
    assert (found.date_utc, found.description, found.status) == (
        WORKED.replace(tzinfo=UTC),
        "Read the papers",
        "ACTIVE",
    )
    assert abs(found.date_entered_utc - datetime.now(UTC)) < timedelta(minutes=1)
    totals = sdk.projects.get_project(sdk.tenant_id, project_id)
    assert (totals.minutes_logged, totals.total_task_amount.value) == (30, 60)


def test_list(sdk: Sdk) -> None:
    project_id, task_id = _task(sdk)
    first = _log(sdk, project_id, task_id)
    second = _log(sdk, project_id, task_id, 60, WORKED + timedelta(days=1))
    found = sdk.projects.get_time_entries(sdk.tenant_id, project_id, is_chargeable=True, states=["ACTIVE"])
    assert [one.time_entry_id for one in found.items] == [first.time_entry_id, second.time_entry_id]
    after = sdk.projects.get_time_entries(
        sdk.tenant_id, project_id, date_after_utc=WORKED + timedelta(hours=1)
    )
    assert [one.time_entry_id for one in after.items] == [second.time_entry_id]


def test_update(sdk: Sdk) -> None:
    project_id, task_id = _task(sdk)
    made = _log(sdk, project_id, task_id)
    wish = TimeEntryCreateOrUpdate(
        user_id=made.user_id, task_id=task_id, date_utc=WORKED, duration=45, description="Twice"
    )
    assert sdk.projects.update_time_entry(sdk.tenant_id, project_id, made.time_entry_id, wish) is None
    [held] = sdk.state()["projects"][0]["time"]
    assert (held["duration"], held["description"]) == (45, "Twice")


def test_delete(sdk: Sdk) -> None:
    project_id, task_id = _task(sdk)
    made = _log(sdk, project_id, task_id)
    with pytest.raises(HTTPStatusException):
        sdk.projects.delete_task(sdk.tenant_id, project_id, task_id)  # it has time on it
    assert sdk.projects.delete_time_entry(sdk.tenant_id, project_id, made.time_entry_id) is None
    assert sdk.state()["projects"][0]["time"] == []
    sdk.projects.delete_task(sdk.tenant_id, project_id, task_id)


def test_no_time_of_a_stranger(sdk: Sdk) -> None:
    project_id, task_id = _task(sdk)
    accounting_user = sdk.state()["users"][0]["UserID"]  # people of Projects have ids of their own
    wish = TimeEntryCreateOrUpdate(user_id=accounting_user, task_id=task_id, date_utc=WORKED, duration=1)
    with pytest.raises(HTTPStatusException) as refused:
        sdk.projects.create_time_entry(sdk.tenant_id, project_id, wish)
    assert "model.UserId" in refused.value.error_data["modelState"]
