"""Assigning many: checked first, done in one go, told one by one."""

import re

import pytest
from sqlalchemy import select

from app.models import Operation, ServiceRequest, XeroCall


@pytest.fixture
def chosen(cast, abc):
    """New ones, a cancelled one and one with its job in Xero that is Mike's."""
    new = cast.read(cast.abc, select(ServiceRequest).where(ServiceRequest.status == "new").limit(3))
    mike = cast.member(cast.abc, "Mike")
    done = select(Operation.subject_id).where(Operation.state == "done")
    in_xero = cast.read(
        cast.abc,
        select(ServiceRequest).where(
            ServiceRequest.id.in_(done),
            ServiceRequest.assignee_id == mike.id,
            ServiceRequest.status == "in_progress",
        ),
    )[0]
    return [*new, cast.request(cast.abc, status="cancelled"), in_xero]


def form(chosen, accountant):
    return {"ids": [str(one.id) for one in chosen], "accountant_id": str(accountant.id)}


def test_check_then_assign_then_watch(alice, abc, cast, chosen, simulator, work):
    jane = cast.member(cast.abc, "Jane")
    *new, cancelled, in_xero = chosen
    check = alice.post("/requests/assign", form(chosen, jane)).text
    assert "<h1" in check
    assert "Assign 4 requests to Jane Doe" in check
    assert "<strong>3 jobs</strong> will be made in Xero: about" in check
    assert "<strong>1</strong> has its job in Xero already" in check
    assert "<strong>1</strong> is taken over from somebody else" in check
    assert f"{cancelled.reference} is cancelled, so it cannot be assigned." in check
    assert all(abc.request(one.id).assignee_id == one.assignee_id for one in chosen), (
        "the check changes nothing"
    )
    answer = alice.post("/requests/assign/confirmed", form(chosen, jane))
    assert answer.status_code == 302
    page = alice.get(answer.location).text
    assert "4 requests assigned to Jane Doe" in page
    assert f"{cancelled.reference} is cancelled, so it cannot be assigned." in page
    assert 'hx-trigger="every 2s"' in page
    assert "3 on the way." in page
    work()
    page = alice.get(answer.location).text
    assert "every 2s" not in page
    assert "All of them are made." in page
    for one in (*new, in_xero):
        assert abc.request(one.id).assignee_id == jane.id
        assert [operation.state for operation in abc.operations(one.id)] == ["done"]
    assert abc.request(cancelled.id).status == "cancelled"
    assert abc.events(in_xero.id)[-1] == "Passed from Mike Brown to Jane Doe."


def test_the_calls_are_said_beforehand_and_are_about_right(alice, abc, cast, simulator, work):
    new = cast.read(cast.abc, select(ServiceRequest).where(ServiceRequest.status == "new"))
    jane = cast.member(cast.abc, "Jane")
    check = alice.post("/requests/assign", form(new, jane)).text
    said = int(re.search(r"about (\d+) calls", check).group(1))
    before = len(cast.read(cast.abc, select(XeroCall)))
    alice.post("/requests/assign/confirmed", form(new, jane))
    work()
    made = len(cast.read(cast.abc, select(XeroCall))) - before
    assert said / 2 <= made <= said * 1.5, (said, made)


def test_again_is_harmless(alice, abc, cast, chosen):
    jane = cast.member(cast.abc, "Jane")
    alice.post("/requests/assign/confirmed", form(chosen, jane))
    events = [abc.events(one.id) for one in chosen]
    answer = alice.post("/requests/assign/confirmed", form(chosen, jane))
    assert "4 were Jane Doe’s already." in alice.get(answer.location).text
    assert [abc.events(one.id) for one in chosen] == events
    assert all(len(abc.operations(one.id)) <= 1 for one in chosen)


@pytest.mark.parametrize(
    ("ids", "who", "sentence"),
    [
        ("none", "Jane", "Choose at least one request."),
        ("some", None, "Choose an accountant."),
        ("some", "Priya", "There is no such accountant in your practice."),
        ("rubbish", "Jane", "Choose at least one request."),
    ],
)
@pytest.mark.parametrize("path", ["/requests/assign", "/requests/assign/confirmed"])
def test_what_is_missing_or_wrong_is_told_on_the_list(alice, abc, cast, chosen, path, ids, who, sentence):
    accountant = {
        None: "",
        "Jane": cast.member(cast.abc, "Jane").id,
        "Priya": cast.member(cast.smith, "Priya").id,
    }[who]
    listed = {"none": [], "some": [str(one.id) for one in chosen], "rubbish": ["x", ""]}[ids]
    answer = alice.post(path, {"ids": listed, "accountant_id": str(accountant), "status": "new"})
    assert answer.location == "/requests?status=new"
    page = alice.get(answer.location).text
    assert sentence in page
    assert "Nothing was changed." in page
    assert all(abc.request(one.id).assignee_id == one.assignee_id for one in chosen)


def test_all_that_match_the_filters(alice, cast, abc):
    jane = cast.member(cast.abc, "Jane")
    new = cast.read(cast.abc, select(ServiceRequest).where(ServiceRequest.status == "new"))
    check = alice.post(
        "/requests/assign",
        {"all_matching": "1", "status": "new", "accountant_id": str(jane.id), "ids": ["x"]},
    ).text
    assert f"Assign {len(new)} requests to Jane Doe" in check
    assert set(re.findall(r'name="ids" value="([0-9a-f-]+)"', check)) == {str(one.id) for one in new}


def test_another_practices_requests_are_as_if_not_named(alice, cast):
    theirs = (
        cast.request(cast.smith, status="new")
        if cast.read(cast.smith, select(ServiceRequest).where(ServiceRequest.status == "new"))
        else cast.request(cast.smith)
    )
    jane = cast.member(cast.abc, "Jane")
    check = alice.post("/requests/assign", form([theirs], jane)).text
    assert theirs.reference not in check
    assert "There is nothing to assign" in check
    alice.post("/requests/assign/confirmed", form([theirs], jane))
    after = cast.read(cast.smith, select(ServiceRequest).where(ServiceRequest.id == theirs.id))[0]
    assert after.assignee_id == theirs.assignee_id


def test_without_the_token_nothing_is_changed(alice, abc, cast, chosen):
    answer = alice.raw.post("/requests/assign/confirmed", data=form(chosen, cast.member(cast.abc, "Jane")))
    assert answer.status_code == 400
    assert all(abc.request(one.id).assignee_id == one.assignee_id for one in chosen)


def test_not_connected_says_no_jobs(browser, xyz, cast):
    nina, omar = browser("admin@xyz.test"), cast.member(cast.xyz, "Omar")
    new = cast.read(cast.xyz, select(ServiceRequest).where(ServiceRequest.status == "new"))
    assert "No jobs are made now" in nina.post("/requests/assign", form(new, omar)).text
    answer = nina.post("/requests/assign/confirmed", form(new, omar))
    assert "No jobs are made: the practice is not connected to Xero yet." in nina.get(answer.location).text
    assert all(xyz.request(one.id).assignee_id == omar.id for one in new)


@pytest.mark.parametrize(
    "query", ["", "?at=x&accountant=y", "?at=2026-01-01", "?at=2026-01-01T00:00:00%2B00:00&accountant="]
)
def test_a_run_that_is_none(alice, query):
    answer = alice.get(f"/requests/assigned{query}")
    assert (answer.status_code, "Nothing to show" in answer.text) == (200, True)
