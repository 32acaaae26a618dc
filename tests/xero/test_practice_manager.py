"""Practice Manager in JSON and in XML: the same data either way."""

import base64
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests_mock as rm

from app.xero.errors import Again, MissingScope, Permanent
from app.xero.practice_manager import JobFields, Named, PracticeClientFields, PracticeManagerApi, StaffMember
from app.xero.transport import Transport
from tests.xero.doubles import API

BASE = f"{API}/practicemanager/3.1"
JOB = {
    "id": "J000123",
    "uuid": "j1",
    "name": "BAS",
    "client": {"uuid": "c1", "name": "Brown & Co"},
    "clientOrderNumber": "R-12",
    "state": "Planned",
    "manager": {"uuid": "s1", "name": "Jane Doe"},
    "startDate": "2026-11-20T00:00:00",
    "dueDate": "2026-12-31T00:00:00",
    "budget": 880.50,
    "assigned": [{"uuid": "s2", "name": "Mike"}],
    "tasks": [{"uuid": "t1", "taskUuid": "k1", "name": "Lodge", "estimatedMinutes": 60, "completed": True}],
    "webUrl": "https://practicemanager.xero.test/j1",
}
JOB_XML = """<Job><ID>J000123</ID><UUID>j1</UUID><Name>BAS</Name>
<Client><UUID>c1</UUID><Name>Brown &amp; Co</Name></Client><ClientOrderNumber>R-12</ClientOrderNumber>
<State>Planned</State><Manager><UUID>s1</UUID><Name>Jane Doe</Name></Manager><Partner/>
<StartDate>2026-11-20T00:00:00</StartDate><DueDate>2026-12-31T00:00:00</DueDate><Budget>880.50</Budget>
<Assigned><Staff><UUID>s2</UUID><Name>Mike</Name></Staff></Assigned>
<Tasks><Task><UUID>t1</UUID><TaskUUID>k1</TaskUUID><Name>Lodge</Name><EstimatedMinutes>60</EstimatedMinutes>
<Completed>true</Completed></Task></Tasks><WebURL>https://practicemanager.xero.test/j1</WebURL></Job>"""

Answer = Callable[[str, Any, str], dict[str, Any]]


@pytest.fixture
def api(transport: Transport) -> PracticeManagerApi:
    return PracticeManagerApi(transport)


def as_json(data: dict[str, Any]) -> dict[str, Any]:
    return {"text": json.dumps({"status": "OK", **data}), "headers": {"Content-Type": "application/json"}}


def as_xml(inner: str) -> dict[str, Any]:
    text = f'<?xml version="1.0"?><Response api-method="x"><Status>OK</Status>{inner}</Response>'
    return {"text": text, "headers": {"Content-Type": "text/xml; charset=utf-8"}}


@pytest.mark.parametrize(
    "answer",
    [as_json({"jobs": [JOB]}), as_xml(f"<Jobs>{JOB_XML}</Jobs>")],
    ids=["JSON", "XML"],
)
def test_jobs_of_a_client(api: PracticeManagerApi, requests_mock: rm.Mocker, answer: dict[str, Any]) -> None:
    requests_mock.get(f"{BASE}/job.api/client/c1", **answer)
    (job,) = api.jobs_of_client("c1")
    assert (job.number, job.id, job.client_id, job.order_number) == ("J000123", "j1", "c1", "R-12")
    assert (job.state, job.manager_id, job.partner_id) == ("Planned", "s1", "")
    assert (job.start_date, job.due_date, job.completed_date) == (
        date(2026, 11, 20),
        date(2026, 12, 31),
        None,
    )
    assert job.budget == Decimal("880.5")
    assert job.staff_ids == ("s2",)
    (task,) = job.tasks
    assert (task.id, task.task_id, task.estimated_minutes, task.completed) == ("t1", "k1", 60, True)
    assert job.web_url.endswith("/j1")
    assert api.find_job("c1", "R-12") == job
    assert api.find_job("c1", "R-13") is None


@pytest.mark.parametrize(
    "answer", [as_json({"jobs": []}), as_json({"jobs": None}), as_xml("<Jobs/>"), as_xml("")]
)
def test_no_jobs(api: PracticeManagerApi, requests_mock: rm.Mocker, answer: dict[str, Any]) -> None:
    requests_mock.get(f"{BASE}/job.api/current", **answer)
    assert api.current_jobs() == []


