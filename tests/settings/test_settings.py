"""Settings of the practice: what an admin may set, what is refused, and for whom it counts."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from app.models import Company, Office
from tests.support.pages import field, same_but_for, words

PLACE = {
    "name": "ABC Accounting",
    "time_zone": "Australia/Perth",
    "currency": "USD",
    "locale": "en_NZ",
    "call_log_days": "45",
}
PAGES = ("", "/practice", "/job-names", "/client-sync", "/offices", "/people", "/visits")


def company(cast, company_id=None) -> Company:
    return cast.read(company_id or cast.abc, select(Company).where(Company.id == (company_id or cast.abc)))[0]


def settings_of(cast, company_id=None) -> dict:
    row = company(cast, company_id)
    return {column.key: getattr(row, column.key) for column in Company.__table__.columns}


@pytest.mark.parametrize("page", PAGES)
def test_settings_are_for_admins(browser, page):
    assert browser("admin@abc.test").get(f"/settings{page}").status_code == 200
    assert browser("jane@abc.test").get(f"/settings{page}").status_code == 403
    assert browser("client@abc.test").get(f"/settings{page}").status_code == 404


def test_the_index_says_how_things_are(browser, cast):
    page = words(browser("admin@abc.test").get("/settings"))
    facts = ("ABC Accounting", "Australia/Sydney", "AUD", "Newcastle, Parramatta, Sydney", "ABC Pty Ltd")
    number = company(cast).next_request_number
    more = (
        f"References ABC-{number}",
        "{service} - {client} ({reference})",
        "Kept for 60 days",
        "Yes, when a client",
    )
    for fact in facts + more:
        assert fact in page, fact
    assert "Not connected" in words(browser("admin@xyz.test").get("/settings"))


def test_changing_the_place_counts_for_the_own_practice_only(browser, cast):
    others = settings_of(cast, cast.smith)
    admin = browser("admin@abc.test")
    page = admin.get("/settings/practice")
    assert {
        name: field(page, name) for name in ("name", "time_zone", "currency", "locale", "call_log_days")
    } == {
        "name": "ABC Accounting",
        "time_zone": "Australia/Sydney",
        "currency": "AUD",
        "locale": "en_AU",
        "call_log_days": "60",
    }
    assert "keeps its books in AUD" in words(page)
    assert admin.post("/settings/practice", {**PLACE, "name": " ABC  Advisory"}).status_code == 302
    now = settings_of(cast)
    assert {**now, **PLACE, "name": "ABC Advisory", "call_log_days": 45} == now
    assert settings_of(cast, cast.smith) == others
    assert "US$330.00" in words(admin.get("/services")), "money is written the new way"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "The practice’s name is missing. Write one."),
        ({"name": "x" * 151}, "The practice’s name has 151 characters. Use 150 at most."),
        ({"time_zone": "Mars/Olympus"}, "There is no such time zone. Choose one from the list."),
        ({"time_zone": "../etc/passwd"}, "There is no such time zone. Choose one from the list."),
        ({"currency": "XAU"}, "The currency must be one of: AUD, NZD"),
        ({"locale": "de_DE"}, "The way of writing must be that of: Australia, New Zealand, United Kingdom."),
        ({"call_log_days": "29"}, "The number of days must be a whole number from 30 to 90."),
        ({"call_log_days": "91"}, "The number of days must be a whole number from 30 to 90."),
        ({"call_log_days": ""}, "The number of days must be a whole number from 30 to 90."),
    ],
)
def test_a_wrong_place_is_said_and_nothing_is_changed(browser, cast, wrong, sentence):
    before = settings_of(cast)
    answer = browser("admin@abc.test").post("/settings/practice", {**PLACE, **wrong})
    assert answer.status_code == 422
    assert words(answer).count(sentence) == 2
    assert field(answer, "call_log_days") == {**PLACE, **wrong}["call_log_days"]
    assert settings_of(cast) == before


def test_a_pattern_is_tried_before_it_is_saved(browser, cast):
    admin, before = browser("admin@abc.test"), company(cast).job_name_pattern
    newest = cast.read(cast.abc, select(Company.next_request_number))[0] - 1
    page = admin.post("/settings/job-names", {"pattern": "{reference}: {client}", "do": "try"})
    assert page.status_code == 200
    assert f"would be called ABC-{newest}: " in words(page)
    assert field(page, "pattern") == "{reference}: {client}"
    assert company(cast).job_name_pattern == before
    assert admin.post("/settings/job-names", {"pattern": "{reference}: {client}"}).status_code == 302
    assert company(cast).job_name_pattern == "{reference}: {client}"


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("", "The pattern is missing. Write one."),
        ("{service} for {client}", "Put {reference} into the pattern"),
        (
            "{service} {refrence}",
            "Countinghouse does not know {refrence}. Use only {service}, {client}, {reference}.",
        ),
        ("{reference} {}", "Countinghouse does not know {}."),
        ("{reference.__class__}", "Countinghouse does not know {reference.__class__}."),
        ("{reference} {", "A curly bracket stands alone."),
        ("{reference} <b>", "Xero does not take the signs < and > in a job’s name."),
        ("{reference}" + "x" * 140, "The pattern has 151 characters. Use 150 at most."),
    ],
)
@pytest.mark.parametrize("do", ["save", "try"])
def test_a_pattern_that_would_not_work_is_refused(browser, cast, pattern, sentence, do):
    before = company(cast).job_name_pattern
    page = browser("admin@abc.test").post("/settings/job-names", {"pattern": pattern, "do": do})
    assert page.status_code == 422
    assert words(page).count(sentence) == 2
    assert field(page, "pattern") == pattern
    assert company(cast).job_name_pattern == before


def test_client_sync_is_switched_on_and_off(browser, cast):
    admin = browser("admin@abc.test")
    assert admin.post("/settings/client-sync", {"push_client_changes": "y"}).status_code == 302
    assert (company(cast).create_contacts, company(cast).push_client_changes) == (False, True)
    assert admin.post("/settings/client-sync", {"create_contacts": "y"}).status_code == 302
    assert (company(cast).create_contacts, company(cast).push_client_changes) == (True, False)


def test_offices_are_added_renamed_closed_and_opened(browser, cast):
    admin = browser("admin@abc.test")
    assert admin.post("/settings/offices", {"name": " Wagga  Wagga "}).status_code == 302
    office = cast.read(cast.abc, select(Office).where(Office.name == "Wagga Wagga"))[0]
    assert admin.post(f"/settings/offices/{office.id}", {"name": "Wagga"}).status_code == 302
    assert admin.post(f"/settings/offices/{office.id}/close").status_code == 302
    assert "Wagga" not in words(browser("jane@abc.test").get("/clients/new"))
    again = admin.post(f"/settings/offices/{office.id}/close")
    assert (again.status_code, "is closed already" in words(again)) == (409, True)
    assert admin.post(f"/settings/offices/{office.id}/reopen").status_code == 302
    assert admin.post(f"/settings/offices/{office.id}/reopen").status_code == 409
    assert "Wagga" in words(browser("jane@abc.test").get("/clients/new"))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "The office’s name is missing. Write one."),
        ("sydney", "There is an office called sydney already. Choose another name."),
        ("x" * 101, "The office’s name has 101 characters. Use 100 at most."),
    ],
)
def test_an_office_needs_a_name_of_its_own(browser, cast, name, sentence):
    before = cast.read(cast.abc, select(Office.name).order_by(Office.name))
    other = cast.read(cast.abc, select(Office).where(Office.name == "Newcastle"))[0]
    for path in ("/settings/offices", f"/settings/offices/{other.id}"):
        page = browser("admin@abc.test").post(path, {"name": name})
        assert page.status_code == 422
        assert words(page).count(sentence) == 2
    assert cast.read(cast.abc, select(Office.name).order_by(Office.name)) == before


@pytest.mark.parametrize(
    ("method", "end"), [("get", ""), ("post", ""), ("post", "/close"), ("post", "/reopen")]
)
def test_a_strangers_office_is_as_one_that_does_not_exist(browser, cast, method, end):
    foreign, nobody = cast.read(cast.smith, select(Office))[0], uuid4()
    admin = browser("admin@abc.test")
    answers = [getattr(admin, method)(f"/settings/offices/{one}{end}") for one in (foreign.id, nobody)]
    assert same_but_for(answers[0], foreign.id) == same_but_for(answers[1], nobody)
    assert answers[0].status_code == 404


def test_people_are_those_of_the_practice(browser):
    page = words(browser("admin@abc.test").get("/settings/people"))
    for text in ("Alice Carter admin@abc.test Practice admin", "Jane Doe jane@abc.test Accountant"):
        assert text in page
    assert "smith.test" not in page
    assert "client@abc.test" not in page, "clients stand on the page of their client"


def test_without_the_token_of_the_page_nothing_happens(browser, cast):
    before = settings_of(cast)
    admin = browser("admin@abc.test")
    for path, data in (
        ("practice", PLACE),
        ("job-names", {"pattern": "{reference}"}),
        ("client-sync", {}),
        ("offices", {"name": "Wagga"}),
    ):
        assert admin.raw.post(f"/settings/{path}", data=data).status_code == 400, path
    assert settings_of(cast) == before
    assert not cast.read(cast.abc, select(Office).where(Office.name == "Wagga"))
