from __future__ import annotations

from datetime import UTC, datetime

from tests.simulator.sdk.client import Sdk


def test_list(sdk: Sdk) -> None:
    found = sdk.accounting.get_users(sdk.tenant_id).users
    held = sdk.state()["users"]
    assert {one.user_id for one in found} == {one["UserID"] for one in held}
    jane = next(one for one in found if one.email_address == "jane@abc.test")
    assert (jane.first_name, jane.last_name) == ("Jane", "Doe")
    assert jane.organisation_role == next(
        one["OrganisationRole"] for one in held if one["EmailAddress"] == "jane@abc.test"
    )
    assert jane.updated_date_utc == datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    assert [one.is_subscriber for one in found].count(True) == 1


def test_where(sdk: Sdk) -> None:
    [found] = sdk.accounting.get_users(sdk.tenant_id, where='EmailAddress=="mike@abc.test"').users
    assert found.last_name == "Brown"
