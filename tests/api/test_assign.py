"""Assigning by programs: the main job."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.models import Operation


@pytest.fixture
def alice(api):
    return api("admin@abc.test")


def assign(program, request_id, accountant_id):
    return program.post(f"/api/requests/{request_id}/assign", {"accountant_id": str(accountant_id)})


def operations_of(cast, company_id, request_id) -> list[Operation]:
    return cast.read(company_id, select(Operation).where(Operation.subject_id == request_id))


def test_assigning_makes_the_job_in_xero(alice, cast, simulator, work):
    some, jane = cast.request(cast.abc, status="new"), cast.member(cast.abc, "Jane")
    answer = assign(alice, some.id, jane.id)
    assert answer.status_code == 200
    assert answer.json["status"] == "assigned"
    assert answer.json["assignee"] == {"id": str(jane.id), "name": "Jane Doe"}
    assert answer.json["assigned_at"]
    assert answer.json["job"]["state"] == "queued"
    work()
    after = alice.get(f"/api/requests/{some.id}").json
    assert after["job"] == {
        "state": "done",
        "sentence": f"In Xero as {after['xero_job_name']}.",
        "whose_move": None,
        "next_try_at": None,
    }
    assert some.reference in after["xero_job_name"]
    assert after["xero_job_id"]
    assert after["xero_synced_at"]
    assert after["xero_sync_error"] is None


def test_assigning_again_is_one_job(alice, cast, simulator, work):
    some, jane = cast.request(cast.abc, status="new"), cast.member(cast.abc, "Jane")
    first = assign(alice, some.id, jane.id).json
    second = assign(alice, some.id, jane.id).json
    assert first == second
    work()
    third = assign(alice, some.id, cast.member(cast.abc, "Mike").id).json
    assert third["assignee"]["name"] == "Mike Brown"
    assert len(operations_of(cast, cast.abc, some.id)) == 1
    history = alice.get(f"/api/requests/{some.id}/history").json["items"]
    kinds = [event["kind"] for event in history]
    assert (kinds.count("assigned"), kinds.count("reassigned")) == (1, 1)


def test_a_practice_without_xero_assigns_all_the_same(api, cast):
    nina, some = api("admin@xyz.test"), cast.request(cast.xyz, status="new")
    answer = assign(nina, some.id, cast.member(cast.xyz, "Omar").id)
    assert answer.status_code == 200
    assert answer.json["assignee"]["name"] == "Omar Haddad"
    assert answer.json["job"]["state"] == "not_connected"
    assert operations_of(cast, cast.xyz, some.id) == []


def test_an_accountant_may_assign(api, cast):
    some, sarah = cast.request(cast.abc, status="new"), cast.member(cast.abc, "Sarah")
    assert assign(api("mike@abc.test"), some.id, sarah.id).status_code == 200


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_a_request_that_is_over_is_not_assigned(alice, cast, status):
    some = cast.request(cast.abc, status=status)
    before = alice.get(f"/api/requests/{some.id}").json
    answer = assign(alice, some.id, cast.member(cast.abc, "Jane").id)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "wrong_state")
    assert some.reference in answer.json["error"]["message"]
    assert alice.get(f"/api/requests/{some.id}").json == before


def test_strangers_clients_and_nobody_are_refused_alike(alice, cast):
    some = cast.request(cast.abc, status="new")
    answers = [
        assign(alice, some.id, person)
        for person in (cast.member(cast.smith, "Priya").id, cast.member(cast.abc, "Hannah").id, uuid4())
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert answers[0].json == answers[1].json == answers[2].json
    assert list(answers[0].json["error"]["fields"]) == ["accountant_id"]
    assert alice.get(f"/api/requests/{some.id}").json["assignee"] is None


def test_many_at_once_with_an_outcome_for_each(alice, cast):
    mike, jane = cast.member(cast.abc, "Mike"), cast.member(cast.abc, "Jane")
    fresh = alice.get("/api/requests?status=new&limit=3").json["items"]
    over = cast.request(cast.abc, status="cancelled")
    theirs = cast.request(cast.abc, status="in_progress", assignee_id=jane.id)
    foreign, nowhere = cast.request(cast.smith, status="new").id, uuid4()
    ids = [*(item["id"] for item in fresh), str(over.id), str(theirs.id), str(foreign), str(nowhere)]
    body = {"request_ids": ids, "accountant_id": str(jane.id)}
    outcomes = alice.post("/api/requests/assign", body).json["outcomes"]
    told = {one["request_id"]: one for one in outcomes}
    assert set(told) == set(ids)
    assert len(outcomes) == len(ids)
    assert {told[item["id"]]["outcome"] for item in fresh} == {"assigned"}
    assert told[str(over.id)]["outcome"] == "refused"
    assert told[str(over.id)]["sentence"].startswith(over.reference)
    assert told[str(theirs.id)]["outcome"] == "unchanged"
    unknown = [{**told[str(one)], "request_id": ""} for one in (foreign, nowhere)]
    assert unknown[0] == unknown[1]
    assert unknown[0]["outcome"] == "not_found"
    assert cast.request(cast.smith, id=foreign).assignee_id is None
    assert alice.get(f"/api/requests/{fresh[0]['id']}").json["assignee"]["name"] == "Jane Doe"
    assert mike.id != jane.id


def test_no_more_than_two_hundred_at_once(alice, cast):
    body = {
        "request_ids": [str(uuid4()) for _ in range(201)],
        "accountant_id": str(cast.member(cast.abc, "Jane").id),
    }
    answer = alice.post("/api/requests/assign", body)
    assert answer.status_code == 422
    assert answer.json["error"]["fields"] == {"request_ids": ["Must have at most 200 entries."]}
    none = alice.post("/api/requests/assign", {**body, "request_ids": []})
    assert none.json["error"]["fields"] == {"request_ids": ["Must not be empty."]}


def test_a_wrong_accountant_for_many_plans_nothing(alice, cast):
    some = cast.request(cast.abc, status="new")
    before = cast.read(cast.abc, select(func.count(Operation.id)))
    body = {"request_ids": [str(some.id)], "accountant_id": str(cast.member(cast.smith, "Tom").id)}
    assert alice.post("/api/requests/assign", body).status_code == 422
    assert cast.read(cast.abc, select(func.count(Operation.id))) == before
