"""Each fault does what its name says, and says so in the ledger."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.simulator.conftest import Connected, RunningSimulator


def last_line(simulator: RunningSimulator) -> dict[str, Any]:
    return simulator.state()["ledger"][-1]


def test_drop_after_leaves_the_change_made(xero: Connected) -> None:
    contact_id = xero.contact_id()
    xero.simulator.fault("drop_after", path="Projects", method="POST", count=1)
    with pytest.raises(requests.ConnectionError):
        xero.projects("POST", "Projects", json={"contactId": contact_id, "name": "Once"})
    line = last_line(xero.simulator)
    assert xero.project_names() == ["Once"]
    assert (line["status"], line["changed"], line["fault"]) == (None, True, "drop_after")


def test_drop_before_leaves_nothing(xero: Connected) -> None:
    contact_id = xero.contact_id()
    xero.simulator.fault("drop_before", method="POST", path="projects.xro", count=1)
    with pytest.raises(requests.ConnectionError):
        xero.projects("POST", "Projects", json={"contactId": contact_id, "name": "Never"})
    assert last_line(xero.simulator)["changed"] is False
    assert xero.project_names() == []
    assert xero.new_project("Then").ok


@pytest.mark.parametrize("problem", ["minute", "day", "concurrent"])
def test_429_of_each_kind(xero: Connected, problem: str) -> None:
    xero.simulator.fault("429", problem=problem, retry_after=7, count=1)
    reply = xero.accounting("GET", "Organisation")
    assert reply.status_code == 429
    assert reply.headers["X-Rate-Limit-Problem"] == problem
    assert reply.headers["Retry-After"] == "7"
    assert "X-MinLimit-Remaining" in reply.headers
    assert xero.accounting("GET", "Organisation").ok


def test_429_without_retry_after(xero: Connected) -> None:
    xero.simulator.fault("429", problem="app", retry_after=None, count=1)
    reply = xero.accounting("GET", "Organisation")
    assert reply.headers["X-Rate-Limit-Problem"] == "appminute"
    assert "Retry-After" not in reply.headers


def test_500_before_and_after_differ_in_what_was_made(xero: Connected) -> None:
    contact_id = xero.contact_id()

    def post(name: str) -> int:
        return xero.projects("POST", "Projects", json={"contactId": contact_id, "name": name}).status_code

    xero.simulator.fault("500_before", method="POST", count=1)
    assert post("Before") == 500
    xero.simulator.fault("500_after", method="POST", count=1)
    assert post("After") == 500
    assert xero.project_names() == ["After"]


def test_503_is_plain_text(xero: Connected) -> None:
    xero.simulator.fault("503", count=1, retry_after=5)
    reply = xero.accounting("GET", "Organisation")
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")
    assert reply.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(("kind", "made"), [("slow", False), ("slow_after", True)])
def test_slow_answers_before_or_after_the_change(xero: Connected, kind: str, *, made: bool) -> None:
    contact_id = xero.contact_id()
    xero.simulator.fault(kind, method="POST", seconds=0.6, count=1)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{xero.simulator.url}/projects.xro/2.0/Projects",
            json={"contactId": contact_id, "name": "Late"},
            headers={
                "Authorization": f"Bearer {xero.tokens['access_token']}",
                "xero-tenant-id": xero.tenant_id,
            },
            timeout=0.2,
        )
    assert (xero.project_names() == ["Late"]) is made
    deadline = time.monotonic() + 5
    while xero.project_names() != ["Late"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert xero.project_names() == ["Late"]


@pytest.mark.parametrize(
    ("kind", "status", "detail"),
    [
        ("expired_token", 401, "TokenExpired"),
        ("scope_missing", 401, "AuthorizationUnsuccessful"),
        ("disconnected", 403, "AuthenticationUnsuccessful"),
    ],
)
def test_refusals_of_the_gateway(xero: Connected, kind: str, status: int, detail: str) -> None:
    xero.simulator.fault(kind, count=1)
    reply = xero.projects("GET", "Projects")
    assert reply.status_code == status
    assert reply.json()["Detail"].startswith(detail)
    assert xero.projects("GET", "Projects").ok


def test_revoked_refuses_the_refresh(xero: Connected) -> None:
    xero.simulator.fault("revoked", count=1)
    reply = xero.simulator.token_call(grant_type="refresh_token", refresh_token=xero.tokens["refresh_token"])
    assert (reply.status_code, reply.json()) == (400, {"error": "invalid_grant"})


def test_truncated_breaks_off_openly_or_silently(xero: Connected) -> None:
    xero.simulator.fault("truncated", count=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        xero.accounting("GET", "Contacts")
    xero.simulator.fault("truncated", silent=True, count=1)
    reply = xero.accounting("GET", "Contacts")
    assert reply.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        reply.json()


def test_html_in_place_of_json(xero: Connected) -> None:
    xero.simulator.fault("html", status=502, count=1)
    reply = xero.accounting("GET", "Contacts")
    assert (reply.status_code, reply.headers["Content-Type"]) == (502, "text/html; charset=utf-8")


def test_path_method_organisation_and_count_choose_the_calls(xero: Connected) -> None:
    smith = xero.simulator.connect("Smith & Co")
    xero.simulator.fault("503", path="/Contacts$", organisation="Smith & Co", count=2)
    assert xero.accounting("GET", "Contacts").ok
    assert smith.accounting("GET", "Users").ok
    assert [smith.accounting("GET", "Contacts").status_code for _ in range(3)] == [503, 503, 200]
    assert xero.simulator.state()["faults"] == []


def test_probability_is_repeatable(xero: Connected) -> None:
    def run() -> list[int]:
        xero.simulator.http.delete(f"{xero.simulator.url}/_console/faults", timeout=10)
        xero.simulator.fault("503", probability=0.5, seed=7)
        return [xero.accounting("GET", "Organisation").status_code for _ in range(20)]

    first = run()
    assert set(first) == {200, 503}
    assert run() == first


def test_faults_nest_and_clear_by_kind(xero: Connected) -> None:
    xero.simulator.fault("slow", seconds=0.01)
    xero.simulator.fault("503")
    assert xero.accounting("GET", "Organisation").status_code == 503
    assert last_line(xero.simulator)["fault"] == "slow, 503"
    xero.simulator.http.delete(f"{xero.simulator.url}/_console/faults", params={"kind": "503"}, timeout=10)
    assert xero.accounting("GET", "Organisation").ok
    assert [fault["kind"] for fault in xero.simulator.state()["faults"]] == ["slow"]


@pytest.mark.parametrize(
    "wish", [{"kind": "nonsense"}, {"kind": "503", "path": "("}, {"kind": "503", "count": 0}]
)
def test_faults_that_make_no_sense_are_refused(simulator: RunningSimulator, wish: dict[str, Any]) -> None:
    reply = simulator.http.post(f"{simulator.url}/_console/faults", json=wish, timeout=10)
    assert reply.status_code == 400
    assert reply.json()["error"]
    assert simulator.state()["faults"] == []


def test_a_call_cut_half_way_leaves_half_of_its_elements(xero: Connected) -> None:
    contact_id = xero.contact_id()
    invoices = [
        {"Type": "ACCREC", "Contact": {"ContactID": contact_id}, "LineItems": [{"Description": str(place)}]}
        for place in range(4)
    ]
    xero.simulator.fault("drop_half", path="/Invoices", method="PUT", count=1)
    with pytest.raises(requests.ConnectionError):
        xero.accounting("PUT", "Invoices", json={"Invoices": invoices})
    line = last_line(xero.simulator)
    assert (line["status"], line["changed"], line["fault"]) == (None, True, "drop_half")
    made = xero.simulator.organisation()["invoices"]
    assert [one["LineItems"][0]["Description"] for one in made] == ["0", "1"]
    assert xero.accounting("PUT", "Invoices", json={"Invoices": invoices}).ok
    assert len(xero.simulator.organisation()["invoices"]) == 6
