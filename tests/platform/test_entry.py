"""A super admin's way into a practice: reasoned, timed, visible, read only unless chosen otherwise."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import Client, CompanyEntry, now
from app.tenancy import company_scope
from tests.support.forms import read_forms
from tests.support.pages import field, links, words

ROBIN = "super@countinghouse.test"
WISH = {"reason": "Tom rang: a job does not appear in Xero.", "minutes": "60"}
NEW_CLIENT = {"name": "Entered Ltd", "kind": "company"}


def entries(cast, company_id):
    return cast.read(company_id, select(CompanyEntry).order_by(CompanyEntry.opened_at))


def enter(person, company_id, **wish):
    return person.post(f"/platform/practices/{company_id}/enter", {**WISH, **wish})


def test_the_list_shows_every_practice_and_its_health(browser, cast):
    robin = browser(ROBIN)
    page = words(robin.get("/platform"))
    for text in (
        "ABC Accounting",
        "ABC Pty Ltd",
        "Smith Tax Co.",
        "XYZ Partners Not connected",
        "3 practices",
    ):
        assert text in page, text
    assert not [client.name for client in cast.read(cast.abc, select(Client)) if client.name in page]
    found = words(robin.get("/platform?q=smith"))
    assert "Smith Tax Co." in found
    assert "XYZ Partners" not in found
    assert "No practice has this in its name" in words(robin.get("/platform?q=nobody"))


@pytest.mark.parametrize("email", ["admin@abc.test", "jane@abc.test", "client@abc.test"])
def test_nobody_else_learns_of_the_platform(browser, cast, email):
    person = browser(email)
    assert person.get("/platform").status_code == 404
    assert person.get(f"/platform/practices/{cast.smith}/enter").status_code == 404
    assert enter(person, cast.smith).status_code == 404
    assert person.post("/platform/leave").status_code == 404
    assert entries(cast, cast.smith) == []


def test_without_an_entry_there_is_no_page_of_a_practice(browser):
    robin = browser(ROBIN)
    for path in ("/", "/clients", "/services", "/settings", "/settings/visits"):
        answer = robin.get(path)
        assert (answer.status_code, answer.location) == (302, "/platform"), path
    assert robin.get("/portal").status_code in {302, 404}


def test_a_reader_sees_all_and_changes_nothing(browser, cast):
    robin, client = browser(ROBIN), cast.client(cast.abc)
    answer = enter(robin, cast.abc)
    assert (answer.status_code, answer.location) == (302, "/")
    page = words(robin.get(f"/clients/{client.id}"))
    assert client.name in page
    assert "Viewing as super admin: ABC Accounting" in page
    assert WISH["reason"] in page
    assert "Reading only: choose writing to change things. Until" in page
    assert robin.get("/settings").status_code == 200
    refused = robin.post(f"/clients/{client.id}/archive")
    assert (refused.status_code, "to read only" in words(refused)) == (403, True)
    assert {"/platform/write", "/platform/leave"} <= {form.action for form in read_forms(refused.text)[0]}
    assert robin.post("/clients/new", NEW_CLIENT).status_code == 403
    assert cast.client(cast.abc).archived_at is None
    assert robin.get(f"/clients/{cast.client(cast.smith).id}").status_code == 404, "one practice, not all"


def enabled(page, path):
    """The controls of the page's posting forms that could be used, by the form's action."""
    found = {}
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", page.text, re.DOTALL):
        action = re.search(r'action="([^"]*)"', form)
        controls = re.findall(r'<(?:button|select|textarea|input(?![^>]*type="hidden"))\b[^>]*>', form)
        usable = [one for one in controls if not re.search(r"\sdisabled\b", one)]
        found.setdefault((action.group(1) if action else "") or path, []).extend(usable)
    return {action: controls for action, controls in found.items() if controls}


@pytest.mark.parametrize("writes", [False, True])
def test_a_reader_is_offered_nothing_that_is_refused(browser, cast, writes):
    """Every page with a form, as its reader gets it: what can be used is let through by the way in."""
    robin = browser(ROBIN)
    enter(robin, cast.abc, **({"writes": "y"} if writes else {}))
    request, client = cast.request(cast.abc, status="new"), cast.client(cast.abc)
    own = {"/platform/write", "/platform/leave", "/sign-out", "/theme"}
    offered = 0
    for path in (
        *("/requests", "/requests/new", f"/requests/{request.id}", f"/requests/{request.id}/edit"),
        *("/clients/new", f"/clients/{client.id}", f"/clients/{client.id}/edit", "/services/new"),
        *("/settings/people", "/settings/practice", "/settings/offices", "/settings/integrations/xero"),
        *("/settings/integrations/xero/staff", "/sync", "/"),
    ):
        page = robin.get(path)
        assert page.status_code == 200, path
        usable = enabled(page, path)
        offered += len(usable.keys() - own)
        assert writes or usable.keys() <= own, (path, usable.keys() - own)
        assert ("Reading only: choose writing" in words(page)) != writes
        assert writes or "data-dialog-open" not in page.text, (
            f"{path} opens a question that only a writer may answer"
        )
    assert (offered > 10) == writes, "the same pages do offer a writer something"


def test_from_reading_to_writing_and_what_the_practice_reads(browser, cast):
    robin, client = browser(ROBIN), cast.client(cast.abc)
    assert robin.post("/platform/write").location == "/platform", "outside there is nothing to write to"
    enter(robin, cast.abc)
    robin.get(f"/clients/{client.id}")
    answer = robin.post("/platform/write", {"next": f"/clients/{client.id}"})
    assert answer.location == f"/clients/{client.id}"
    assert robin.post("/platform/write", {"next": "https://elsewhere.test/"}).location == "/"
    assert robin.post(f"/clients/{client.id}/archive").status_code == 302
    reading, writing = entries(cast, cast.abc)
    assert (reading.writes, reading.closed_at is not None, writing.writes) == (False, True, True)
    assert (writing.reason, writing.expires_at) == (reading.reason, reading.expires_at)
    admin = browser("admin@abc.test")
    page = admin.get("/settings/visits")
    assert words(page).count("What was looked at") == 2
    assert words(page).count("What was done") == 1
    looked, done = (links(page, beginning)[0] for beginning in ("/settings/audit/views?", "/settings/audit?"))
    assert re.search(rf"Robin Vale .*Opened a client.*{re.escape(client.name)}", words(admin.get(looked)))
    acts = words(admin.get(done))
    assert "Went on from reading to writing" in acts
    assert "Archived a client" in acts


def test_a_writer_may_change_something(browser, cast):
    robin = browser(ROBIN)
    enter(robin, cast.abc, writes="y")
    assert "Changes allowed until" in words(robin.get("/clients"))
    assert robin.post("/clients/new", NEW_CLIENT).status_code == 302
    assert cast.client(cast.abc, "Entered Ltd").number.startswith("ABC-C")


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"reason": ""}, "The reason is missing. Write one."),
        ({"reason": "  just so  "}, "Say in at least 10 characters why you enter. The practice reads it."),
        ({"reason": "x" * 501}, "The reason has 501 characters. Use 500 at most."),
        ({"minutes": "9999"}, "Choose how long: 15 minutes, 1 hour, 4 hours."),
        ({"minutes": ""}, "Choose how long: 15 minutes, 1 hour, 4 hours."),
    ],
)
def test_the_door_stays_shut_without_a_reason_and_a_length(browser, cast, wish, sentence):
    robin = browser(ROBIN)
    page = enter(robin, cast.abc, **wish)
    assert page.status_code == 422
    assert words(page).count(sentence) == 2
    assert (
        field(page, "reason") == {**WISH, **wish}["reason"].strip() or field(page, "reason") == wish["reason"]
    )
    assert entries(cast, cast.abc) == []
    assert robin.get("/clients").location == "/platform"


def test_the_visit_ends_by_itself(app, browser, cast):
    robin = browser(ROBIN)
    enter(robin, cast.abc, minutes="15")
    (entry,) = entries(cast, cast.abc)
    assert entry.expires_at - entry.opened_at == timedelta(minutes=15)
    assert robin.get("/clients").status_code == 200
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(CompanyEntry).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    answer = robin.get("/clients")
    assert (answer.status_code, answer.location) == (302, "/platform")
    assert robin.post("/clients/new", NEW_CLIENT).status_code == 302
    assert not cast.read(cast.abc, select(Client).where(Client.name == "Entered Ltd"))
    assert enter(robin, cast.smith).status_code == 302, "with another practice's cookie still there"
    assert robin.get("/clients").status_code == 200


def test_leaving_ends_it_and_goes_back(browser, cast):
    robin, elsewhere = browser(ROBIN), browser(ROBIN)
    enter(robin, cast.abc)
    enter(elsewhere, cast.abc, writes="y")
    answer = robin.post("/platform/leave")
    assert (answer.status_code, answer.location) == (302, "/platform")
    assert "You have left ABC Accounting." in words(robin.get("/platform"))
    assert all(entry.closed_at for entry in entries(cast, cast.abc))
    for one in (robin, elsewhere):
        assert one.get("/clients").location == "/platform"
    assert robin.post("/platform/leave").status_code == 302, "leaving twice is no matter"


def test_entering_another_practice_ends_the_first_visit(browser, cast):
    robin = browser(ROBIN)
    enter(robin, cast.abc)
    assert "You are inside ABC Accounting" in words(robin.get(f"/platform/practices/{cast.smith}/enter"))
    assert enter(robin, cast.smith, reason="short").status_code == 422
    assert entries(cast, cast.abc)[0].closed_at is None, "a refused wish changes nothing"
    assert enter(robin, cast.smith).status_code == 302
    assert entries(cast, cast.abc)[0].closed_at is not None
    assert entries(cast, cast.smith)[0].closed_at is None
    page = words(robin.get("/clients"))
    assert "Viewing as super admin: Smith Tax Co." in page
    assert cast.client(cast.smith).name in page


def test_the_practice_reads_who_came_and_why(browser, cast):
    admin = browser("admin@abc.test")
    assert "Nobody has entered this practice" in words(admin.get("/settings/visits"))
    robin = browser(ROBIN)
    enter(robin, cast.abc, writes="y")
    page = words(admin.get("/settings/visits"))
    assert re.search(rf"Robin Vale .* {re.escape(WISH['reason'])} Read and change Here now", page)
    assert WISH["reason"] in words(admin.get("/settings"))
    robin.post("/platform/leave")
    assert re.search(r"Read and change [01] minutes?", words(admin.get("/settings/visits")))
    assert "Nobody has entered this practice" in words(browser("admin@smith.test").get("/settings/visits"))


def test_a_practice_that_does_not_exist_has_no_door(browser):
    robin = browser(ROBIN)
    assert robin.get(f"/platform/practices/{uuid4()}/enter").status_code == 404
    assert enter(robin, uuid4()).status_code == 404


def test_without_the_token_of_the_page_nothing_happens(browser, cast):
    robin = browser(ROBIN)
    assert robin.raw.post(f"/platform/practices/{cast.abc}/enter", data=WISH).status_code == 400
    assert entries(cast, cast.abc) == []
    enter(robin, cast.abc)
    assert robin.raw.post("/platform/leave").status_code == 400
    assert entries(cast, cast.abc)[0].closed_at is None
