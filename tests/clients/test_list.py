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


def test_search_finds_a_client_by_beginnings(app, browser, cast):
    with app.app_context(), company_scope(cast.abc):
        client = Client(
            number="ABC-C0903",
            name="Siân O'Donoghue-Kröger",
            sort_name="siân o'donoghue-kröger",
            kind="other",
            email="sian.ok@kroeger.example",
            phone="+61 2 9123 4567",
            mobile="0400 111 222",
        )
        db.session.add(client)
        db.session.commit()
        own = f"/clients/{client.id}"
    jane = browser("jane@abc.test")
    finding = ["SIÂ", "sian", "o'dono", "ODONO", "kroger", "krö sia", "sian.ok", "sian.ok@kr", "kroeger.ex"]
    finding += [
        "abc-c0903",
        "c0903",
        "0903",
        "903",
        "02 9123",
        "9123 4567",
        "(02) 9123-4567",
        "0400",
        "0400111222",
    ]
    for text in finding:
        found = shown(jane.get("/clients", query_string={"q": text}))
        assert own in found, text
        assert len(found) < 50, text
    for text in ("ian", "dono x", "123 4567", "example", "abc", "anna"):
        assert own not in shown(jane.get("/clients", query_string={"q": text})), text
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(
            update(Client).where(Client.number == "ABC-C0903").values(sort_name="renamed", phone=None)
        )
        db.session.commit()
    assert own not in shown(jane.get("/clients?q=odono"))
    assert own not in shown(jane.get("/clients?q=9123"))
    assert own in shown(jane.get("/clients?q=renam"))
    assert own in {
        choice.replace("/requests/new?client=", "/clients/")
        for choice in links(jane.get("/requests/new?q=renam"), "/requests/new?client=")
    }


def test_the_order_is_asked_for(browser, cast):
    jane = browser("jane@abc.test")
    by_number = cast.read(cast.abc, select(Client).order_by(Client.number))
    assert shown(jane.get("/clients?sort=number"))[0] == f"/clients/{by_number[0].id}"
    assert shown(jane.get("/clients?sort=number&direction=desc"))[0] == f"/clients/{by_number[-1].id}"
    everyone = []
    for path in ("/clients?sort=created&xero=no", "/clients?sort=created&xero=yes"):
        page = jane.get(path)
        everyone += shown(page)
        onward = [link for link in links(page, "/clients?") if "after=" in link]
        everyone += shown(jane.get(onward[0])) if onward else []
    assert len(everyone) == len(set(everyone))
    assert set(everyone) == {f"/clients/{one.id}" for one in by_number}


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%ED%A0%80",
        "office=1",
        "office=%00",
        "kind=%00",
        "kind=martian",
        "archived=2",
        "tag=x",
        "sort=%00",
        "xero=maybe",
    ],
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
