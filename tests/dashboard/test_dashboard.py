"""The first page, by role: its figures agree with the lists they lead to."""

import re

import pytest
from sqlalchemy import func, select, text

from app.models import Operation, Service, ServiceRequest
from app.models.service_request import OPEN_STATUSES
from app.requests.checks import today_in
from tests.support.statements import counted_statements


def figures(page: str) -> dict[str, tuple[str, int]]:
    """Label → (address, figure)."""
    found = re.findall(
        r'<a href="([^"]+)">\s*<span class="stat-label">([^<]+)</span><strong class="stat-value">([\d,]+)',
        page,
    )
    return {label: (url.replace("&amp;", "&"), int(value.replace(",", ""))) for url, label, value in found}


def test_each_figure_is_the_count_of_the_list_behind_it(browser):
    alice = browser("admin@abc.test")
    shown = figures(alice.get("/").text)
    assert set(shown) == {"Unassigned", "Late", "Due in 7 days", "Waiting on client", "Open in all"}
    for label, (address, value) in shown.items():
        listed = re.search(r"data-announce>([\d,]+) requests?<", alice.get(address).text)
        assert listed, address
        assert int(listed.group(1).replace(",", "")) == value, label


def test_what_is_stuck_and_why(browser, cast):
    page = browser("admin@abc.test").get("/").text
    waiting = cast.read(cast.abc, select(Operation).where(Operation.state == "waiting"))
    failed = cast.read(cast.abc, select(Operation).where(Operation.state == "failed"))
    assert waiting
    assert failed
    assert f"{len(waiting)} jobs wait" in page
    assert "Map the service" in page
    for operation in failed:
        assert operation.subject_label in page
        assert operation.error.split(".")[0].replace("'", "&#39;") in page


def test_the_last_weeks_add_up(browser, cast):
    page = browser("admin@abc.test").get("/").text
    received, completed = map(
        int, re.search(r"(\d+) received and (\d+) completed in 12 weeks", page).groups()
    )
    rows = re.findall(
        r'<th scope="row">\d+ \w+</th><td class="end">(\d+)</td><td class="end">(\d+)</td>', page
    )
    assert len(rows) == 12
    assert (sum(int(row[0]) for row in rows), sum(int(row[1]) for row in rows)) == (received, completed)
    assert 0 < received <= cast.read(cast.abc, select(func.count(ServiceRequest.id)))[0]


def test_an_accountants_work_in_piles(browser, cast):
    page = browser("jane@abc.test").get("/").text
    today, member = today_in("Australia/Sydney"), cast.member(cast.abc, "Jane")
    mine = cast.read(
        cast.abc,
        select(ServiceRequest).where(
            ServiceRequest.assignee_id == member.id, ServiceRequest.status.in_(OPEN_STATUSES)
        ),
    )
    late = [one for one in mine if one.due_on < today and one.status != "waiting"]
    waiting = [one for one in mine if one.status == "waiting"]
    assert f"{len(mine)} open requests" in page
    assert f"Late ({len(late)})" in page
    assert f"Waiting for the client ({len(waiting)})" in page
    assert all(one.reference in page for one in mine)


def test_nothing_of_another_practice(browser, cast):
    page = browser("admin@smith.test").get("/").text
    assert "ABC-" not in page
    assert "Jane Doe" not in page


def states(page: str) -> list[str]:
    return re.findall(r'class="step step-(\w+)"', page)


CONNECT = """insert into connections (company_id, id, kind, xero_tenant_id, organisation_name, is_demo, status,
 consecutive_errors, created_at)
 values (:c, gen_random_uuid(), 'accounting', 't', 'XYZ', false, 'to_confirm', 0, now())"""
MAP_STAFF = """insert into staff_mappings (company_id, id, connection_id, membership_id, confirmed_by, created_at)
 select :c, gen_random_uuid(), k.id, m.id, 'Nina', now() from connections k, memberships m
 where k.company_id = :c and m.company_id = :c and m.role <> 'client'"""
MAP_SERVICES = """insert into service_mappings (company_id, id, service_id, confirmed_by, created_at)
 select :c, gen_random_uuid(), s.id, 'Nina', now() from services s where s.company_id = :c
 and not exists (select from service_mappings m where m.company_id = :c and m.service_id = s.id)"""

KNOW_A_CONTACT = """insert into contact_mappings (company_id, id, connection_id, client_id, xero_contact_id,
 contact_name, found_by, contact_status, agreed, agreed_groups, created_at)
 select :c, gen_random_uuid(), k.id, (select id from clients where company_id = :c limit 1), 'x', 'X', 'person',
 'ACTIVE', '{}', '{}', now() from connections k where k.company_id = :c"""


def test_a_new_practice_is_led_by_the_hand(browser, cast, superuser):
    nina = browser("admin@xyz.test")
    assert states(nina.get("/").text) == ["now", "later", "later", "later", "later", "later"]
    steps = [
        CONNECT,
        "update connections set status = 'connected' where company_id = :c",
        MAP_STAFF,
        MAP_SERVICES,
        KNOW_A_CONTACT,
    ]
    for done, statement in enumerate(steps, start=1):
        with superuser.begin() as connection:
            connection.execute(text(statement), {"c": cast.xyz})
        expected = ["done"] * done + ["now"] + ["later"] * (5 - done)
        assert states(nina.get("/").text) == expected
    some = cast.request(cast.xyz, status="new")
    nina.post(f"/requests/{some.id}/assign", {"accountant_id": str(cast.member(cast.xyz, "Omar").id)})
    with superuser.begin() as connection:
        connection.execute(
            text("update operations set state = 'done' where company_id = :c"), {"c": cast.xyz}
        )
    assert states(nina.get("/").text) == []


def test_a_practice_that_works_is_not_led_again_for_one_new_service(browser, cast, superuser):
    assert cast.read(cast.abc, select(Service))
    with superuser.begin() as connection:
        connection.execute(text("delete from service_mappings where company_id = :c"), {"c": cast.abc})
    assert states(browser("admin@abc.test").get("/").text) == []


@pytest.mark.parametrize(
    ("email", "leads_to"),
    [("client@abc.test", "/portal"), ("super@countinghouse.test", "/platform"), (None, "/sign-in?next=/")],
)
def test_others_are_sent_to_their_own_page(browser, email, leads_to):
    assert browser(email).get("/").location == leads_to


@pytest.mark.parametrize(("email", "most"), [("admin@abc.test", 12), ("jane@abc.test", 4)])
def test_few_statements(app, browser, email, most):
    person = browser(email)
    person.get("/")
    with counted_statements(app) as seen:
        person.get("/")
    assert len(seen) <= most, "\n\n".join(seen)
