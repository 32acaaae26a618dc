"""Service requests by programs: list, read, add, change, history, comments."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.models import ServiceRequest


@pytest.fixture
def jane(api):
    return api("jane@abc.test")


def add(program, cast, company_id, **more) -> dict:
    answer = program.post(
        "/api/requests",
        {
            "client_id": str(cast.client(company_id).id),
            "service_id": str(cast.service(company_id, "BAS").id),
            **more,
        },
    )
    assert answer.status_code == 201, answer.json
    return answer.json


def test_adding_takes_price_and_due_date_from_the_service(jane, cast):
    made = add(jane, cast, cast.abc, note="  For the June quarter, please.  ")
    assert made["reference"].startswith("ABC-")
    assert (made["status"], made["assignee"]) == ("new", None)
    assert (made["price"], made["note"]) == ("275.00", "For the June quarter, please.")
    assert made["client"]["name"] == cast.client(cast.abc).name
    assert date.fromisoformat(made["due_on"]) > datetime.now(UTC).date()
    assert made["job"]["state"] == "none"
    assert made["job"]["sentence"] == "No job yet: it is made when the request is assigned."
    assert jane.get(f"/api/requests/{made['id']}").json == made


def test_money_comes_as_text_or_number_and_leaves_as_text(jane, cast):
    for price in ("410.50", "410.5", 410.5):
        assert add(jane, cast, cast.abc, price=price)["price"] == "410.50"


def test_pages_of_the_list_hold_every_request_once(jane, cast):
    everything = {str(row.id) for row in cast.read(cast.abc, _all())}
    seen, path = [], "/api/requests?limit=25"
    while path:
        page = jane.get(path).json
        assert len(page["items"]) <= 25
        seen += page["items"]
        path = page["next_cursor"] and f"/api/requests?limit=25&cursor={page['next_cursor']}"
    assert len(everything) > 50
    assert sorted(item["id"] for item in seen) == sorted(everything)
    assert [item["created_at"] for item in seen] == sorted(
        (item["created_at"] for item in seen), reverse=True
    )


def _all():
    from sqlalchemy import select

    return select(ServiceRequest)


def test_filters_narrow_the_list(jane, cast):
    mine = cast.member(cast.abc, "Jane").id
    bas = cast.service(cast.abc, "BAS").id
    some = cast.request(cast.abc, status="in_progress")

    def items(query: str) -> list[dict]:
        found = jane.get(f"/api/requests?limit=200&{query}").json["items"]
        assert found, query
        return found

    assert {item["status"] for item in items("status=in_progress")} == {"in_progress"}
    assert not {"completed", "cancelled"} & {item["status"] for item in items("status=open")}
    assert {item["assignee"]["id"] for item in items(f"assignee_id={mine}")} == {str(mine)}
    assert {item["assignee"] for item in items("unassigned=true")} == {None}
    assert {item["service"]["name"] for item in items(f"service_id={bas}")} == {"BAS"}
    assert {item["client"]["id"] for item in items(f"client_id={some.client_id}")} == {str(some.client_id)}
    assert [item["reference"] for item in items(f"q={some.reference}")] == [some.reference]
    assert {item["job"]["state"] for item in items("job=failed")} == {"failed"}
    today = datetime.now(UTC).date()
    assert all(item["due_on"] < str(today) for item in items(f"due_before={today}"))
    assert all(item["due_on"] >= str(today) for item in items(f"due_from={today}"))
    assert jane.get(f"/api/requests?status=completed&q={some.reference}").json["items"] == []


def test_a_failed_job_says_why_and_whose_move_it_is(jane):
    failed = jane.get("/api/requests?job=failed&limit=1").json["items"][0]["job"]
    assert failed["sentence"].endswith(".")
    assert failed["whose_move"]
    assert failed["next_try_at"] is None


def test_changing_writes_what_is_sent_and_leaves_the_rest(jane, cast):
    made = add(jane, cast, cast.abc, note="Ring first")
    due = str(datetime.now(UTC).date() + timedelta(days=40))
    changed = jane.patch(f"/api/requests/{made['id']}", {"due_on": due, "price": "500.00"}).json
    kept = {"updated_at", "due_on", "price"}
    assert {name: changed[name] for name in changed if name not in kept} == {
        name: made[name] for name in made if name not in kept
    }
    assert (changed["due_on"], changed["price"]) == (due, "500.00")
    assert jane.patch(f"/api/requests/{made['id']}", {"note": None}).json["note"] is None
    assert jane.patch(f"/api/requests/{made['id']}", {}).status_code == 200


def test_moving_along_and_back(jane, cast):
    some = cast.request(cast.abc, status="in_progress")
    done = jane.patch(f"/api/requests/{some.id}", {"status": "completed"}).json
    assert done["status"] == "completed"
    assert done["completed_at"]
    assert jane.patch(f"/api/requests/{some.id}", {"status": "completed"}).status_code == 200
    again = jane.patch(f"/api/requests/{some.id}", {"status": "in_progress"}).json
    assert (again["status"], again["completed_at"]) == ("in_progress", None)


def test_a_change_that_fails_half_way_changes_nothing(jane, cast):
    made = add(jane, cast, cast.abc)
    answer = jane.patch(f"/api/requests/{made['id']}", {"price": "1.00", "status": "completed"})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "wrong_state")
    assert jane.get(f"/api/requests/{made['id']}").json == made


def test_history_tells_what_happened_newest_first(jane, cast):
    made = add(jane, cast, cast.abc)
    said = jane.post(f"/api/requests/{made['id']}/comments", {"text": "Waiting for the\nledger"})
    assert said.status_code == 201
    assert (said.json["actor_name"], said.json["internal"]) == ("Jane Doe", True)
    shown = jane.post(f"/api/requests/{made['id']}/comments", {"text": "Got it", "internal": False}).json
    page = jane.get(f"/api/requests/{made['id']}/history?limit=2").json
    assert page["items"] == [shown, said.json]
    rest = jane.get(f"/api/requests/{made['id']}/history?limit=2&cursor={page['next_cursor']}").json
    assert [event["kind"] for event in rest["items"]] == ["created"]
    assert rest["next_cursor"] is None
