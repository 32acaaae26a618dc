"""The platform's pages: health of every practice, stopping and resuming one, switching quickly."""

import pytest
from sqlalchemy import select, text

from app import lookups
from app.extensions import db
from app.models import AuditEvent, Company
from app.platform import queries
from app.sync.connections import governor
from tests.support.pages import words

ROBIN = "super@countinghouse.test"
REASON = "The subscription was not paid for three months."
WISH = {"reason": "Tom rang: a job does not appear in Xero.", "minutes": "60"}


def practice_of(cast, company_id):
    return cast.read(company_id, select(Company).where(Company.id == company_id))[0]


def told(cast, company_id):
    return cast.read(
        company_id,
        select(AuditEvent).where(AuditEvent.what.startswith("practice.")).order_by(AuditEvent.sequence),
    )


def suspend(person, company_id, reason=REASON):
    return person.post(f"/platform/practices/{company_id}/suspend", {"reason": reason})


def test_health_is_told_in_figures_only(browser, cast, superuser):
    with superuser.begin() as connection:
        connection.execute(
            text(
                "update connections set status = 'reconnect_needed', last_error = 'Xero could not be reached.',"
                " last_error_at = now(), consecutive_errors = 3 where company_id = :c"
            ),
            {"c": cast.abc},
        )
    page = words(browser(ROBIN).get(f"/platform/practices/{cast.abc}"))
    for said in (
        "ABC Pty Ltd",
        "Reconnect needed",
        "Xero could not be reached.",
        "3 errors in a row",
        "Not known yet",
    ):
        assert said in page, said
    client = cast.client(cast.abc)
    assert client.name not in page


def test_the_calls_left_are_asked_for_at_once(app, browser, cast):
    with app.app_context():
        [tenant] = [
            one.xero_tenant_id for one in lookups.company_healths(db.session) if one.name == "ABC Accounting"
        ]
        gate = governor()
        gate.leave(gate.enter(tenant, interactive=True), {"x-daylimit-remaining": "4321"}, 200)
        expected = gate.snapshot(tenant).day_left
        assert gate.snapshots([tenant, "unknown"])[tenant].day_left == expected
    assert f"{expected:,}" in words(browser(ROBIN).get("/platform"))
    assert f"{expected:,}" in words(browser(ROBIN).get(f"/platform/practices/{cast.abc}"))


def test_without_redis_the_list_still_stands(app, browser, monkeypatch):
    monkeypatch.setattr("app.sync.governor.Governor.snapshots", lambda *_: {})
    assert "ABC Accounting" in words(browser(ROBIN).get("/platform"))


def test_a_page_of_practices_at_a_time(browser, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    robin = browser(ROBIN)
    first = robin.get("/platform")
    assert "XYZ Partners" not in words(first)
    following = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = robin.get(following)
    assert "XYZ Partners" in words(second)
    assert "ABC Accounting" not in words(second)
    assert 'rel="next"' not in second.text


def test_a_suspended_practice_reads_why_on_every_page(browser, api, cast):
    robin, nina = browser(ROBIN), browser("admin@xyz.test")
    assert suspend(robin, cast.xyz).location == f"/platform/practices/{cast.xyz}"
    assert REASON in words(robin.get(f"/platform/practices/{cast.xyz}"))
    for path in ("/", "/clients", "/settings", "/settings/audit"):
        answer = nina.get(path)
        assert (answer.status_code, REASON in words(answer)) == (403, True), path
    refused = api("admin@xyz.test").get("/api/clients")
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "suspended")
    assert REASON in refused.json["error"]["message"]
    newcomer = browser(None)
    newcomer.post("/sign-in", {"email": "omar@xyz.test", "password": "countinghouse-demo"})
    assert REASON in words(newcomer.get("/companies"))
    assert browser("admin@smith.test").get("/clients").status_code == 200


def test_its_work_pauses_and_goes_on(app, browser, cast):
    def active():
        with app.app_context():
            return cast.xyz in lookups.company_ids(db.session)

    robin = browser(ROBIN)
    assert active()
    suspend(robin, cast.xyz)
    assert not active()
    robin.post(f"/platform/practices/{cast.xyz}/resume")
    assert active()
    assert practice_of(cast, cast.xyz).suspension_reason is None
    assert browser("admin@xyz.test").get("/clients").status_code == 200
    first, second = told(cast, cast.xyz)
    assert (first.what, first.after, first.actor_name) == (
        "practice.suspended",
        {"reason": REASON},
        "Robin Vale",
    )
    assert (second.what, second.before["reason"], second.actor_role) == ("practice.resumed", REASON, "super")


@pytest.mark.parametrize("reason", ["", "too short", "x" * 501])
def test_without_a_good_reason_nothing_is_stopped(browser, cast, reason):
    assert suspend(browser(ROBIN), cast.xyz, reason).status_code == 422
    assert practice_of(cast, cast.xyz).suspended_at is None
    assert told(cast, cast.xyz) == []


def test_twice_is_said(browser, cast):
    robin = browser(ROBIN)
    again = robin.post(f"/platform/practices/{cast.xyz}/resume")
    assert (again.status_code, "is not suspended" in words(again)) == (409, True)
    suspend(robin, cast.xyz)
    twice = suspend(robin, cast.xyz)
    assert (twice.status_code, "is suspended already" in words(twice)) == (409, True)
    assert len(told(cast, cast.xyz)) == 1


@pytest.mark.parametrize("email", ["admin@abc.test", "jane@abc.test", "client@abc.test"])
def test_only_super_admins(browser, cast, email):
    person = browser(email)
    for path in (f"/platform/practices/{cast.abc}", "/platform/switch"):
        assert person.get(path).status_code == 404
    assert suspend(person, cast.abc).status_code == 404
    assert person.post(f"/platform/practices/{cast.abc}/resume").status_code == 404
    assert practice_of(cast, cast.abc).suspended_at is None


def test_suspending_from_inside_another_practice(browser, cast):
    robin = browser(ROBIN)
    robin.post(f"/platform/practices/{cast.smith}/enter", WISH)
    assert suspend(robin, cast.xyz).status_code == 302
    assert practice_of(cast, cast.xyz).suspended_at is not None
    assert practice_of(cast, cast.smith).suspended_at is None


def test_switching(browser, cast):
    robin = browser(ROBIN)
    assert "You have not entered a practice yet." in words(robin.get("/platform/switch"))
    for company_id in (cast.smith, cast.abc):
        robin.post(f"/platform/practices/{company_id}/enter", WISH)
    page = words(robin.get("/platform/switch"))
    assert page.index("ABC Accounting You are inside") < page.index("Smith Tax Co. Enter")
    assert "XYZ" not in page
    assert robin.get("/platform/switch?q=xyz").location == f"/platform/practices/{cast.xyz}/enter"
    several = words(robin.get("/platform/switch?q=a"))
    assert "3 practices with “a”" in several
    assert "No practice has “%_” in its name." in words(robin.get("/platform/switch?q=%25_"))
