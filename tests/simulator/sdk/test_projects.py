from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from xero_python.exceptions import HTTPStatusException
from xero_python.project import CurrencyCode, ProjectCreateOrUpdate, ProjectPatch, ProjectStatus

from tests.simulator.sdk.client import Sdk

DEADLINE = datetime(2026, 12, 10, 12, 0)  # noqa: DTZ001 - the SDK adds the Z to a naive UTC time


def test_create(sdk: Sdk) -> None:
    made = sdk.new_project(deadline_utc=DEADLINE, estimate_amount=100.5)
    [held] = sdk.state()["projects"]
    assert (held["projectId"], held["name"]) == (made.project_id, "BAS - Karen Whitfield (R-1)")
    assert (held["contactId"], held["deadlineUtc"]) == (sdk.contact_id(), "2026-12-10T12:00:00Z")
    assert (made.estimate.value, made.estimate.currency) == (Decimal("100.5"), CurrencyCode.AUD)
    assert made.deadline_utc == DEADLINE.replace(tzinfo=UTC)
    assert (made.status, made.currency_code) == (ProjectStatus.INPROGRESS, CurrencyCode.AUD)
    assert (made.minutes_logged, made.total_invoiced.value) == (0, 0)


def test_create_without_a_contact(sdk: Sdk) -> None:
    with pytest.raises(HTTPStatusException) as refused:
        sdk.projects.create_project(sdk.tenant_id, ProjectCreateOrUpdate(name="Nobody's"))
    assert refused.value.status == 400
    assert "model.ContactId" in refused.value.error_data["modelState"]
    assert sdk.state()["projects"] == []


def test_get(sdk: Sdk) -> None:
    made = sdk.new_project()
    found = sdk.projects.get_project(sdk.tenant_id, made.project_id)
    assert (found.name, found.contact_id, found.deadline_utc) == (made.name, sdk.contact_id(), None)
    with pytest.raises(HTTPStatusException) as missing:
        sdk.projects.get_project(sdk.tenant_id, "11111111-2222-4333-8444-555555555555")
    assert missing.value.status == 404


def test_list(sdk: Sdk) -> None:
    made = [sdk.new_project(f"Job {number}") for number in range(3)]
    sdk.projects.patch_project(sdk.tenant_id, made[0].project_id, ProjectPatch(status=ProjectStatus.CLOSED))
    found = sdk.projects.get_projects(sdk.tenant_id, contact_id=sdk.contact_id(), page=2, page_size=2)
    assert (found.pagination.page, found.pagination.item_count, found.pagination.page_count) == (2, 3, 2)
    assert len(found.items) == 1
    [closed] = sdk.projects.get_projects(sdk.tenant_id, states="CLOSED").items
    assert (closed.project_id, closed.status) == (made[0].project_id, ProjectStatus.CLOSED)
    [chosen] = sdk.projects.get_projects(sdk.tenant_id, project_ids=[made[1].project_id]).items
    assert chosen.name == "Job 1"
    other = next(one["ContactID"] for one in sdk.state()["contacts"] if one["ContactID"] != sdk.contact_id())
    assert sdk.projects.get_projects(sdk.tenant_id, contact_id=other).items == []


def test_update(sdk: Sdk) -> None:
    made = sdk.new_project(deadline_utc=DEADLINE)
    wish = ProjectCreateOrUpdate(contact_id=sdk.contact_id(), name="Renamed", estimate_amount=9.99)
    assert sdk.projects.update_project(sdk.tenant_id, made.project_id, wish) is None
    [held] = sdk.state()["projects"]
    assert (held["name"], held["estimate"]["value"]) == ("Renamed", 9.99)
    assert "deadlineUtc" not in held  # all that may be changed is set together


def test_patch(sdk: Sdk) -> None:
    made = sdk.new_project()
    for status in (ProjectStatus.CLOSED, ProjectStatus.INPROGRESS):
        assert sdk.projects.patch_project(sdk.tenant_id, made.project_id, ProjectPatch(status=status)) is None
        assert sdk.state()["projects"][0]["status"] == status.value
        assert sdk.projects.get_project(sdk.tenant_id, made.project_id).status is status


def test_same_key_twice(sdk: Sdk) -> None:
    wish = ProjectCreateOrUpdate(contact_id=sdk.contact_id(), name="Once")
    twice = [
        sdk.projects.create_project(sdk.tenant_id, wish, idempotency_key="k-1").project_id for _ in range(2)
    ]
    assert twice[0] == twice[1]
    assert len(sdk.state()["projects"]) == 1
