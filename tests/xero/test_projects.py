from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests_mock as rm

from app.xero.errors import Again, Permanent
from app.xero.projects import Amount, ProjectsApi
from app.xero.transport import Transport
from tests.xero.doubles import API

BASE = f"{API}/projects.xro/2.0"
PROJECT = {
    "projectId": "p1",
    "contactId": "c1",
    "name": "BAS - Brown & Co (R-12)",
    "currencyCode": "AUD",
    "minutesLogged": 90,
    "deadlineUtc": "2026-12-31T10:00:00Z",
    "estimate": {"currency": "AUD", "value": 99.99},
    "totalInvoiced": {"currency": "AUD", "value": 0.0},
    "status": "INPROGRESS",
    "unknown": [],
}
TASK = {
    "taskId": "t1",
    "projectId": "p1",
    "name": "Lodge",
    "rate": {"currency": "AUD", "value": 150.00},
    "chargeType": "FIXED",
    "estimateMinutes": 60,
    "totalMinutes": 0,
    "status": "ACTIVE",
}


@pytest.fixture
def api(transport: Transport) -> ProjectsApi:
    return ProjectsApi(transport)


def paged(rows: list[Any], size: int) -> Any:
    def answer(request: Any, _: Any) -> dict[str, Any]:
        page = int(request.qs["page"][0])
        count = -(-len(rows) // size)
        return {
            "pagination": {"page": page, "pageSize": size, "pageCount": count, "itemCount": len(rows)},
            "items": rows[(page - 1) * size : page * size],
        }

    return answer


def test_all_projects_of_a_contact(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    rows = [{**PROJECT, "projectId": f"p{number}"} for number in range(5)]
    requests_mock.get(f"{BASE}/Projects", json=paged(rows, 2))
    found = api.projects("c1", "INPROGRESS")
    assert [project.id for project in found] == ["p0", "p1", "p2", "p3", "p4"]
    assert requests_mock.call_count == 3
    assert requests_mock.request_history[0].query == "contactid=c1&states=inprogress&page=1&pagesize=500"


def test_no_projects(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/Projects", json=paged([], 2))
    assert api.projects() == []
    assert requests_mock.call_count == 1


def test_one_project(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/Projects/p1", json=PROJECT)
    found = api.project("p1")
    assert found.name == "BAS - Brown & Co (R-12)"
    assert found.deadline == datetime(2026, 12, 31, 10, tzinfo=UTC)
    assert found.estimate == Amount("AUD", Decimal("99.99"))
    assert (found.status, found.minutes_logged) == ("INPROGRESS", 90)


def test_creating(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/Projects", status_code=201, json=PROJECT)
    made = api.create_project("c1", "BAS", date(2026, 12, 31), Decimal("1250.10"), "key-1")
    assert made.id == "p1"
    assert requests_mock.last_request.text == (
        '{"contactId":"c1","name":"BAS","deadlineUtc":"2026-12-31T10:00:00Z","estimateAmount":1250.10}'
    )
    assert requests_mock.last_request.headers["Idempotency-Key"] == "key-1"


def test_creating_with_the_least(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/Projects", status_code=201, json={"projectId": "p1", "name": "BAS"})
    made = api.create_project("c1", "BAS")
    assert requests_mock.last_request.json() == {"contactId": "c1", "name": "BAS"}
    assert (made.deadline, made.estimate, made.contact_id) == (None, None, "")


def test_a_refusal_tells_why(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    body = {"message": "The request is invalid.", "modelState": {"model.ContactId": ["Contact is archived."]}}
    requests_mock.post(f"{BASE}/Projects", status_code=400, json=body)
    with pytest.raises(Permanent) as caught:
        api.create_project("c1", "BAS")
    assert caught.value.details == ["Contact is archived."]


def test_an_answer_that_is_no_project(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/Projects", status_code=201, text="")
    with pytest.raises(Again) as caught:
        api.create_project("c1", "BAS")
    assert caught.value.maybe_done is True


def test_changing_and_closing(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    requests_mock.put(f"{BASE}/Projects/p1", status_code=204)
    requests_mock.patch(f"{BASE}/Projects/p1", status_code=204)
    api.update_project("p1", "New", date(2026, 1, 2), idempotency_key="k1")
    assert requests_mock.last_request.json() == {"name": "New", "deadlineUtc": "2026-01-02T10:00:00Z"}
    api.set_status("p1", "CLOSED", "k2")
    assert requests_mock.last_request.json() == {"status": "CLOSED"}


def test_people(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    rows = [{"userId": "u1", "name": "Jane Doe", "email": "jane@abc.test"}]
    requests_mock.get(f"{BASE}/ProjectsUsers", json=paged(rows, 50))
    (user,) = api.users()
    assert (user.id, user.name, user.email) == ("u1", "Jane Doe", "jane@abc.test")


def test_tasks(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/Projects/p1/Tasks", json=paged([TASK, {**TASK, "estimateMinutes": None}], 50))
    first, second = api.tasks("p1")
    assert (first.name, first.rate, first.charge_type) == ("Lodge", Amount("AUD", Decimal("150.0")), "FIXED")
    assert (first.estimate_minutes, second.estimate_minutes) == (60, None)


def test_adding_a_task(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/Projects/p1/Tasks", status_code=201, json=TASK)
    made = api.create_task("p1", "Lodge", Decimal("150.00"), "AUD", "FIXED", 60, "key-3")
    assert made.id == "t1"
    assert requests_mock.last_request.text == (
        '{"name":"Lodge","chargeType":"FIXED","rate":{"currency":"AUD","value":150.00},"estimateMinutes":60}'
    )
    api.create_task("p1", "Talk", charge_type="NON_CHARGEABLE")
    assert requests_mock.last_request.json() == {"name": "Talk", "chargeType": "NON_CHARGEABLE"}
    with pytest.raises(ValueError):
        api.create_task("p1", "Lodge", Decimal(1))


ENTRY = {
    "timeEntryId": "e1",
    "userId": "u1",
    "projectId": "p1",
    "taskId": "t1",
    "dateUtc": "2026-11-20T01:02:03Z",
    "duration": 45,
    "description": "Call",
    "status": "ACTIVE",
}


def test_changing_and_removing_a_task(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    requests_mock.put(f"{BASE}/Projects/p1/Tasks/t1", status_code=204)
    requests_mock.delete(f"{BASE}/Projects/p1/Tasks/t1", status_code=204)
    api.update_task("p1", "t1", "Lodge", Decimal("9.50"), "AUD", "FIXED", idempotency_key="k")
    assert requests_mock.last_request.text == (
        '{"name":"Lodge","chargeType":"FIXED","rate":{"currency":"AUD","value":9.50}}'
    )
    api.delete_task("p1", "t1")
    assert requests_mock.last_request.method == "DELETE"


def test_time(api: ProjectsApi, requests_mock: rm.Mocker) -> None:
    path = f"{BASE}/Projects/p1/Time"
    requests_mock.get(path, json=paged([ENTRY], 50))
    requests_mock.post(path, json=ENTRY)
    requests_mock.delete(f"{path}/e1", status_code=204)
    moment = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    (entry,) = api.time_entries("p1", after=moment)
    assert requests_mock.last_request.qs["dateafterutc"] == ["2026-11-20t01:02:03z"]
    assert (entry.minutes, entry.at, entry.user_id) == (45, moment, "u1")
    assert api.create_time_entry("p1", "t1", "u1", moment, 45, "Call", "k") == entry
    assert requests_mock.last_request.json() == {
        "userId": "u1",
        "taskId": "t1",
        "dateUtc": "2026-11-20T01:02:03Z",
        "duration": 45,
        "description": "Call",
    }
    api.delete_time_entry("p1", "e1")
    for minutes in (0, 59_941):
        with pytest.raises(ValueError):
            api.create_time_entry("p1", "t1", "u1", moment, minutes)
