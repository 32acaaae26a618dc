"""The console's pages and switches, deep links, and the state over a restart."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from simulator import create_app
from simulator.calls import ConnectionDroppedError
from tests.simulator.conftest import Connected, RunningSimulator


def press(simulator: RunningSimulator, what: str, **form: str) -> requests.Response:
    return simulator.http.post(f"{simulator.url}/_console/do/{what}", data=form, timeout=10)


def test_page_shows_projects_contacts_and_calls(xero: Connected) -> None:
    xero.new_project("BAS - Karen Whitfield (R-1)")
    for path in ("/", "/_console"):
        page = xero.simulator.http.get(f"{xero.simulator.url}{path}", timeout=10)
        assert page.ok
        for text in (
            "Simulated Xero",
            "BAS - Karen Whitfield (R-1)",
            "Banksia Lane Childcare",
            "jane@abc.test",
        ):
            assert text in page.text
        assert "POST /projects.xro/2.0/Projects" in page.text


def test_buttons_change_what_xero_holds(xero: Connected) -> None:
    simulator, name = xero.simulator, "ABC Pty Ltd"
    contact_id, project_id = xero.contact_id(), xero.new_project().json()["projectId"]
    press(simulator, "contact", organisation=name, id=contact_id, wish="rename", name="Karen Moss")
    press(simulator, "contact", organisation=name, id=contact_id, wish="archive")
    press(simulator, "project", organisation=name, id=project_id)
    found = next(one for one in simulator.organisation()["contacts"] if one["ContactID"] == contact_id)
    assert (found["Name"], found["ContactStatus"]) == ("Karen Moss", "ARCHIVED")
    assert simulator.organisation()["projects"][0]["status"] == "CLOSED"
    press(simulator, "disconnect", organisation=name)
    assert xero.accounting("GET", "Contacts").status_code == 403


def test_lists_change_as_somebody_in_xero_may(xero: Connected) -> None:
    simulator, name = xero.simulator, "ABC Pty Ltd"
    held = simulator.organisation()
    account = next(one for one in held["accounts"] if one["Code"] == "200")["AccountID"]
    item = held["items"][0]["ItemID"]
    option = held["tracking"][0]["Options"][0]["TrackingOptionID"]
    for kind, found, wish, new in (
        ("account", account, "rename", "Fees"),
        ("account", account, "archive", ""),
        ("option", option, "archive", ""),
        ("item", item, "vanish", ""),
    ):
        assert press(simulator, "list", organisation=name, kind=kind, id=found, wish=wish, name=new).ok
    for kind, found, wish in (
        ("item", item, "rename"),
        ("account", account, "explode"),
        ("planet", "1", "vanish"),
    ):
        assert not press(simulator, "list", organisation=name, kind=kind, id=found, wish=wish, name="X").ok
    (told,) = [
        one for one in xero.accounting("GET", "Accounts").json()["Accounts"] if one["AccountID"] == account
    ]
    assert (told["Name"], told["Status"]) == ("Fees", "ARCHIVED")
    assert item not in {one["ItemID"] for one in xero.accounting("GET", "Items").json()["Items"]}
    assert option not in xero.accounting("GET", "TrackingCategories").text
    assert option in xero.accounting("GET", "TrackingCategories?includeArchived=true").text
    fault = {"kind": "truncated", "path": "Accounts", "count": 1}
    simulator.http.post(f"{simulator.url}/_console/faults", json=fault, timeout=10).raise_for_status()
    with pytest.raises(requests.RequestException):
        xero.accounting("GET", "Accounts")
    assert xero.accounting("GET", "Accounts").ok


def test_a_fault_can_be_switched_by_form(xero: Connected) -> None:
    press(xero.simulator, "fault", kind="503", path="Contacts")
    assert xero.accounting("GET", "Contacts").status_code == 503
    assert xero.accounting("GET", "Contacts").ok


def test_another_sites_page_cannot_press_buttons(simulator: RunningSimulator) -> None:
    for path in ("/_console/do/fault", "/_console/reset"):
        reply = simulator.http.post(
            f"{simulator.url}{path}", headers={"Sec-Fetch-Site": "cross-site"}, timeout=10
        )
        assert reply.status_code == 403


def test_deep_link_shows_the_project(xero: Connected) -> None:
    project_id = xero.new_project("Company Tax - Karen (R-9)").json()["projectId"]
    code = xero.simulator.organisation()["short_code"]
    page = xero.simulator.http.get(
        f"{xero.simulator.url}/organisation/{code}/projects/{project_id}", timeout=10
    )
    assert "Company Tax - Karen (R-9)" in page.text
    assert "Karen Whitfield" in page.text
    gone = xero.simulator.http.get(
        f"{xero.simulator.url}/organisation/!none/projects/{project_id}", timeout=10
    )
    assert gone.status_code == 404


def test_ledger_says_what_happened(xero: Connected) -> None:
    xero.new_project("A", **{"Idempotency-Key": "k-1"})
    line = xero.simulator.state()["ledger"][-1]
    assert (line["method"], line["path"], line["organisation"]) == (
        "POST",
        "/projects.xro/2.0/Projects",
        "ABC Pty Ltd",
    )
    assert (line["status"], line["changed"], line["idempotency_key"]) == (201, True, "k-1")
    newer = xero.simulator.http.get(
        f"{xero.simulator.url}/_console/ledger", params={"since": line["number"] - 1}, timeout=10
    ).json()
    assert newer == [line]
    assert xero.simulator.organisation()["calls"]["total"] == 2


def test_seed_makes_size_and_new_organisations(simulator: RunningSimulator) -> None:
    made = simulator.console("seed", organisation="Practice 7", contacts=120)
    assert made["contacts"] == 120
    reply = simulator.connect("Practice 7").accounting("GET", "Contacts", params={"pageSize": "1000"}).json()
    assert reply["pagination"]["itemCount"] == 120


def test_reset_is_a_first_start(xero: Connected) -> None:
    xero.new_project()
    xero.simulator.fault("503")
    xero.simulator.console("clock", advance_seconds=9999)
    before = xero.simulator.organisation()["contacts"]
    xero.simulator.console("reset")
    after = xero.simulator.state()
    assert after["organisations"]["ABC Pty Ltd"]["contacts"] == before
    assert after["organisations"]["ABC Pty Ltd"]["projects"] == []
    assert after["organisations"]["ABC Pty Ltd"]["connections"] == []
    assert (after["faults"], after["ledger"], after["clock_offset_seconds"]) == ([], [], 0.0)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_state_survives_a_restart(tmp_path: Path, how: int) -> None:
    first = RunningSimulator(tmp_path)
    try:
        xero = first.connect()
        made = xero.new_project("Kept", **{"Idempotency-Key": "k-1"}).json()
        first.console("clock", advance_seconds=100)
        before = first.state()
    finally:
        code = first.stop(how)
    assert code == (0 if how != signal.SIGKILL else -signal.SIGKILL)
    second = RunningSimulator(tmp_path)
    try:
        after = second.state()
        assert (
            after["organisations"]["ABC Pty Ltd"]["projects"]
            == before["organisations"]["ABC Pty Ltd"]["projects"]
        )
        assert (
            after["organisations"]["ABC Pty Ltd"]["contacts"]
            == before["organisations"]["ABC Pty Ltd"]["contacts"]
        )
        assert after["clock_offset_seconds"] == 100.0
        xero.simulator = second
        assert xero.new_project("Kept", **{"Idempotency-Key": "k-1"}).json() == made
        assert second.organisation()["projects"][0]["name"] == "Kept"
        reply = second.token_call(grant_type="refresh_token", refresh_token=xero.tokens["refresh_token"])
        assert reply.ok
    finally:
        second.stop()


def test_every_answered_change_survives_a_kill(tmp_path: Path) -> None:
    first = RunningSimulator(tmp_path)
    answered: list[str] = []
    try:
        first.console("limits", enabled=False)
        xero = first.connect()
        contact_id, url = xero.contact_id(), f"{first.url}/projects.xro/2.0/Projects"
        headers = {
            "Authorization": f"Bearer {xero.tokens['access_token']}",
            "xero-tenant-id": xero.tenant_id,
        }

        def poster(_number: int) -> None:
            with requests.Session() as session:
                while True:
                    body = {"contactId": contact_id, "name": "Kept"}
                    try:
                        reply = session.post(url, json=body, headers=headers, timeout=10)
                    except requests.RequestException:
                        return
                    answered.append(reply.json()["projectId"])

        with ThreadPoolExecutor(6) as pool:
            running = pool.map(poster, range(6))
            while len(answered) < 100:
                time.sleep(0.01)
            first.kill()
            list(running)
    finally:
        first.kill()
    second = RunningSimulator(tmp_path)
    try:
        kept = {project["projectId"] for project in second.organisation()["projects"]}
        assert set(answered) <= kept
        assert len(kept) - len(answered) <= 6
    finally:
        second.stop()


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    first = RunningSimulator(tmp_path)
    first.connect().new_project("Kept")
    first.stop()
    with (tmp_path / "state.jsonl").open("a") as journal:
        journal.write('["x","y",{"torn')
    second = RunningSimulator(tmp_path)
    try:
        assert [project["name"] for project in second.organisation()["projects"]] == ["Kept"]
    finally:
        second.stop()


def test_in_process_a_dropped_call_is_an_exception() -> None:
    app = create_app()
    browser = app.test_client()
    given = browser.post("/_console/token", json={"organisation": "ABC Pty Ltd"}).json
    headers = {"Authorization": f"Bearer {given['access_token']}", "xero-tenant-id": given["tenant_id"]}
    assert browser.get("/projects.xro/2.0/Projects", headers=headers).json["items"] == []
    browser.post("/_console/faults", json={"kind": "drop_before", "count": 1})
    with pytest.raises(ConnectionDroppedError):
        browser.get("/projects.xro/2.0/Projects", headers=headers)
    assert browser.get("/_console/state").json["ledger"][-1]["status"] is None


def test_a_hundred_open_connections_are_served(xero: Connected) -> None:
    xero.simulator.console("limits", enabled=False)
    together = threading.Barrier(100, timeout=30)
    headers = {
        "Authorization": f"Bearer {xero.tokens['access_token']}",
        "xero-tenant-id": xero.tenant_id,
        "Accept": "application/json",
    }

    def caller(_number: int) -> set[int]:
        with requests.Session() as session:
            url = f"{xero.simulator.url}/api.xro/2.0/Organisation"
            first = session.get(url, headers=headers, timeout=30).status_code
            together.wait()
            return {first, session.get(url, headers=headers, timeout=30).status_code}

    with ThreadPoolExecutor(100) as pool:
        assert set().union(*pool.map(caller, range(100))) == {200}
