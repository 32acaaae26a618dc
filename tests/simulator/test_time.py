"""Time entries of a project."""

from __future__ import annotations

import pytest

from tests.simulator.conftest import Connected
from tests.simulator.test_projects import TASK


class Timed:
    """A project with one hourly task and Jane to log time."""

    def __init__(self, xero: Connected) -> None:
        self.xero = xero
        self.project_id = xero.new_project().json()["projectId"]
        self.task_id = xero.projects("POST", f"Projects/{self.project_id}/Tasks", json=TASK).json()["taskId"]
        users = xero.projects("GET", "ProjectsUsers").json()["items"]
        self.jane = next(user["userId"] for user in users if user["email"] == "jane@abc.test")
        self.path = f"Projects/{self.project_id}/Time"

    def entry(self, **changes: object) -> dict[str, object]:
        return {
            "userId": self.jane,
            "taskId": self.task_id,
            "dateUtc": "2026-11-19T03:00:00Z",
            "duration": 90,
            "description": "Ledger review",
            **changes,
        }


@pytest.fixture
def timed(xero: Connected) -> Timed:
    return Timed(xero)


def test_log_change_and_delete(timed: Timed) -> None:
    reply = timed.xero.projects("POST", timed.path, json=timed.entry())
    assert reply.status_code == 200
    entry = reply.json()
    assert (entry["status"], entry["duration"], entry["projectId"]) == ("ACTIVE", 90, timed.project_id)
    project = timed.xero.projects("GET", f"Projects/{timed.project_id}").json()
    assert project["minutesLogged"] == 90
    assert project["totalTaskAmount"] == {"currency": "AUD", "value": 270.75}
    one = f"{timed.path}/{entry['timeEntryId']}"
    changed = timed.entry(duration=30)
    del changed["description"]
    assert timed.xero.projects("PUT", one, json=changed).status_code == 204
    after = timed.xero.projects("GET", one).json()
    assert (after["duration"], after["description"]) == (30, None)
    task = f"Projects/{timed.project_id}/Tasks/{timed.task_id}"
    assert timed.xero.projects("DELETE", task).status_code == 400
    assert timed.xero.projects("DELETE", one).status_code == 204
    assert timed.xero.projects("GET", one).status_code == 404
    assert timed.xero.projects("DELETE", task).status_code == 204


def test_filters(timed: Timed) -> None:
    for day in ("2026-11-17", "2026-11-18", "2026-11-19"):
        timed.xero.projects("POST", timed.path, json=timed.entry(dateUtc=f"{day}T03:00:00Z"))

    def count(**query: str) -> int:
        return timed.xero.projects("GET", timed.path, params=query).json()["pagination"]["itemCount"]

    assert count() == 3
    assert count(dateAfterUtc="2026-11-18T00:00:00Z") == 2
    assert count(dateAfterUtc="2026-11-18T00:00:00Z", dateBeforeUtc="2026-11-18T23:59:59Z") == 1
    assert count(userId=timed.jane) == 3
    assert count(userId=timed.task_id) == 0
    assert count(isChargeable="false") == 0
    assert count(states="ACTIVE,LOCKED") == 3
    assert count(states="INVOICED") == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"duration": 0}, "model.Duration"),
        ({"duration": 59_941}, "model.Duration"),
        ({"userId": "11111111-1111-1111-1111-111111111111"}, "model.UserId"),
        ({"taskId": None}, "model.TaskId"),
        ({"dateUtc": "today"}, "model.DateUtc"),
    ],
)
def test_bad_entries_name_the_field(timed: Timed, changes: dict[str, object], field: str) -> None:
    reply = timed.xero.projects("POST", timed.path, json=timed.entry(**changes))
    assert reply.status_code == 400
    assert list(reply.json()["modelState"]) == [field]


def test_accounting_user_ids_do_not_log_time(timed: Timed) -> None:
    [user_id, *_] = (user["UserID"] for user in timed.xero.accounting("GET", "Users").json()["Users"])
    assert timed.xero.projects("POST", timed.path, json=timed.entry(userId=user_id)).status_code == 400
