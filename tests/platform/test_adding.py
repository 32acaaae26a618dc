"""Adding a practice: its first admin is invited, the logs tell it, and until somebody comes the pages say so."""

import re
from uuid import UUID

from sqlalchemy import select, text

from app.models import AuditEvent, Company, Invitation, PlatformEvent
from app.tasks.periodic import count_stored
from tests.support.pages import field, words
from tests.support.statements import counted_statements

ROBIN = "super@countinghouse.test"
NEW = {
    "name": "Wattle & Co",
    "email": "owner@wattle.test",
    "time_zone": "Australia/Perth",
    "currency": "AUD",
    "locale": "en_AU",
    "prefix": "",
}


def add(person, **changed):
    return person.post("/platform/practices/new", {**NEW, **changed})


def test_from_the_form_to_the_first_admins_first_page(browser, cast, outbox):
    robin = browser(ROBIN)
    answer = add(robin)
    assert answer.status_code == 302
    company_id = UUID(answer.location.rsplit("/", 1)[1])
    (company,) = cast.read(company_id, select(Company))
    assert (company.reference_prefix, company.time_zone) == ("WC", "Australia/Perth")
    page = words(robin.get(answer.location))
    assert "Invited, not yet accepted" in page
    assert "owner@wattle.test" in page
    assert "Wattle & Co Invited, not yet accepted" in words(robin.get("/platform"))
    mail = outbox.last("invitation")
    assert (mail.recipient, mail.company_id) == ("owner@wattle.test", company_id)
    events = cast.read(company_id, select(AuditEvent).order_by(AuditEvent.sequence))
    assert [(one.what, one.actor_name, one.actor_role) for one in events] == [
        ("practice.added", "Robin Vale", "super"),
        ("person.invited", "Robin Vale", "super"),
    ]
    log = robin.get("/platform/log")
    assert re.search(r"Added the practice Wattle & Co Robin Vale .*Time zone: Australia/Perth", words(log))
    assert "owner@wattle.test" not in words(log), "nobody of the practice is named in the platform's log"

    first = mail.link
    robin.post(f"/platform/practices/{company_id}/invite-again")
    second = outbox.last("invitation").link
    assert second != first
    assert browser(None).get(first).status_code == 410
    owner = browser(None)
    long = "a long enough password"
    joined = owner.post(second, {"name": "Ona Reid", "password": long, "again": long})
    assert joined.status_code == 302
    assert owner.get("/settings/people").status_code == 200
    page = words(robin.get(answer.location))
    assert "not yet accepted" not in page
    late = robin.post(f"/platform/practices/{company_id}/invite-again")
    assert "Somebody has come to this practice" in words(robin.get(late.location))
    assert len(outbox.all("invitation")) == 2


def test_everything_wrong_is_said_at_once_and_nothing_is_made(browser, superuser, outbox):
    robin = browser(ROBIN)
    page = add(robin, name="abc accounting", email="nobody", time_zone="Mars/North", prefix="T-1")
    assert page.status_code == 422
    said = words(page)
    for sentence in (
        "There is a practice called abc accounting already.",
        "This is not an e-mail address.",
        "There is no such time zone.",
        "Use 1 to 5 letters or digits",
    ):
        assert said.count(sentence) == 2, sentence
    assert field(page, "name") == "abc accounting"
    assert "The first admin’s e-mail address is missing." in words(add(robin, email=" "))
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from companies")) == 3
        assert connection.scalar(text("select count(*) from platform_events")) == 0
    assert outbox.all() == []


def test_from_inside_another_practice_nothing_lands_there(browser, cast):
    robin = browser(ROBIN)
    wish = {"reason": "Tom rang: a job does not appear in Xero.", "minutes": "60"}
    robin.post(f"/platform/practices/{cast.abc}/enter", wish)
    company_id = UUID(add(robin).location.rsplit("/", 1)[1])
    (event, _) = cast.read(company_id, select(AuditEvent).order_by(AuditEvent.sequence))
    assert event.entry_id is None, "the visit is to another practice"
    assert not cast.read(cast.abc, select(Invitation).where(Invitation.email == NEW["email"]))
    assert not cast.read(cast.abc, select(PlatformEvent)), "a practice's scope shows no other's rows"
    assert "Wattle" in words(robin.get("/platform/log"))


def test_what_is_stored_is_counted_and_said_with_its_time(app, browser, cast, superuser):
    robin = browser(ROBIN)
    assert "Not counted yet" in words(robin.get(f"/platform/practices/{cast.abc}"))
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))
    count_stored(app)
    abc, xyz = (cast.read(one, select(Company).where(Company.id == one))[0] for one in (cast.abc, cast.xyz))
    with superuser.connect() as connection:
        rows = sum(
            connection.scalar(text(f"select count(*) from {table} where company_id = :c"), {"c": cast.abc})
            for table in ("clients", "service_requests", "request_events", "operations", "operation_steps")
        )
        everything = connection.scalar(
            text(
                "select sum(pg_total_relation_size(oid)) from pg_class where relkind = 'r' and relnamespace ="
                " 'public'::regnamespace"
            )
        )
    assert rows < abc.stored_rows < rows * 3
    assert xyz.stored_bytes < abc.stored_bytes < everything
    assert re.search(
        r"About [0-9.]+ (kB|MB) [0-9,]+ rows, counted", words(robin.get(f"/platform/practices/{cast.abc}"))
    )


def test_a_thousand_practices_cost_no_more_statements(app, browser, superuser):
    robin = browser(ROBIN)
    with counted_statements(app) as few:
        robin.get("/platform")
    with superuser.begin() as connection:
        connection.execute(
            text(
                "insert into companies select (jsonb_populate_record(one, jsonb_build_object("
                "'id', gen_random_uuid(), 'name', 'Practice ' || n))).* from companies one,"
                " generate_series(1, 1000) n where one.name = 'XYZ Partners'"
            )
        )
    with counted_statements(app) as many:
        page = robin.get("/platform")
    assert len(many) == len(few) <= 5
    assert 'rel="next"' in page.text
