"""Staff and service mapping: suggested, confirmed, checked, and what waited goes on."""

from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app.extensions import db
from app.integrations.staff import EMAIL, NAME, Person, suggest
from app.models import (
    Cause,
    Connection,
    JobTemplate,
    Operation,
    ServiceMapping,
    StaffMapping,
    XeroCall,
    XeroStaff,
    now,
)
from app.tenancy import company_scope
from tests.support.pages import field, words

STAFF = "/settings/integrations/xero/staff"
SERVICES = "/settings/integrations/xero/services"
NOBODY = UUID(int=7)


def person(name: str, email: str | None = None) -> Person:
    return Person(uuid4(), name, email, gone=False)


def test_the_e_mail_decides_before_the_name() -> None:
    jane, other = person("J. Doe", "JANE@abc.test"), person("Jane Doe", "other@abc.test")
    ours = uuid4()
    assert suggest([(ours, "Jane Doe", "jane@abc.test")], [jane, other]) == {ours: (jane, EMAIL)}


def test_the_name_helps_when_no_e_mail_does() -> None:
    sarah, ours = person("LEE, Sarah", "sarah.lee@abc.test"), uuid4()
    assert suggest([(ours, "Sarah Lee", "sarah@abc.test")], [sarah]) == {ours: (sarah, NAME)}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([("Jane Doe", "a@x.test")], [("Jane Doe", "b@x.test"), ("Jane Doe", "c@x.test")]),
        ([("Jane Doe", "a@x.test"), ("jane doe", "b@x.test")], [("Jane Doe", "c@x.test")]),
        ([("Jane Doe", "")], [("Somebody Else", "")]),
        ([("A", "same@x.test")], [("B", "same@x.test"), ("C", "same@x.test")]),
    ],
    ids=["two of theirs", "two of ours", "no e-mail at all", "one e-mail twice"],
)
def test_a_tie_suggests_nobody(ours, theirs) -> None:
    assert suggest([(uuid4(), *one) for one in ours], [person(*one) for one in theirs]) == {}


def mappings(cast, company_id):
    return list(cast.read(company_id, select(StaffMapping)))


def forget_staff(app: Flask, company_id) -> None:
    with app.app_context(), company_scope(company_id):
        db.session.execute(delete(StaffMapping))
        db.session.commit()


def test_suggestions_are_shown_and_not_saved(app, browser, cast) -> None:
    forget_staff(app, cast.abc)
    page = browser("admin@abc.test").get(STAFF)
    jane = cast.member(cast.abc, "Jane")
    (in_xero,) = cast.read(cast.abc, select(XeroStaff).where(XeroStaff.email == "jane@abc.test"))
    assert field(page, f"staff-{jane.id}") == str(in_xero.id)
    assert "Suggested: same e-mail. Not saved yet." in words(page)
    assert "Suggested: same name. Not saved yet." in words(page)
    assert "4 not saved yet" in words(page)
    assert mappings(cast, cast.abc) == []


def test_all_exact_matches_at_once_leave_the_weaker_ones(app, browser, cast) -> None:
    forget_staff(app, cast.abc)
    alice = browser("admin@abc.test")
    assert "Accept all exact matches (3)" in words(alice.get(STAFF))
    alice.post(STAFF, {"accept": "exact"})
    saved = {one.membership_id for one in mappings(cast, cast.abc)}
    assert saved == {cast.member(cast.abc, name).id for name in ("Jane", "Mike", "Alice")}
    assert {one.confirmed_by for one in mappings(cast, cast.abc)} == {"Alice Carter"}


def test_saving_all_takes_what_the_page_showed_and_calls_nobody(app, browser, cast) -> None:
    forget_staff(app, cast.abc)
    before = len(cast.read(cast.abc, select(XeroCall)))
    browser("admin@abc.test").post(STAFF)
    assert len(mappings(cast, cast.abc)) == 4
    assert len(cast.read(cast.abc, select(XeroCall))) == before


def test_not_in_xero_is_a_decision(browser, cast) -> None:
    alice, sarah = browser("admin@abc.test"), cast.member(cast.abc, "Sarah")
    alice.post(STAFF, {f"staff-{sarah.id}": "none"})
    (decided,) = [one for one in mappings(cast, cast.abc) if one.membership_id == sarah.id]
    assert decided.xero_staff_id is None
    page = alice.get(STAFF)
    assert field(page, f"staff-{sarah.id}") == "none"
    assert "Not saved yet" not in words(page)


def test_one_person_twice_is_refused_at_the_rows(browser, cast) -> None:
    alice = browser("admin@abc.test")
    jane, mike = cast.member(cast.abc, "Jane"), cast.member(cast.abc, "Mike")
    before = {(one.membership_id, one.xero_staff_id) for one in mappings(cast, cast.abc)}
    same = next(str(staff) for member, staff in before if member == jane.id)
    answer = alice.post(STAFF, {f"staff-{mike.id}": same, f"staff-{jane.id}": same})
    assert answer.status_code == 422
    assert words(answer).count("is chosen for more than one of your people") >= 2
    assert field(answer, f"staff-{mike.id}") == same, "what was typed is kept"
    assert {(one.membership_id, one.xero_staff_id) for one in mappings(cast, cast.abc)} == before


