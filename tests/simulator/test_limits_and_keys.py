"""Rate limits with their headers, and idempotency keys."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.simulator.conftest import Connected, RunningSimulator


def test_headers_count_down(xero: Connected) -> None:
    first, second = (xero.accounting("GET", "Organisation").headers for _ in range(2))
    assert int(first["X-MinLimit-Remaining"]) - int(second["X-MinLimit-Remaining"]) == 1
    assert second["X-DayLimit-Remaining"] == "4998"
    assert second["X-AppMinLimit-Remaining"] == "9998"


def test_minute_limit_fixed_window_resets(xero: Connected) -> None:
    xero.simulator.console("limits", minute=3)
    replies = [xero.accounting("GET", "Organisation") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert replies[3].headers["X-Rate-Limit-Problem"] == "minute"
    wait = int(replies[3].headers["Retry-After"])
    assert 1 <= wait <= 60
    xero.simulator.console("clock", advance_seconds=wait)
    assert xero.accounting("GET", "Organisation").ok


def test_rolling_window_lets_calls_back_one_by_one(xero: Connected) -> None:
    xero.simulator.console("limits", minute=2, window="rolling")

    def call() -> requests.Response:
        return xero.accounting("GET", "Organisation")

    assert call().ok
    xero.simulator.console("clock", advance_seconds=40)
    assert call().ok
    assert call().headers["Retry-After"] in {"19", "20"}
    xero.simulator.console("clock", advance_seconds=20)
    assert call().ok
    assert call().status_code == 429


def test_day_limit_is_told_apart_and_belongs_to_one_organisation(xero: Connected) -> None:
    smith = xero.simulator.connect("Smith & Co")
    xero.simulator.console("limits", day=1, organisation="ABC Pty Ltd")
    assert xero.accounting("GET", "Organisation").ok
    refused = xero.accounting("GET", "Organisation")
    assert refused.headers["X-Rate-Limit-Problem"] == "day"
    assert 1 <= int(refused.headers["Retry-After"]) <= 86_400
    assert all(smith.accounting("GET", "Organisation").ok for _ in range(2))


def test_app_minute_counts_all_organisations(xero: Connected) -> None:
    smith = xero.simulator.connect("Smith & Co")
    xero.simulator.console("limits", app_minute=1)
    assert xero.accounting("GET", "Organisation").ok
    refused = smith.accounting("GET", "Organisation")
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "appminute")


def test_five_at_once_and_no_more(xero: Connected) -> None:
    xero.simulator.fault("slow", seconds=0.5)

    def call(_number: int) -> requests.Response:
        return requests.get(
            f"{xero.simulator.url}/api.xro/2.0/Organisation",
            headers={
                "Authorization": f"Bearer {xero.tokens['access_token']}",
                "xero-tenant-id": xero.tenant_id,
            },
            timeout=10,
        )

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(call, range(8)))
    refused = [reply for reply in replies if reply.status_code == 429]
    assert len(refused) == 3
    assert {reply.headers["X-Rate-Limit-Problem"] for reply in refused} == {"concurrent"}
    assert all("Retry-After" not in reply.headers for reply in refused)
    xero.simulator.http.delete(f"{xero.simulator.url}/_console/faults", timeout=10)
    assert xero.accounting("GET", "Organisation").ok


def test_limits_can_be_switched_off(xero: Connected) -> None:
    xero.simulator.console("limits", minute=1)
    xero.simulator.console("limits", enabled=False)
    assert all(xero.accounting("GET", "Organisation").ok for _ in range(5))
    reply = xero.simulator.http.post(f"{xero.simulator.url}/_console/limits", json={"hour": 1}, timeout=10)
    assert "Unknown limit 'hour'" in reply.json()["error"]


def test_same_key_same_request_one_project(xero: Connected) -> None:
    first = xero.new_project("Once", **{"Idempotency-Key": "key-1"})
    again = xero.new_project("Once", **{"Idempotency-Key": "key-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert xero.project_names() == ["Once"]
    assert xero.simulator.state()["ledger"][-1]["replayed"] is True


def test_key_is_forgotten_after_six_minutes(xero: Connected) -> None:
    xero.new_project("Twice", **{"Idempotency-Key": "key-1"})
    xero.simulator.console("clock", advance_seconds=361)
    xero.new_project("Twice", **{"Idempotency-Key": "key-1"})
    assert xero.project_names() == ["Twice", "Twice"]


def test_key_with_another_request_is_refused(xero: Connected) -> None:
    xero.new_project("One", **{"Idempotency-Key": "key-1"})
    other = xero.new_project("Two", **{"Idempotency-Key": "key-1"})
    assert other.status_code == 400
    assert "Idempotency Key key-1 is used with a different request" in other.text
    assert xero.project_names() == ["One"]
    assert xero.new_project("Long", **{"Idempotency-Key": "k" * 129}).status_code == 400


def test_errors_are_remembered_too(xero: Connected) -> None:
    taken = {"Name": "Karen Whitfield"}
    key = {"Idempotency-Key": "key-1"}
    assert xero.accounting("PUT", "Contacts", json=taken, headers=key).status_code == 400
    xero.accounting("POST", "Contacts", json={"ContactID": xero.contact_id(), "Name": "Karen Whitfield-Moss"})
    assert xero.accounting("PUT", "Contacts", json=taken, headers=key).status_code == 400
    assert xero.accounting("PUT", "Contacts", json=taken, headers={"Idempotency-Key": "key-2"}).ok


def test_500_is_remembered(xero: Connected) -> None:
    xero.simulator.fault("500_after", method="POST", count=1)
    replies = [xero.new_project("A", **{"Idempotency-Key": "key-1"}).status_code for _ in range(2)]
    assert replies == [500, 500]
    assert xero.project_names() == ["A"]


def test_a_lost_answer_is_had_again_with_its_key(xero: Connected) -> None:
    xero.simulator.fault("drop_after", path="projects.xro", method="POST", count=1)
    with pytest.raises(requests.ConnectionError):
        xero.new_project("A", **{"Idempotency-Key": "key-1"})
    again = xero.new_project("A", **{"Idempotency-Key": "key-1"})
    assert again.json()["projectId"] == xero.simulator.organisation()["projects"][0]["projectId"]
    assert xero.project_names() == ["A"]


def test_ten_at_once_with_one_key_make_one_project(xero: Connected) -> None:
    xero.simulator.console("limits", enabled=False)
    contact_id = xero.contact_id()

    def post(_number: int) -> str:
        reply = requests.post(
            f"{xero.simulator.url}/projects.xro/2.0/Projects",
            json={"contactId": contact_id, "name": "One"},
            headers={
                "Authorization": f"Bearer {xero.tokens['access_token']}",
                "xero-tenant-id": xero.tenant_id,
                "Idempotency-Key": "key-1",
            },
            timeout=10,
        )
        return str(reply.json()["projectId"])

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(post, range(10)))) == 1
    assert xero.project_names() == ["One"]


def test_key_on_a_read_means_nothing(simulator: RunningSimulator) -> None:
    xero = simulator.connect()
    for path in ("Organisation", "Users"):
        assert xero.accounting("GET", path, headers={"Idempotency-Key": "key-1"}).ok
