"""A form that is sent after the sign-in ended: nothing is saved, and nothing that was written is lost."""

from sqlalchemy import select

from app.models import RequestEvent
from tests.support.pages import field, links, words

TEXT = "Rang Ruth: the papers come on Friday.\nAsk about the <car>."
FIRST = "Rang Ruth: the papers come on Friday."


def test_a_comment_after_signing_out_is_shown_and_the_way_leads_back(browser, cast):
    jane, request = browser("jane@abc.test"), cast.request(cast.abc, status="assigned")
    page = f"/requests/{request.id}"
    sent = {"text": TEXT, "seen_by": "staff", "csrf_token": jane._token(), "password": "my secret words"}
    here = {"Referer": f"http://localhost{page}"}
    before = len(cast.read(cast.abc, select(RequestEvent)))
    jane.post("/sign-out")
    answer = jane.raw.post(f"{page}/comments", data=sent, headers=here)
    assert answer.status_code == 400
    said = words(answer)
    assert "You are not signed in any more" in said
    assert "Nothing was saved." in said
    assert FIRST in said
    assert "<car>" not in answer.text
    assert "&lt;car&gt;" in answer.text
    assert "my secret words" not in answer.text
    assert f"/sign-in?next={page}" in links(answer, "/sign-in")
    assert len(cast.read(cast.abc, select(RequestEvent))) == before

    foreign = jane.raw.post(f"{page}/comments", data=sent, headers={"Referer": "https://elsewhere.test/"})
    assert (foreign.status_code, FIRST in words(foreign)) == (400, False)

    again = browser("jane@abc.test")
    stale = again.raw.post(f"{page}/comments", data=sent, headers=here)
    assert "This page is out of date" in words(stale)
    assert page in links(stale, page)


def test_a_new_requests_problems_are_told_in_one_round(browser, cast):
    client, service = cast.client(cast.abc), cast.service(cast.abc, "BAS")
    sent = {
        "client_id": client.id,
        "service_id": service.id,
        "due_on": "the 3rd",
        "price": "450.505",
        "note": "x" * 2001,
    }
    page = browser("jane@abc.test").post("/requests/new", sent)
    said = words(page)
    assert page.status_code == 422
    for sentence in (
        "This is not a date.",
        "Give the price with two decimals at most",
        "Keep it to 2,000 characters",
    ):
        assert said.count(sentence) == 2, sentence
    assert field(page, "price") == "450.505"
    late = words(
        browser("jane@abc.test").post("/requests/new", {**sent, "due_on": "2020-01-01", "service_id": ""})
    )
    assert "The due date has passed." in late
    assert "Choose a service." in late
