"""Practice Manager: clients, staff, templates, jobs, in JSON and XML, errors inside HTTP 200."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from tests.simulator.conftest import CALLBACK, CLIENT, Connected, RunningSimulator

PRACTICE = "ABC Accounting (Practice Manager)"


class Practice:
    """The connected practice, with its lists at hand."""

    def __init__(self, simulator: RunningSimulator) -> None:
        self.xero = Connected(simulator, simulator.console("token", organisation=PRACTICE))

    def ok(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        reply = self.xero.practice(method, path, **more)
        assert reply.status_code == 200, reply.text
        assert reply.json()["status"] == "OK", reply.text
        return reply.json()

    def error(self, method: str, path: str, **more: Any) -> str:
        reply = self.xero.practice(method, path, **more)
        assert reply.status_code == 200, reply.text
        assert reply.json()["status"] == "ERROR", reply.text
        return str(reply.json()["errorDescription"])

    def ids(self, path: str, key: str) -> dict[str, str]:
        return {one["name"]: one["uuid"] for one in self.ok("GET", path)[key]}

    def client_id(self, name: str = "Karen Whitfield") -> str:
        return self.ids("client.api/list", "clients")[name]

    def job_body(self, **changes: Any) -> dict[str, Any]:
        return {
            "name": "BAS - Karen Whitfield",
            "clientUuid": self.client_id(),
            "startDate": "20261120",
            "dueDate": "20261218",
            "clientNumber": "R-1",
            **changes,
        }

    def job(self, **changes: Any) -> dict[str, Any]:
        return self.ok("POST", "job.api/add", json=self.job_body(**changes))["job"]


@pytest.fixture
def practice(simulator: RunningSimulator) -> Practice:
    return Practice(simulator)


def test_a_practice_has_its_own_consent_and_no_name(simulator: RunningSimulator) -> None:
    page = simulator.http.get(
        f"{simulator.url}/identity/connect/authorize",
        params={
            "response_type": "code",
            "client_id": CLIENT[0],
            "redirect_uri": CALLBACK,
            "scope": "offline_access practicemanager",
        },
        timeout=10,
    )
    assert PRACTICE in page.text
    assert "Smith &amp; Co" not in page.text
    connected = simulator.connect(PRACTICE)
    [connection] = connected.call("GET", "/connections").json()
    assert (connection["tenantType"], connection["tenantName"]) == ("PRACTICEMANAGER", None)
    assert connected.accounting("GET", "Contacts").status_code == 401


def test_accept_and_content_type_must_be_named(practice: Practice) -> None:
    call = practice.xero.practice
    assert call("GET", "staff.api/list", headers={"Accept": "*/*"}).status_code == 406
    assert call("POST", "job.api/add", data="<Job/>", headers={"Content-Type": "text/xml"}).status_code == 415
    reply = call("GET", "staff.api/list", headers={"Accept": "application/xml"})
    assert reply.headers["Content-Type"].startswith("text/xml")
    found = ElementTree.fromstring(reply.content)  # noqa: S314 - our own server's answer
    assert found.findtext("Status") == "OK"
    assert next(name.text for name in found.findall("StaffList/Staff/Name")) == "Alice Carter"


def test_lists_to_map_from(practice: Practice) -> None:
    assert "Jane Doe" in practice.ids("staff.api/list", "staffList")
    assert "Quarterly BAS" in practice.ids("template.api/list", "templates")
    assert "Tax" in practice.ids("category.api/list", "categories")
    assert next(iter(practice.ids("jobstate.api/list", "jobStates"))) == "Planned"
    assert "Prepare return" in practice.ids("task.api/list", "taskList")


def test_narrow_scopes_do_not_read_templates(simulator: RunningSimulator) -> None:
    narrow = Connected(
        simulator, simulator.console("token", organisation=PRACTICE, scopes=["practicemanager.job"])
    )
    assert narrow.practice("GET", "job.api/current").ok
    assert narrow.practice("GET", "template.api/list").status_code == 401


def test_a_job_from_template_with_manager_and_state(practice: Practice) -> None:
    template = practice.ids("template.api/list", "templates")["Quarterly BAS"]
    job = practice.job(templateUuid=template, budget=450.5)
    assert (job["id"], job["state"], job["clientOrderNumber"]) == ("J000001", "Planned", "R-1")
    assert (job["startDate"], job["dueDate"], job["budget"]) == (
        "2026-11-20T00:00:00",
        "2026-12-18T00:00:00",
        450.5,
    )
    assert next(task["name"] for task in job["tasks"]) == "Collect documents"
    assert job["manager"] is None
    staff = practice.ids("staff.api/list", "staffList")
    body = {
        "id": job["id"],
        "add-manager": {"uuid": staff["Jane Doe"]},
        "add": [{"uuid": staff["Mike Brown"], "task-uuid": job["tasks"][0]["uuid"]}],
    }
    assigned = practice.ok("PUT", "job.api/assign", json=body)["job"]
    assert assigned["manager"]["name"] == "Jane Doe"
    assert [one["name"] for one in assigned["tasks"][0]["assigned"]] == ["Mike Brown"]
    assert [one["name"] for one in assigned["assigned"]] == ["Mike Brown"]
    assert "Invalid state" in practice.error(
        "PUT", "job.api/state", json={"id": job["id"], "state": "In Progress"}
    )
    moved = practice.ok("PUT", "job.api/state", json={"id": job["id"], "state": "WIP"})["job"]
    assert moved["state"] == "In Progress"
    done = practice.ok("PUT", "job.api/state", json={"id": job["id"], "state": "CMP"})["job"]
    assert done["completedDate"]
    assert practice.ok("GET", "job.api/current")["jobs"] == []
    assert practice.ok("GET", f"job.api/get/{job['id']}")["job"] == done


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "Name is required"),
        ({"clientUuid": "11111111-1111-1111-1111-111111111111"}, "Invalid client identifier"),
        ({"startDate": "2026-11-20"}, "StartDate must be a date"),
        ({"dueDate": None}, "DueDate must be a date"),
        ({"templateUuid": "nope"}, "Invalid template identifier"),
        ({"categoryUuid": "nope"}, "Invalid category identifier"),
    ],
)
def test_bad_jobs_are_errors_inside_200(practice: Practice, changes: dict[str, Any], says: str) -> None:
    assert says in practice.error("POST", "job.api/add", json=practice.job_body(**changes))
    assert practice.ok("GET", "job.api/current")["jobs"] == []


def test_own_numbers_are_unique_and_keys_do_nothing(practice: Practice) -> None:
    practice.job(id="CH-1")
    assert "already exists" in practice.error("POST", "job.api/add", json=practice.job_body(id="ch-1"))
    assert "Invalid job identifier" in practice.error("GET", "job.api/get/CH-2")
    for _ in range(2):
        practice.ok("POST", "job.api/add", json=practice.job_body(), headers={"Idempotency-Key": "k"})
    client_id = practice.client_id()
    assert len(practice.ok("GET", f"job.api/client/{client_id}")["jobs"]) == 3


def test_jobs_by_time_and_staff(practice: Practice) -> None:
    job = practice.job()
    staff = practice.ids("staff.api/list", "staffList")
    practice.ok("PUT", "job.api/assign", json={"id": job["id"], "add": [{"uuid": staff["Jane Doe"]}]})
    assert len(practice.ok("GET", f"job.api/staff/{staff['Jane Doe']}")["jobs"]) == 1
    assert practice.ok("GET", f"job.api/staff/{staff['Mike Brown']}")["jobs"] == []
    assert "must be a date" in practice.error("GET", "job.api/list")
    span = {"from": "20250101", "to": "20261231"}
    assert "one year" in practice.error("GET", "job.api/list", params=span)
    today = practice.xero.simulator.state()["now"][:10].replace("-", "")
    assert len(practice.ok("GET", "job.api/list", params={"from": today, "to": today})["jobs"]) == 1


def test_tasks_templates_notes_and_documents(practice: Practice) -> None:
    job = practice.job()
    names = practice.ids("task.api/list", "taskList")
    body = {
        "job": job["id"],
        "taskUuid": names["Partner review"],
        "label": "Second review",
        "estimatedMinutes": 30,
    }
    task_id = practice.ok("POST", "job.api/task", json=body)["uuid"]
    practice.ok("PUT", f"job.api/task/{task_id}/complete")
    template = practice.ids("template.api/list", "templates")["Quarterly BAS"]
    again = {"id": job["id"], "templateUuid": template, "taskMode": "AppendExisting"}
    for _ in range(2):
        practice.ok("POST", "job.api/applytemplate", json=again)
    practice.ok("POST", "job.api/note", json={"job": job["id"], "title": "Note", "text": "Called Karen"})
    content = base64.b64encode(b"%PDF").decode()
    document = {"job": job["id"], "title": "BAS", "fileName": "bas.pdf", "content": content}
    practice.ok("POST", "job.api/document", json=document)
    found = practice.ok("GET", f"job.api/get/{job['id']}")["job"]
    assert next((task["name"], task["completed"]) for task in found["tasks"]) == ("Second review", True)
    assert len(found["tasks"]) == 5
    assert found["notes"][0]["text"] == "Called Karen"
    assert practice.ok("GET", f"job.api/documents/{job['id']}")["documents"][0]["fileName"] == "bas.pdf"
    assert "base64" in practice.error("POST", "job.api/document", json={**document, "content": "%%%"})


def test_clients(practice: Practice) -> None:
    staff = practice.ids("staff.api/list", "staffList")
    body = {"name": "New Client", "email": "new@mail.test", "accountManagerUuid": staff["Jane Doe"]}
    contacts = [{"name": "Pat New", "isPrimary": "Yes"}]
    made = practice.ok("POST", "client.api/add", json={**body, "contacts": contacts})["client"]
    assert (made["accountManager"]["name"], made["isArchived"]) == ("Jane Doe", "No")
    assert made["contacts"][0]["isPrimary"] == "Yes"
    changed = practice.ok("PUT", "client.api/update", json={"uuid": made["uuid"], "phone": "9000 0000"})[
        "client"
    ]
    assert (changed["name"], changed["phone"]) == ("New Client", "9000 0000")
    found = practice.ok("GET", "client.api/search", params={"query": "new@mail"})["clients"]
    assert [one["uuid"] for one in found] == [made["uuid"]]
    practice.ok("PUT", "client.api/archive", json={"uuid": made["uuid"]})
    assert len(practice.ok("GET", "client.api/list")["clients"]) == 16
    since = {"modifiedSince": "2026-09-01T00:00:00"}
    assert len(practice.ok("GET", "client.api/list", params=since)["clients"]) == 1
    names, url = [], "client.api/paged-list?pageSize=10"
    while url:
        page = practice.ok("GET", url)
        names += [one["name"] for one in page["clients"]]
        url = (page["pagination"]["links"]["next"] or "").rpartition("/3.1/")[2]
    assert len(names) == len(set(names)) == 15
    assert "Name is required" in practice.error("POST", "client.api/add", json={"name": " "})


def test_xml_in_and_out(practice: Practice) -> None:
    headers = {"Accept": "application/xml", "Content-Type": "application/xml"}
    sent = (
        f"<Job><Name>Tax &amp; BAS</Name><ClientUUID>{practice.client_id()}</ClientUUID>"
        "<StartDate>20261120</StartDate><DueDate>20261218</DueDate><ID>X-1</ID></Job>"
    )
    reply = practice.xero.practice("POST", "job.api/add", data=sent, headers=headers)
    found = ElementTree.fromstring(reply.content)  # noqa: S314
    assert found.findtext("Job/Name") == "Tax & BAS"
    assert found.findtext("Job/ID") == "X-1"
    assert found.findtext("Job/Client/UUID") == practice.client_id()
    jane = practice.ids("staff.api/list", "staffList")["Jane Doe"]
    assign = (
        f"<Job><ID>X-1</ID><add-manager><UUID>{jane}</UUID></add-manager><add><UUID>{jane}</UUID></add></Job>"
    )
    reply = practice.xero.practice("PUT", "job.api/assign", data=assign, headers=headers)
    found = ElementTree.fromstring(reply.content)  # noqa: S314
    assert found.findtext("Job/Manager/Name") == found.findtext("Job/Assigned/Staff/Name") == "Jane Doe"
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><Job><Name>&b;</Name></Job>'
    reply = practice.xero.practice("POST", "job.api/add", data=bomb, headers=headers)
    assert ElementTree.fromstring(reply.content).findtext("Status") == "ERROR"  # noqa: S314


def test_fields_are_chosen(practice: Practice) -> None:
    [first, *_] = practice.ok("GET", "client.api/list", params={"fields": "uuid,name"})["clients"]
    assert set(first) == {"uuid", "name"}


def test_console_shows_and_moves_jobs(practice: Practice) -> None:
    simulator, job = practice.xero.simulator, practice.job()
    page = simulator.http.get(f"{simulator.url}/", params={"organisation": PRACTICE}, timeout=10)
    assert "J000001 BAS - Karen Whitfield" in page.text
    form = {"organisation": PRACTICE, "id": job["uuid"], "state": "REV"}
    assert simulator.http.post(f"{simulator.url}/_console/do/job", data=form, timeout=10).ok
    assert practice.ok("GET", f"job.api/get/{job['id']}")["job"]["state"] == "Ready for Review"
