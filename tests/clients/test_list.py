"""The list of clients: order, pages, search, filters, and whose clients they are."""

import re
from base64 import urlsafe_b64encode

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import Client, Office, now
from app.tenancy import company_scope
from tests.support.pages import links, words

CLIENT_LINK = re.compile(r"/clients/[0-9a-f-]{36}")


def shown(page) -> list[str]:
    return [link for link in links(page, "/clients/") if CLIENT_LINK.fullmatch(link)]


def names(cast, company_id) -> list[str]:
    return [
        client.name for client in cast.read(company_id, select(Client).where(Client.archived_at.is_(None)))
    ]


@pytest.mark.parametrize(("typed", "said"), [("Hannah Whitlock", "1 client"), ("whitl0ck", "0 clients")])
def test_one_client_is_not_counted_as_many(browser, typed, said):
    page = browser("jane@abc.test").get(f"/clients?q={typed}").text
    assert re.search(r'applied-count"[^>]*>([^<]+)<', page)[1] == said


def test_every_client_stands_in_the_list_once_page_by_page(browser, cast):
    people = browser("jane@abc.test")
    first = people.get("/clients")
    assert len(shown(first)) == 50
    onward = next(link for link in links(first, "/clients?") if "after=" in link)
    second = people.get(onward)
    everyone = shown(first) + shown(second)
    assert len(everyone) == len(set(everyone)) == len(names(cast, cast.abc))
    order = [
        client.id for client in cast.read(cast.abc, select(Client).order_by(Client.sort_name, Client.id))
    ]
    assert everyone == [f"/clients/{one}" for one in order if f"/clients/{one}" in everyone]
    back = next(link for link in links(second, "/clients?") if "before=" in link)
    assert shown(people.get(back)) == shown(first)


def test_each_practice_sees_its_own_clients_only(browser, cast):
    abc, smith = set(names(cast, cast.abc)), set(names(cast, cast.smith))
    page = words(browser("admin@smith.test").get("/clients"))
    assert all(name in page for name in smith)
    assert not [name for name in abc - smith if name in page]
    assert f"{len(smith)} clients" in page


@pytest.mark.parametrize("looked_for", ["start", "second word", "number", "short number", "e-mail"])
def test_search_finds_a_client_by_beginnings(browser, cast, looked_for):
    client = cast.read(
        cast.abc,
        select(Client).where(Client.email.is_not(None), Client.name.contains(" ")).order_by(Client.number),
    )[0]
    text = {
        "start": client.name[:6].upper(),
        "second word": client.name.split()[1],
        "number": client.number.lower(),
        "short number": client.number.split("-")[1],
        "e-mail": client.email[:9],
    }[looked_for]
    page = browser("jane@abc.test").get("/clients", query_string={"q": text})
    assert f"/clients/{client.id}" in shown(page)
    assert len(shown(page)) < 50


def test_signs_of_a_pattern_are_taken_as_they_are(browser):
    page = browser("jane@abc.test").get("/clients", query_string={"q": "%"})
    assert shown(page) == []
    assert "No client fits these filters" in words(page)


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ED%A0%80", "office=1", "office=%00", "kind=%00", "kind=martian", "archived=2"]
)
def test_a_senseless_filter_is_no_failure(browser, query):
    assert browser("jane@abc.test").get(f"/clients?{query}").status_code == 200


def test_filters_by_kind_office_and_archived(app, browser, cast):
    office = cast.read(cast.abc, select(Office).order_by(Office.name))[0]
    with app.app_context(), company_scope(cast.abc):
        archived = db.session.scalars(
            select(Client).where(Client.kind == "company").order_by(Client.name)
        ).first()
        db.session.execute(update(Client).where(Client.id == archived.id).values(archived_at=now()))
        db.session.commit()
        gone = f"/clients/{archived.id}"
    people = browser("jane@abc.test")
    companies = shown(people.get("/clients?kind=company"))
    assert gone not in companies
    assert sorted(companies) == sorted(
        f"/clients/{one.id}"
        for one in cast.read(
            cast.abc, select(Client).where(Client.kind == "company", Client.archived_at.is_(None))
        )
    )
    assert gone in shown(people.get("/clients?archived=1&kind=company"))
    in_office = cast.read(
        cast.abc, select(Client).where(Client.office_id == office.id, Client.archived_at.is_(None))
    )
    assert sorted(shown(people.get(f"/clients?office={office.id}"))) == sorted(
        f"/clients/{one.id}" for one in in_office
    )


def test_a_place_in_the_list_that_is_none_is_said_so(browser):
    surrogate = urlsafe_b64encode(b'["\\ud800", "00000000-0000-0000-0000-000000000000"]').decode()
    for cursor in ("x", "WyJhIl0", "bnVsbA", "eyJhIjoxfQ", "WyJhIiwgImIiXQ", surrogate):
        answer = browser("jane@abc.test").get(f"/clients?after={cursor}")
        assert answer.status_code == 422, cursor
        assert "place in the list is not known" in words(answer)


def test_a_practice_without_clients_is_led_by_the_hand(app, browser, cast):
    with app.app_context(), company_scope(cast.xyz):
        db.session.execute(update(Client).values(archived_at=now()))
        db.session.commit()
    assert "No clients yet" in words(browser("admin@xyz.test").get("/clients"))


@pytest.mark.parametrize(("email", "status"), [("client@abc.test", 404), (None, 302)])
def test_who_is_not_staff_does_not_get_the_list(browser, email, status):
    assert browser(email).get("/clients").status_code == status
