"""The list: its filters stand in the address, its pages go by key both ways, its statements are few."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from app.models import Client, Operation, ServiceRequest
from app.models.service_request import OPEN_STATUSES
from app.requests.checks import today_in
from tests.requests.conftest import references
from tests.support.statements import counted_statements


def shown(person, query: str) -> list[str]:
    """All references of the list with this query, page after page."""
    found, address = [], f"/requests?{query}"
    for _ in range(30):
        page = person.get(address).text
        found += references(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            return found
        address = following.group(1).replace("&amp;", "&")
    raise AssertionError("the list does not end")


def wanted(cast, *where, join=None) -> set[str]:
    statement = select(ServiceRequest).where(*where)
    return {one.reference for one in cast.read(cast.abc, statement)}


def test_every_filter_leaves_exactly_what_it_says(alice, cast):
    today = today_in("Australia/Sydney")
    mike = cast.member(cast.abc, "Mike")
    some = cast.request(cast.abc, status="completed")
    jobs = select(Operation.subject_id)
    open_ = ServiceRequest.status.in_(OPEN_STATUSES)
    cases = {
        "": (),
        "status=open": (open_,),
        "status=completed": (ServiceRequest.status == "completed",),
        "assignee=nobody": (ServiceRequest.assignee_id.is_(None),),
        f"assignee={mike.id}": (ServiceRequest.assignee_id == mike.id,),
        f"service={some.service_id}": (ServiceRequest.service_id == some.service_id,),
        f"client={some.client_id}": (ServiceRequest.client_id == some.client_id,),
        f"office={some.office_id}": (ServiceRequest.office_id == some.office_id,),
        "due=late": (open_, ServiceRequest.due_on < today),
        "xero=done": (ServiceRequest.id.in_(jobs.where(Operation.state == "done")),),
        "xero=waiting": (ServiceRequest.id.in_(jobs.where(Operation.state == "waiting")),),
        "xero=failed": (ServiceRequest.id.in_(jobs.where(Operation.state == "failed")),),
        "xero=moving": (
            ServiceRequest.id.in_(jobs.where(Operation.state.in_(("queued", "running", "retry")))),
        ),
        "xero=none": (ServiceRequest.id.not_in(jobs.where(Operation.state != "cancelled")),),
        "status=open&assignee=nobody&due=late": (
            open_,
            ServiceRequest.assignee_id.is_(None),
            ServiceRequest.due_on < today,
        ),
        "status=nonsense&assignee=&due=x&xero=y": (),
    }
    for query, where in cases.items():
        found = shown(alice, query)
        assert set(found) == wanted(cast, *where), query
        assert len(found) == len(set(found)), f"{query}: a request stands twice"


def test_mine(jane, browser, cast):
    member = cast.member(cast.abc, "Jane")
    assert set(shown(jane, "assignee=me")) == wanted(cast, ServiceRequest.assignee_id == member.id)
    assert shown(browser("admin@abc.test"), "assignee=me") == []


@pytest.mark.parametrize("query", ["assignee={}", "service={}", "client={}", "office={}"])
def test_another_practices_ids_find_nothing(alice, cast, query):
    theirs = {
        "assignee={}": cast.member(cast.smith, "Priya").id,
        "service={}": cast.request(cast.smith).service_id,
        "client={}": cast.client(cast.smith).id,
        "office={}": uuid4(),
    }[query]
    assert shown(alice, query.format(theirs)) == []
    assert "No request fits these filters" in alice.get("/requests?" + query.format(theirs)).text


def test_search_by_reference_number_and_client(alice, cast):
    some = cast.request(cast.abc, status="completed")
    client = cast.read(cast.abc, select(Client).where(Client.id == some.client_id))[0]
    theirs = wanted(cast, ServiceRequest.client_id == some.client_id)
    last_word = client.name.split()[-1]
    assert shown(alice, f"q={some.reference}") == [some.reference]
    assert shown(alice, f"q={some.reference.lower()}") == [some.reference]
    assert shown(alice, f"q={some.reference.split('-')[1]}") == [some.reference]
    assert set(shown(alice, f"q={client.number}")) == theirs
    assert theirs <= set(shown(alice, f"q={client.name.split()[0].upper()}"))
    assert theirs <= set(shown(alice, f"q={last_word[:3]}"))
    # The practice's own letters stand before every reference: they must not make every request a hit.
    assert set(shown(alice, "q=abc")) == set()


@pytest.mark.parametrize("q", ["%25", "_", "\\", "'", '"><qqz>', "a" * 500])
def test_search_takes_every_character_as_it_is(alice, q):
    answer = alice.get(f"/requests?q={q}")
    assert answer.status_code == 200
    assert references(answer.text) == []
    assert "<qqz>" not in answer.text


@pytest.mark.parametrize(("sort", "key"), [("created", "created_at"), ("due", "due_on")])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_sorted_both_ways_forward_and_back(alice, cast, sort, key, direction):
    rows = cast.read(cast.abc, select(ServiceRequest))
    ordered = sorted(rows, key=lambda one: (getattr(one, key), one.id.bytes), reverse=direction == "desc")
    query = f"sort={sort}&direction={direction}"
    expected = [one.reference for one in ordered]
    assert shown(alice, query) == expected
    first = alice.get(f"/requests?{query}").text
    second = alice.get(link(first, "next")).text
    assert 'rel="prev"' not in first
    back = alice.get(link(second, "prev")).text
    assert references(back) == references(first) == expected[:50]
    assert f'aria-sort="{"ascending" if direction == "asc" else "descending"}"' in first
    assert first.count("aria-sort") == 1


def link(page: str, rel: str) -> str:
    return re.search(rf'rel="{rel}" href="([^"]+)"', page).group(1).replace("&amp;", "&")


@pytest.mark.parametrize("cursor", ["x", "bm9uc2Vuc2U", "%00", "W10"])
def test_a_cursor_that_is_none_is_told(alice, cursor):
    answer = alice.get(f"/requests?after={cursor}")
    assert answer.status_code == 422
    assert "This place in the list is not known" in answer.text


def test_filters_in_use_can_be_taken_away_one_by_one(alice, cast):
    client = cast.client(cast.abc)
    page = alice.get(f"/requests?status=open&due=late&client={client.id}").text
    assert page.count('class="chip"') == 3
    assert f"Client: {client.name}".replace("&", "&amp;") in page or "Client: unknown" in page
    assert f'href="/requests?due=late&amp;client={client.id}"' in page
    assert re.search(r"\d+ requests?</p>", page)


def test_few_statements_whatever_the_length(app, alice):
    alice.get("/requests")
    with counted_statements(app) as seen:
        assert len(references(alice.get("/requests?status=open&xero=done&q=a").text)) > 1
    assert len(seen) <= 7, "\n\n".join(seen)


def test_the_other_practice_sees_its_own(browser, cast):
    smith = browser("admin@smith.test")
    theirs = {one.reference for one in cast.read(cast.smith, select(ServiceRequest))}
    assert set(shown(smith, "")) == theirs


def test_counts_stop_at_ten_thousand(alice, superuser, cast):
    with superuser.begin() as connection:
        connection.execute(
            text(
                "insert into service_requests (company_id, id, reference, client_id, service_id, status, price,"
                " due_on, created_at, updated_at) select company_id, gen_random_uuid(), 'ABC-9' || n, client_id,"
                " service_id, 'new', price, due_on, created_at, updated_at from"
                " (select * from service_requests where company_id = :c limit 1) one, generate_series(1, 10100) n"
            ),
            {"c": cast.abc},
        )
    page = alice.get("/requests?assignee=nobody").text
    assert "10,000+ requests" in page
    assert "50 of 10,000+ shown" in page
