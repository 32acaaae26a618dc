from __future__ import annotations

from tests.simulator.sdk.client import Sdk


def test_list(sdk: Sdk) -> None:
    found = sdk.projects.get_project_users(sdk.tenant_id, page=1, page_size=2)
    held = sdk.state()["users"]
    assert (len(found.items), found.pagination.item_count) == (2, len(held))
    every = sdk.projects.get_project_users(sdk.tenant_id, page=1, page_size=500).items
    jane = next(one for one in every if one.email == "jane@abc.test")
    assert jane.name == "Jane Doe"
    assert {one.email for one in every} == {one["EmailAddress"] for one in held}
    assert {one.user_id for one in every}.isdisjoint(one["UserID"] for one in held)