def test_two_people_may_change_places(browser, cast) -> None:
    jane, mike = cast.member(cast.abc, "Jane"), cast.member(cast.abc, "Mike")
    before = {one.membership_id: one.xero_staff_id for one in mappings(cast, cast.abc)}
    browser("admin@abc.test").post(
        STAFF, {f"staff-{jane.id}": str(before[mike.id]), f"staff-{mike.id}": str(before[jane.id])}
    )
    after = {one.membership_id: one.xero_staff_id for one in mappings(cast, cast.abc)}
    assert (after[jane.id], after[mike.id]) == (before[mike.id], before[jane.id])


@pytest.mark.parametrize("value", ["not-an-id", str(NOBODY), "smith"])
def test_a_person_who_is_not_in_the_list_is_refused(browser, cast, value) -> None:
    if value == "smith":
        value = str(cast.read(cast.smith, select(XeroStaff))[0].id)
    sarah = cast.member(cast.abc, "Sarah")
    before = len(mappings(cast, cast.abc))
    answer = browser("admin@abc.test").post(STAFF, {f"staff-{sarah.id}": value})
    assert answer.status_code == 422
    assert "is not in the list" in words(answer)
    assert len(mappings(cast, cast.abc)) == before


def test_somebody_who_vanished_in_xero_is_flagged_first(app, browser, cast) -> None:
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(XeroStaff).where(XeroStaff.email == "mike@abc.test").values(gone_at=now()))
        db.session.commit()
    page = words(browser("admin@abc.test").get(STAFF))
    assert "No longer in Xero" in page
    assert page.index("mike@abc.test") < page.index("sarah@abc.test")


def test_reading_the_people_again_is_an_operation(app, browser, cast, simulator, work) -> None:
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(Connection).values(staff_read_at=None))
        db.session.commit()
    browser("admin@abc.test").post("/settings/integrations/xero/staff/read")
    work()
    assert cast.read(cast.abc, select(Connection))[0].staff_read_at is not None


def test_without_a_connection_the_page_says_so(browser) -> None:
    assert "Xero is not connected yet" in words(browser("admin@xyz.test").get(STAFF))


def test_mapping_a_service_releases_all_that_waited(app, browser, cast, simulator, work) -> None:
    (cause,) = cast.read(cast.abc, select(Cause).where(Cause.resolved_at.is_(None)))
    waiting = cast.read(cast.abc, select(Operation).where(Operation.cause_id == cause.id))
    assert len(waiting) > 1
    alice = browser("admin@abc.test")
    page = words(alice.get(SERVICES))
    assert f"{len(waiting)} jobs wait for this" in page
    assert page.index("SMSF Audit and Return") < page.index("ASIC Annual Review"), "what blocks stands first"
    template = cast.read(cast.abc, select(JobTemplate).where(JobTemplate.name == "Tax return"))[0]
    alice.post(SERVICES, {f"service-{cause.subject}": str(template.id)})
    assert f"{len(waiting)} waiting jobs go on now" in words(alice.get(SERVICES))
    states = cast.read(cast.abc, select(Operation.state).where(Operation.id.in_([one.id for one in waiting])))
    assert set(states) == {"queued"}
    assert cast.read(cast.abc, select(Cause).where(Cause.id == cause.id))[0].resolved_at is not None


def test_a_job_without_tasks_is_a_decision(browser, cast) -> None:
    (cause,) = cast.read(cast.abc, select(Cause).where(Cause.resolved_at.is_(None)))
    alice = browser("admin@abc.test")
    alice.post(SERVICES, {f"service-{cause.subject}": "none"})
    (mapping,) = [
        one for one in cast.read(cast.abc, select(ServiceMapping)) if str(one.service_id) == cause.subject
    ]
    assert mapping.job_template_id is None
    assert field(alice.get(SERVICES), f"service-{cause.subject}") == "none"


def test_undecided_again_and_a_stranger_s_template(browser, cast) -> None:
    alice, bas = browser("admin@abc.test"), cast.service(cast.abc, "BAS")
    smiths = cast.read(cast.smith, select(JobTemplate))[0]
    answer = alice.post(SERVICES, {f"service-{bas.id}": str(smiths.id)})
    assert answer.status_code == 422
    assert "this list of tasks is not there any more" in words(answer)
    alice.post(SERVICES, {f"service-{bas.id}": ""})
    assert bas.id not in {one.service_id for one in cast.read(cast.abc, select(ServiceMapping))}


def test_a_template_of_the_same_name_is_suggested_and_a_switched_off_one_flagged(app, browser, cast) -> None:
    bas = cast.service(cast.abc, "BAS")
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(delete(ServiceMapping).where(ServiceMapping.service_id == bas.id))
        db.session.commit()
    alice = browser("admin@abc.test")
    template = cast.read(cast.abc, select(JobTemplate).where(JobTemplate.name == "BAS"))[0]
    page = alice.get(SERVICES)
    assert field(page, f"service-{bas.id}") == str(template.id)
    assert "Suggested: same name. Not saved yet." in words(page)
    alice.post(SERVICES)
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(JobTemplate).where(JobTemplate.id == template.id).values(active=False))
        db.session.commit()
    assert "switched off" in words(alice.get(SERVICES))


def test_mapping_is_for_admins_of_the_practice(browser) -> None:
    for path in (STAFF, SERVICES):
        assert browser("jane@abc.test").get(path).status_code == 403
        assert browser("jane@abc.test").post(path).status_code == 403
        assert browser("client@abc.test").get(path).status_code == 404
