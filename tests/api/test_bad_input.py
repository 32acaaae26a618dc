"""What programs send wrong: a clear sentence, nothing changed, nothing in the log that should not be."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.models import RequestEvent, ServiceRequest

NEVER = "0b5f3c1e-7a44-4f0a-9c57-2d1a6c1f8e20"
DATE = "Must be a date such as 2026-11-30."
AMOUNT = "Must be an amount such as 350.00."
ID = f"Must be an id (UUID) such as {NEVER}."


@pytest.fixture
def jane(api):
    return api("jane@abc.test")


@pytest.fixture
def right(cast) -> dict:
    """A body that would be taken."""
    return {
        "client_id": str(cast.client(cast.abc).id),
        "service_id": str(cast.service(cast.abc, "BAS").id),
    }


def written(cast) -> list[int]:
    return [cast.read(cast.abc, select(func.count(model.id)))[0] for model in (ServiceRequest, RequestEvent)]


WRONG_VALUES = [
    ({"due_on": "30/11/2026"}, DATE),
    ({"due_on": "2026-02-30"}, DATE),
    ({"due_on": "2026-11-30T09:00:00Z"}, DATE),
    ({"due_on": "86400"}, DATE),
    ({"due_on": 20261130}, DATE),
    ({"price": "four hundred"}, AMOUNT),
    ({"price": "NaN"}, AMOUNT),
    ({"price": ["350.00"]}, AMOUNT),
    ({"price": "10.001"}, AMOUNT),
    ({"price": "-5.00"}, AMOUNT),
    ({"price": -5}, "Must be 0 or more."),
    ({"client_id": "ABC-C0001"}, ID),
    ({"client_id": 7}, ID),
    ({"client_id": None}, ID),
    ({"office_id": ""}, ID),
    ({"note": "x" * 2001}, "Must have at most 2,000 characters."),
    ({"note": ["a"]}, "Must be text."),
    ({"status": "new"}, "There is no such field."),
    ({"reference": "ABC-1"}, "There is no such field."),
    ({"xero_job_id": "1"}, "There is no such field."),
]


def test_a_wrong_value_is_named_with_a_sentence(jane, cast, right):
    before = written(cast)
    for wrong, sentence in WRONG_VALUES:
        answer = jane.post("/api/requests", {**right, **wrong})
        (field,) = wrong
        assert answer.status_code == 422
        assert answer.json["error"] == {
            "code": "invalid",
            "message": f"{field}: {sentence}",
            "fields": {field: [sentence]},
        }
        assert written(cast) == before


def test_what_the_practice_would_not_take_is_said_at_the_field(jane, cast, right):
    before = written(cast)
    yesterday = datetime.now(UTC).date() - timedelta(days=2)
    for wrong in (
        {"due_on": str(yesterday)},
        {"due_on": "2199-01-01"},
        {"client_id": str(cast.client(cast.smith).id)},
        {"service_id": str(cast.service(cast.smith, "BAS").id)},
        {"office_id": NEVER},
    ):
        answer = jane.post("/api/requests", {**right, **wrong})
        assert answer.status_code == 422, wrong
        assert list(answer.json["error"]["fields"]) == list(wrong)
    assert written(cast) == before


def test_every_wrong_value_is_named_at_once(jane):
    error = jane.post("/api/requests", {"service_id": "x", "price": "y", "colour": "z"}).json["error"]
    assert error["message"] == "4 values need another look: client_id, service_id, price, colour."
    assert error["fields"]["client_id"] == ["This is needed."]


NO_OBJECTS = [
    ({"data": "client_id=1", "content_type": "application/x-www-form-urlencoded"}, 415, "not_json"),
    ({"data": "{}", "content_type": "text/plain"}, 415, "not_json"),
    ({"data": "{}"}, 415, "not_json"),
    ({}, 415, "not_json"),
    ({"data": "", "content_type": "application/json"}, 400, "bad_json"),
    ({"data": "{'a': 1}", "content_type": "application/json"}, 400, "bad_json"),
    ({"data": b'{"note": "\xff"}', "content_type": "application/json"}, 400, "bad_json"),
    ({"data": '{"note": "\\ud800"}', "content_type": "application/json"}, 400, "bad_json"),
    ({"data": "[" * 5000, "content_type": "application/json"}, 400, "bad_json"),
    ({"data": "[]", "content_type": "application/json"}, 422, "invalid"),
    ({"data": "null", "content_type": "application/json"}, 422, "invalid"),
    ({"data": '"' + "x" * 1024 * 1024 + '"', "content_type": "application/json"}, 413, "too_large"),
]


def test_a_body_that_is_no_json_object(jane, cast):
    before = written(cast)
    for sent, status, code in NO_OBJECTS:
        answer = jane.post("/api/requests", **sent)
        assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
        assert written(cast) == before


WRONG_QUERIES = [
    ("limit=0", "limit", "Must be 1 or more."),
    ("limit=201", "limit", "Must be 200 or less."),
    ("limit=many", "limit", "Must be a whole number."),
    ("limit=10&limit=20", "limit", "Give this once only."),
    ("status=done", "status", None),
    ("assignee_id=jane", "assignee_id", ID),
    ("unassigned=maybe", "unassigned", "Must be true or false."),
    ("due_before=tomorrow", "due_before", DATE),
    ("due_before=86400", "due_before", DATE),
    ("q=%00", "q", "Must be one line, without control characters."),
    ("q=", "q", "Must not be empty."),
    ("offset=50", "offset", "There is no such query parameter."),
    (f"company_id={NEVER}", "company_id", "There is no such query parameter."),
]


def test_a_wrong_query(jane):
    for query, field, sentence in WRONG_QUERIES:
        answer = jane.get(f"/api/requests?{query}")
        assert answer.status_code == 422
        assert list(answer.json["error"]["fields"]) == [field]
        told = answer.json["error"]["fields"][field]
        assert told[0].endswith(".")
        assert sentence in told or sentence is None


NO_CURSORS = ["x", "W10", "%00", "WyIxIiwiMiJd", "W1tbW10", "é", "bnVsbA", "x" * 1001]


def test_a_cursor_that_is_none(jane):
    for cursor in NO_CURSORS:
        for path in ("/api/requests", "/api/clients", "/api/services", "/api/staff", "/api/offices"):
            answer = jane.get(f"{path}?cursor={cursor}")
            assert answer.status_code == 422, path


def test_addresses_that_are_none_answer_in_json(jane):
    for path in ("/api/nothing", "/api/requests/ABC-1042", "/api/requests/1/assign"):
        answer = jane.get(path)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found"), path


def test_a_method_that_is_not_taken(jane):
    answer = jane.delete("/api/requests")
    assert (answer.status_code, answer.json["error"]["code"]) == (405, "method_not_allowed")


def test_comments_must_say_something(jane, cast):
    some = cast.request(cast.abc)
    for text in ("", "   ", "x" * 2001, None):
        answer = jane.post(f"/api/requests/{some.id}/comments", {"text": text})
        assert answer.status_code == 422
        assert list(answer.json["error"]["fields"]) == ["text"]


def test_moves_that_do_not_fit_the_state(jane, cast):
    for was, wanted in (("new", "completed"), ("cancelled", "in_progress"), ("completed", "new")):
        some = cast.request(cast.abc, status=was)
        answer = jane.patch(f"/api/requests/{some.id}", {"status": wanted})
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "wrong_state")
        assert cast.request(cast.abc, id=some.id).status == was


def test_what_was_sent_wrong_stays_out_of_the_log(api, jane, caplog):
    caplog.set_level("INFO")
    secret = "swordfish-7431"
    api().post("/api/auth/login", {"email": "admin@abc.test", "password": [secret]})
    api().post("/api/auth/login", {"email": "admin@abc.test", "password": secret})
    api().post("/api/auth/refresh", {"refresh_token": secret})
    api().with_token(secret).get("/api/auth/me")
    jane.post("/api/clients", {"name": secret, "email": secret})
    assert secret not in caplog.text