def test_the_headers_leave_no_doubt(api: PracticeManagerApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/job.api/add", **as_json({"job": JOB}))
    api.create_job(JobFields("BAS", "c1", date(2026, 11, 20), date(2026, 12, 31)))
    sent = requests_mock.last_request.headers
    assert sent["Accept"] == "application/json"
    assert sent["Content-Type"] == "application/json"
    assert sent["Xero-Features"] == "practice-strict-content-type"
    assert "Idempotency-Key" not in sent


def test_making_a_job(api: PracticeManagerApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/job.api/add", **as_json({"job": JOB}))
    fields = JobFields(
        "BAS",
        "c1",
        date(2026, 11, 20),
        date(2026, 12, 31),
        order_number="R-12",
        template_id="tp1",
        budget=Decimal("880.50"),
    )
    assert api.create_job(fields).number == "J000123"
    assert requests_mock.last_request.json() == {
        "name": "BAS",
        "clientUuid": "c1",
        "startDate": "20261120",
        "dueDate": "20261231",
        "clientNumber": "R-12",
        "templateUuid": "tp1",
        "budget": 880.5,
    }


@pytest.mark.parametrize("answer", [as_json({}), as_json({"job": None}), as_xml(""), as_xml("<Job/>")])
def test_a_job_that_may_have_been_made(
    api: PracticeManagerApi, requests_mock: rm.Mocker, answer: dict[str, Any]
) -> None:
    requests_mock.post(f"{BASE}/job.api/add", **answer)
    with pytest.raises(Again) as caught:
        api.create_job(JobFields("BAS", "c1", date(2026, 11, 20), date(2026, 12, 31)))
    assert caught.value.maybe_done is True


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("language", ["json", "xml"])
def test_a_refusal_is_one_whatever_the_status(
    api: PracticeManagerApi, requests_mock: rm.Mocker, status: int, language: str
) -> None:
    said = "An active client is required"
    if language == "json":
        answer = as_json({"status": "ERROR", "errorDescription": said})
    else:
        answer = as_xml("")
        answer["text"] = (
            f"<Response><Status>ERROR</Status><ErrorDescription>{said}</ErrorDescription></Response>"
        )
    requests_mock.post(f"{BASE}/job.api/add", status_code=status, **answer)
    with pytest.raises(Permanent) as caught:
        api.create_job(JobFields("BAS", "c1", date(2026, 11, 20), date(2026, 12, 31)))
    assert said in caught.value.sentence


def test_moving_and_staffing(api: PracticeManagerApi, requests_mock: rm.Mocker) -> None:
    for path in ("state", "assign"):
        requests_mock.put(f"{BASE}/job.api/{path}", **as_json({"job": JOB}))
    api.set_job_state("J000123", "INPROGRESS_1")
    assert requests_mock.last_request.json() == {"id": "J000123", "state": "INPROGRESS_1"}
    api.assign("J000123", manager_id="s1", partner_id="s3", staff_ids=["s2"], task_id="t1")
    assert requests_mock.last_request.json() == {
        "id": "J000123",
        "add-manager": {"uuid": "s1"},
        "add-partner": {"uuid": "s3"},
        "add": [{"uuid": "s2", "task-uuid": "t1"}],
    }
    api.assign("J000123", manager_id="s1")
    assert requests_mock.last_request.json() == {"id": "J000123", "add-manager": {"uuid": "s1"}}
    api.unassign_manager("J000123")
    assert requests_mock.last_request.json() == {"id": "J000123", "remove-manager": {}}


def test_templates_tasks_notes_documents(api: PracticeManagerApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/job.api/applytemplate", **as_json({"job": JOB}))
    requests_mock.post(f"{BASE}/job.api/task", **as_json({"uuid": "t2"}))
    requests_mock.put(f"{BASE}/job.api/task/t2/complete", **as_json({"job": JOB}))
    requests_mock.put(f"{BASE}/job.api/task/t2/reopen", **as_json({"job": JOB}))
    requests_mock.post(f"{BASE}/job.api/note", **as_json({"job": JOB}))
    requests_mock.post(f"{BASE}/job.api/document", **as_json({"job": JOB}))
    requests_mock.get(
        f"{BASE}/job.api/documents/J1", **as_json({"documents": [{"title": "Return", "fileName": "r.pdf"}]})
    )
    api.apply_template("J1", "tp1")
    assert requests_mock.last_request.json() == {"id": "J1", "templateUuid": "tp1", "taskMode": "AddNew"}
    api.apply_template("J1", "tp1", append=True)
    assert requests_mock.last_request.json()["taskMode"] == "AppendExisting"
    assert api.add_task("J1", "k1", label="First", minutes=30) == "t2"
    assert requests_mock.last_request.json() == {
        "job": "J1",
        "taskUuid": "k1",
        "label": "First",
        "estimatedMinutes": 30,
    }
    api.complete_task("t2")
    api.reopen_task("t2")
    api.add_note("J1", "Hello", "World")
    assert requests_mock.last_request.json() == {
        "job": "J1",
        "title": "Hello",
        "text": "World",
        "public": False,
    }
    api.add_document("J1", "Return", "r.pdf", b"%PDF\x00")
    assert base64.b64decode(requests_mock.last_request.json()["content"]) == b"%PDF\x00"
    assert api.documents("J1")[0].file_name == "r.pdf"


@pytest.mark.parametrize(
    ("path", "json_name", "xml_text", "ask"),
    [
        (
            "template",
            "templates",
            "<Templates><Template>{}</Template></Templates>",
            PracticeManagerApi.templates,
        ),
        (
            "category",
            "categories",
            "<Categories><Category>{}</Category></Categories>",
            PracticeManagerApi.categories,
        ),
        (
            "jobstate",
            "jobStates",
            "<JobStates><JobState>{}</JobState></JobStates>",
            PracticeManagerApi.job_states,
        ),
    ],
)
def test_settings(
    api: PracticeManagerApi,
    requests_mock: rm.Mocker,
    path: str,
    json_name: str,
    xml_text: str,
    ask: Callable[[PracticeManagerApi], list[Named]],
) -> None:
    answers = [
        as_json({json_name: [{"uuid": "x1", "name": "X"}]}),
        as_xml(xml_text.format("<UUID>x1</UUID><Name>X</Name>")),
    ]
    requests_mock.get(f"{BASE}/{path}.api/list", answers)
    assert ask(api) == ask(api) == [Named("x1", "X")]


def test_staff(api: PracticeManagerApi, requests_mock: rm.Mocker) -> None:
    row = "<StaffList><Staff><UUID>s1</UUID><Name>Jane Doe</Name><Email>jane@abc.test</Email></Staff></StaffList>"
    answers = [
        as_json({"staffList": [{"uuid": "s1", "name": "Jane Doe", "email": "jane@abc.test"}]}),
        as_xml(row),
    ]
    requests_mock.get(f"{BASE}/staff.api/list", answers)
    assert api.staff() == api.staff() == [StaffMember("s1", "Jane Doe", "jane@abc.test")]


class TestClients:
    ROW = {
        "uuid": "c1",
        "name": "Brown & Co",
        "email": None,
        "isArchived": "No",
        "jobManager": {"uuid": "s1"},
    }

    @pytest.mark.parametrize("following", ["abc", "https://evil.example/list?pageToken=abc&pageSize=500"])
    def test_page_after_page(self, api: PracticeManagerApi, requests_mock: rm.Mocker, following: str) -> None:
        pages = [
            as_json({"clients": [self.ROW], "pagination": {"links": {"next": following}}}),
            as_json({"clients": [self.ROW], "pagination": {"links": {"next": None}}}),
        ]
        requests_mock.get(f"{BASE}/client.api/paged-list", pages)
        assert [len(found) for found in api.clients()] == [1, 1]
        assert requests_mock.last_request.qs == {"pagesize": ["500"], "pagetoken": ["abc"]}

    def test_one_and_some(self, api: PracticeManagerApi, requests_mock: rm.Mocker) -> None:
        requests_mock.get(
            f"{BASE}/client.api/get/c1", **as_json({"client": {**self.ROW, "isArchived": "Yes"}})
        )
        requests_mock.get(f"{BASE}/client.api/search", **as_json({"clients": [self.ROW]}))
        requests_mock.post(f"{BASE}/client.api/add", **as_json({"client": self.ROW}))
        found = api.client("c1")
        assert (found.is_archived, found.job_manager_id, found.email) == (True, "s1", "")
        assert api.search_clients("brown")[0].is_archived is False
        assert api.create_client(PracticeClientFields("Brown & Co", code="B1")).id == "c1"
        assert requests_mock.last_request.json() == {"name": "Brown & Co", "clientCode": "B1"}


def test_the_list_of_jobs_spans_a_year_at_most(api: PracticeManagerApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/job.api/list", **as_json({"jobs": [JOB]}))
    assert len(api.jobs(date(2026, 1, 1), date(2026, 12, 31))) == 1
    assert requests_mock.last_request.qs == {"from": ["20260101"], "to": ["20261231"]}
    for start, end in ((date(2025, 1, 1), date(2026, 12, 31)), (date(2026, 2, 1), date(2026, 1, 1))):
        with pytest.raises(ValueError):
            api.jobs(start, end)


def test_a_missing_scope_names_the_broad_one(api: PracticeManagerApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(
        f"{BASE}/template.api/list", status_code=403, json={"Detail": "AuthorizationUnsuccessful"}
    )
    with pytest.raises(MissingScope) as caught:
        api.templates()
    assert caught.value.scope == "practicemanager.read"


def test_one_job(api: PracticeManagerApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/job.api/get/J000123", **as_xml(JOB_XML))
    assert api.job("J000123").name == "BAS"
