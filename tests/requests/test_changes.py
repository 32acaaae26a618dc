"""What else is done to a request: status, cancelling, comments."""

import pytest
from sqlalchemy import select, text

from app.models import RequestEvent
from app.models.service_request import MOVES, STATUSES


def move(person, request, status):
    return person.post(f"/requests/{request.id}/status", {"status": status})


@pytest.mark.parametrize("before", STATUSES)
def test_only_the_allowed_moves(alice, abc, cast, before):
    some = cast.request(cast.abc, status=before)
    refused = [to for to in STATUSES if to not in MOVES[before]]
    for to in refused:
        answer = move(alice, some, to)
        assert answer.status_code == 409, to
        assert "Nothing was changed" in answer.text
        assert abc.request(some.id).status == before


@pytest.mark.parametrize("status", ["", "done", "NEW", "new\x00"])
def test_an_unknown_status_is_refused(alice, abc, cast, status):
    some = cast.request(cast.abc, status="assigned")
    assert move(alice, some, status).status_code == 422
    assert abc.request(some.id).status == "assigned"


def test_through_its_life(jane, abc, cast):
    some = cast.request(cast.abc, status="assigned")
    for status in ("in_progress", "waiting", "in_progress", "completed"):
        assert move(jane, some, status).status_code == 302
        assert abc.request(some.id).status == status
    assert abc.request(some.id).completed_at
    move(jane, some, "in_progress")
    assert abc.request(some.id).completed_at is None
    assert abc.events(some.id)[-2:] == ["Status: Completed.", "Status: In progress."]


def test_cancelling_gives_up_a_job_that_is_still_planned(alice, abc, cast, simulator, work):
    some = abc.without_job(status="new")
    alice.post(f"/requests/{some.id}/assign", {"accountant_id": str(cast.member(cast.abc, "Jane").id)})
    assert move(alice, some, "cancelled").status_code == 302
    assert [operation.state for operation in abc.operations(some.id)] == ["cancelled"]
    work()
    assert abc.request(some.id).xero_job_id is None
    page = alice.get(f"/requests/{some.id}").text
    assert "No job is made" in page
    assert "The request was cancelled before its job was made." in page
    assert f"/requests/{some.id}/assign" not in page
    assert move(alice, some, "in_progress").status_code == 409


def test_cancelling_leaves_a_job_that_is_in_xero_and_says_so(alice, abc, cast, simulator, work):
    some = abc.without_job(status="new")
    alice.post(f"/requests/{some.id}/assign", {"accountant_id": str(cast.member(cast.abc, "Jane").id)})
    work()
    assert "Its job stays in Xero" in alice.get(f"/requests/{some.id}").text
    move(alice, some, "cancelled")
    assert [operation.state for operation in abc.operations(some.id)] == ["done"]
    page = alice.get(f"/requests/{some.id}").text
    assert "In Xero as" in page
    assert "the job stays in Xero" in page


def test_a_job_that_is_being_sent_is_not_cancelled_under_the_worker(alice, abc, cast, superuser):
    some = abc.without_job(status="new")
    alice.post(f"/requests/{some.id}/assign", {"accountant_id": str(cast.member(cast.abc, "Jane").id)})
    with superuser.begin() as connection:
        connection.execute(
            text(
                "update operations set state = 'running', lease = id, lease_until = now() where subject_id = :id"
            ),
            {"id": some.id},
        )
    answer = move(alice, some, "cancelled")
    assert (answer.status_code, "being sent to Xero right now" in answer.text) == (409, True)
    assert abc.request(some.id).status == "assigned"


def comments_of(cast, request):
    statement = select(RequestEvent).where(
        RequestEvent.service_request_id == request.id, RequestEvent.kind == "comment"
    )
    return cast.read(cast.abc, statement.order_by(RequestEvent.at))


@pytest.mark.parametrize(
    ("seen_by", "internal"), [("staff", True), ("client", False), ("", True), ("everybody", True)]
)
def test_a_comment_is_for_staff_unless_said_otherwise(alice, cast, seen_by, internal):
    some = cast.request(cast.abc, status="new")
    alice.post(
        f"/requests/{some.id}/comments", {"text": "Rang <b>twice</b>\r\nno answer", "seen_by": seen_by}
    )
    said = comments_of(cast, some)[-1]
    assert (said.text, said.internal, said.actor_name) == (
        "Rang <b>twice</b>\nno answer",
        internal,
        "Alice Carter",
    )
    assert "Rang &lt;b&gt;twice&lt;/b&gt;" in alice.get(f"/requests/{some.id}").text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "Write something first."),
        ("  \n ", "Write something first."),
        ("x" * 2001, "Keep it to 2,000 characters"),
    ],
)
def test_a_comment_must_be_one(alice, cast, words, sentence):
    some = cast.request(cast.abc, status="new")
    before = len(comments_of(cast, some))
    answer = alice.post(f"/requests/{some.id}/comments", {"text": words, "seen_by": "client"})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert words.strip() in answer.text
    assert len(comments_of(cast, some)) == before


def test_a_comment_of_just_the_longest_length_is_kept(alice, cast):
    some = cast.request(cast.abc, status="new")
    assert alice.post(f"/requests/{some.id}/comments", {"text": "ü" * 2000}).status_code == 302
    assert len(comments_of(cast, some)[-1].text) == 2000
