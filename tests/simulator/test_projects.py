"""Projects, their tasks and users."""

from __future__ import annotations

import pytest

from tests.simulator.conftest import Connected

TASK = {"name": "Prepare return", "rate": {"currency": "AUD", "value": 180.5}, "chargeType": "TIME"}
NOBODY = "11111111-1111-1111-1111-111111111111"


def test_create_get_and_list(xero: Connected) -> None:
    contact_id = xero.contact_id()
    reply = xero.projects(
        "POST",
        "Projects",
        json={
            "contactId": contact_id,
            "name": "BAS - Karen Whitfield (R-1)",
            "estimateAmount": 99.99,
            "deadlineUtc": "2026-12-10T23:59:59.5+11:00",
        },
    )
    assert reply.status_code == 201
    project = reply.json()
    assert project["deadlineUtc"] == "2026-12-10T12:59:59Z"
    assert project["estimate"] == {"currency": "AUD", "value": 99.99}
    assert project["status"] == "INPROGRESS"
    assert xero.projects("GET", f"Projects/{project['projectId']}").json() == project
    listed = xero.projects("GET", "Projects", params={"contactID": contact_id}).json()
    assert listed["pagination"] == {"page": 1, "pageSize": 50, "pageCount": 1, "itemCount": 1}
    assert listed["items"] == [project]
    assert xero.projects("GET", "Projects", params={"contactID": NOBODY}).json()["items"] == []
    assert xero.projects("GET", "Projects", params={"projectIds": project["projectId"]}).json()["items"]


def test_names_may_repeat(xero: Connected) -> None:
    assert xero.new_project("Same").json()["projectId"] != xero.new_project("Same").json()["projectId"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "model.Name"),
        ({"contactId": None}, "model.ContactId"),
        ({"contactId": NOBODY}, "model.ContactId"),
        ({"deadlineUtc": "soon"}, "model.DeadlineUtc"),
        ({"estimateAmount": -1}, "model.EstimateAmount"),
    ],
)
def test_bad_projects_name_the_field(xero: Connected, changes: dict[str, object], field: str) -> None:
    body = {"contactId": xero.contact_id(), "name": "A", **changes}
    reply = xero.projects("POST", "Projects", json=body)
    assert reply.status_code == 400
    assert list(reply.json()["modelState"]) == [field]
    assert xero.project_names() == []


def test_archived_contact_takes_no_project(xero: Connected) -> None:
    contact_id = xero.contact_id()
    xero.accounting("POST", "Contacts", json={"ContactID": contact_id, "ContactStatus": "ARCHIVED"})
    assert xero.projects("POST", "Projects", json={"contactId": contact_id, "name": "A"}).status_code == 400


def test_put_replaces_and_patch_closes(xero: Connected) -> None:
    project_id = xero.new_project().json()["projectId"]
    assert xero.projects("PUT", f"Projects/{project_id}", json={"name": "Renamed"}).status_code == 204
    assert xero.projects("PATCH", f"Projects/{project_id}", json={"status": "CLOSED"}).status_code == 204
    assert xero.projects("PATCH", f"Projects/{project_id}", json={"status": "DONE"}).status_code == 400
    found = xero.projects("GET", "Projects", params={"states": "CLOSED"}).json()["items"]
    assert [project["name"] for project in found] == ["Renamed"]
    assert xero.projects("GET", "Projects", params={"states": "INPROGRESS"}).json()["items"] == []
    assert xero.projects("DELETE", f"Projects/{project_id}").status_code == 405


def test_tasks_from_birth_to_end(xero: Connected) -> None:
    project_id = xero.new_project().json()["projectId"]
    path = f"Projects/{project_id}/Tasks"
    made = xero.projects("POST", path, json=TASK)
    assert made.status_code == 201
    task = made.json()
    assert task["rate"] == {"currency": "AUD", "value": 180.5}
    assert task["projectId"] == project_id
    one = f"{path}/{task['taskId']}"
    assert xero.projects("PUT", one, json={**TASK, "name": "Review"}).status_code == 204
    assert xero.projects("GET", one).json()["name"] == "Review"
    assert xero.projects("GET", path).json()["pagination"]["itemCount"] == 1
    assert xero.simulator.organisation()["projects"][0]["tasks"][0]["name"] == "Review"
    assert xero.projects("DELETE", one).status_code == 204
    assert xero.projects("GET", one).status_code == 404
    assert xero.projects("GET", path).json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "a" * 101}, "model.Name"),
        ({"rate": 5}, "model.Rate"),
        ({"rate": {"currency": "USD", "value": 5}}, "model.Rate.Currency"),
        ({"chargeType": "HOURLY"}, "model.ChargeType"),
        ({"estimateMinutes": 1.5}, "model.EstimateMinutes"),
    ],
)
def test_bad_tasks_name_the_field(xero: Connected, changes: dict[str, object], field: str) -> None:
    project_id = xero.new_project().json()["projectId"]
    reply = xero.projects("POST", f"Projects/{project_id}/Tasks", json={**TASK, **changes})
    assert reply.status_code == 400
    assert list(reply.json()["modelState"]) == [field]


def test_tasks_belong_to_their_project(xero: Connected) -> None:
    first, second = (xero.new_project().json()["projectId"] for _ in range(2))
    task_id = xero.projects("POST", f"Projects/{first}/Tasks", json=TASK).json()["taskId"]
    assert xero.projects("GET", f"Projects/{second}/Tasks/{task_id}").status_code == 404
    assert xero.projects("POST", f"Projects/{NOBODY}/Tasks", json=TASK).status_code == 404


def test_users_are_matched_by_email_not_by_id(xero: Connected) -> None:
    users = xero.projects("GET", "ProjectsUsers").json()["items"]
    accounting = {user["UserID"] for user in xero.accounting("GET", "Users").json()["Users"]}
    assert "jane@abc.test" in {user["email"] for user in users}
    assert not accounting & {user["userId"] for user in users}


def test_page_size_has_bounds(xero: Connected) -> None:
    assert xero.projects("GET", "Projects", params={"pageSize": "501"}).status_code == 400
    assert xero.projects("GET", "Projects", params={"page": "0"}).status_code == 400
    assert (
        xero.projects("GET", "Projects", params={"pageSize": "500"}).json()["pagination"]["pageSize"] == 500
    )


def test_other_organisations_see_nothing_of_it(xero: Connected) -> None:
    project_id = xero.new_project().json()["projectId"]
    smith = xero.simulator.connect("Smith & Co")
    assert smith.projects("GET", f"Projects/{project_id}").status_code == 404
    assert smith.projects("GET", "Projects").json()["items"] == []
