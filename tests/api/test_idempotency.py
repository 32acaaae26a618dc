"""`Idempotency-Key`: sent twice, done once."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, func, select, text

from app.api.docs.endpoints import endpoints
from app.api.docs.openapi import document
from app.extensions import db
from app.models import ApiReply, Client, Operation, RequestEvent, now
from app.tasks.periodic import prune_replies
from app.tenancy import company_scope
from tests.support.people import Api

NEW = {"name": "Harbour Boats", "kind": "company"}


def add(program, key="k-1", body=None, **more):
    return program.post("/api/clients", body or NEW, headers={"Idempotency-Key": key}, **more)


def count(app, company_id, model, *where) -> int:
    with app.app_context(), company_scope(company_id):
        return db.session.scalar(select(func.count()).select_from(model).where(*where))


def boats(app, company_id) -> int:
    return count(app, company_id, Client, Client.name == NEW["name"])


def test_the_second_gets_the_first_ones_answer(api, app, cast):
    program = api("admin@abc.test")
    first, second = add(program), add(program)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert "Idempotent-Replay" not in first.headers
    assert second.headers["Idempotent-Replay"] == "true"
    assert boats(app, cast.abc) == 1


def test_the_answer_is_the_first_ones_though_the_thing_has_changed_since(api, app, cast):
    program = api("admin@abc.test")
    first = add(program).json
    program.patch(f"/api/clients/{first['id']}", {"name": "Harbour Boats and Sons"})
    assert add(program).json["name"] == NEW["name"]


def test_without_a_key_each_call_is_carried_out(api, app, cast):
    program = api("admin@abc.test")
    assert {program.post("/api/clients", NEW).status_code for _ in range(2)} == {201}
    assert boats(app, cast.abc) == 2


def test_a_change_is_made_once_too(api, app, cast):
    program, request_ = api("admin@abc.test"), cast.request(cast.abc, status="new")
    jane = str(cast.member(cast.abc, "Jane").id)
    answers = [
        program.post(
            f"/api/requests/{request_.id}/assign", {"accountant_id": jane}, headers={"Idempotency-Key": "a"}
        )
        for _ in range(3)
    ]
    assert {one.status_code for one in answers} == {200}
    assert answers[0].json == answers[2].json
    assigned = RequestEvent.service_request_id == request_.id, RequestEvent.kind == "assigned"
    assert count(app, cast.abc, RequestEvent, *assigned) == 1


@pytest.mark.parametrize("change", ["another body", "another address", "another method"])
def test_a_key_belongs_to_one_call(api, app, cast, change):
    program = api("admin@abc.test")
    first = add(program).json
    if change == "another body":
        other = add(program, body={**NEW, "name": "Others"})
    else:
        path = "/api/services" if change == "another address" else f"/api/clients/{first['id']}"
        method = "POST" if change == "another address" else "PATCH"
        body = {"name": "Bookkeeping at sea", "base_price": "10.00", "default_due_days": 7}
        sent = body if change == "another address" else {"name": "Others"}
        other = program._open(method, path, sent, headers={"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json["error"]["code"]) == (422, "idempotency_key_reused")
    assert count(app, cast.abc, Client, Client.name == "Others") == 0


def test_keys_are_each_persons_and_each_practices_own(api, app, cast):
    for email in ("admin@abc.test", "jane@abc.test", "admin@smith.test"):
        answer = add(api(email))
        assert (answer.status_code, "Idempotent-Replay" in answer.headers) == (201, False)
    assert (boats(app, cast.abc), boats(app, cast.smith)) == (2, 1)


def test_another_sign_in_of_the_same_person_gets_the_answer(api):
    first = add(api("admin@abc.test")).json
    again = add(api("admin@abc.test"))
    assert again.json == first
    assert again.headers["Idempotent-Replay"] == "true"


@pytest.mark.parametrize("key", ["", " ", "x" * 129, "with space", "ümlaut".encode().decode("latin-1")])
def test_a_key_that_is_none_is_refused(api, app, cast, key):
    answer = add(api("admin@abc.test"), key)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "bad_idempotency_key")
    assert boats(app, cast.abc) == 0


def test_the_longest_key_counts(api, app, cast):
    program = api("admin@abc.test")
    assert add(program, "x" * 128).json == add(program, "x" * 128).json


def test_a_refused_call_may_be_mended_and_sent_again(api, app, cast):
    program = api("admin@abc.test")
    assert add(program, body={**NEW, "email": "no address"}).status_code == 422
    assert add(program).status_code == 201
    assert boats(app, cast.abc) == 1


def test_the_answer_stands_in_the_transaction_of_the_change(api, app, cast, monkeypatch):
    """The change is not kept when its answer cannot be."""
    from app.api import idempotency

    class BrokenError(Exception):
        pass

    def broken(_answer):
        raise BrokenError

    monkeypatch.setattr(idempotency, "make_response", broken)
    assert add(Api(app, "admin@abc.test")).status_code == 500
    assert boats(app, cast.abc) == 0
    monkeypatch.undo()
    assert "Idempotent-Replay" not in add(api("admin@abc.test")).headers
    assert boats(app, cast.abc) == 1


def test_at_once_one_is_carried_out_and_the_others_get_its_answer(app, cast):
    together, told = Barrier(4), []

    def send() -> None:
        program = Api(app, "admin@abc.test")
        together.wait()
        told.append(add(program))

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [one.status_code for one in told] == [201] * 4
    assert len({one.json["id"] for one in told}) == 1
    assert sorted("Idempotent-Replay" in one.headers for one in told) == [False, True, True, True]
    assert boats(app, cast.abc) == 1


def test_who_waits_too_long_is_told(api, app, cast, superuser, request):
    def impatient(connection):
        connection.exec_driver_sql("set local lock_timeout = '300ms'")

    program = api("admin@abc.test")
    with app.app_context():
        engine = db.engine
    # The role's own limit is 15 seconds; the test need not take them. The engine is the next tests' as well.
    event.listen(engine, "begin", impatient)
    request.addfinalizer(lambda: event.remove(engine, "begin", impatient))
    with superuser.connect() as connection:
        who = text("select id from users where email = 'admin@abc.test'")
        held = {"company": cast.abc, "user": connection.scalar(who), "at": now()}
        connection.execute(
            text(
                "insert into api_replies (company_id, id, user_id, key, fingerprint, created_at)"
                " values (:company, gen_random_uuid(), :user, 'k-1', '', :at)"
            ),
            held,
        )
        answer = add(program)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "still_under_way")
    assert add(program).status_code == 201


def test_the_job_is_planned_once_and_rung_for_after_the_commit(api, app, cast, simulator):
    program, request_ = api("admin@abc.test"), cast.request(cast.abc, status="new")
    jane = str(cast.member(cast.abc, "Jane").id)
    for _ in range(2):
        body = {"accountant_id": jane}
        program.post(f"/api/requests/{request_.id}/assign", body, headers={"Idempotency-Key": "a"})
    assert count(app, cast.abc, Operation, Operation.subject_id == request_.id) == 1
    assert app.extensions["redis"].llen("rq:queue:operations") == 1


def test_after_a_day_a_key_is_forgotten(api, app, cast, superuser):
    program = api("admin@abc.test")
    add(program, "old"), add(program, "young")
    with superuser.begin() as connection:
        sent = {"at": now() - timedelta(hours=24, minutes=1)}
        connection.execute(text("update api_replies set created_at = :at where key = 'old'"), sent)
    assert "Idempotent-Replay" not in add(program, "old").headers
    with superuser.begin() as connection:
        connection.execute(text("update api_replies set created_at = :at where key = 'old'"), sent)
    prune_replies(app)
    assert cast.read(cast.abc, select(ApiReply.key)) == ["young"]


def test_the_description_names_the_key_where_it_counts(app):
    paths = document(app, "http://localhost")["paths"]
    named = {
        (one.path, one.method)
        for one in endpoints(app)
        if any(p["name"] == "Idempotency-Key" for p in paths[one.path][one.method.lower()]["parameters"])
    }
    assert ("/api/clients", "POST") in named
    assert ("/api/requests/{request_id}", "PATCH") in named
    assert {method for _, method in named} == {"POST", "PATCH"}
    assert not any(
        path.startswith("/api/auth") or path.endswith(("/connect", "/disconnect")) for path, _ in named
    )
