"""Adding a request and changing one: found clients, filled-in values, clear sentences."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from app.models import Client, ServiceRequest
from app.requests.checks import today_in

TODAY = today_in("Australia/Sydney")


@pytest.fixture
def bas(cast):
    return cast.service(cast.abc, "BAS")


@pytest.fixture
def client(cast):
    return cast.read(cast.abc, select(Client).where(Client.archived_at.is_(None)).order_by(Client.number))[0]


def count(cast) -> int:
    return cast.read(cast.abc, select(func.count(ServiceRequest.id)))[0]


def test_first_the_client_is_found(alice, client):
    assert 'type="search"' in alice.get("/requests/new").text
    found = alice.get("/requests/new", query_string={"q": client.name[:6]}).text
    assert f'href="/requests/new?client={client.id}"' in found
    assert "No client begins like that" in alice.get("/requests/new?q=zzzz").text


@pytest.mark.parametrize("which", ["of another practice", "unknown", "rubbish", "archived"])
def test_a_client_who_cannot_be_chosen_leads_back_to_the_search(alice, cast, client, superuser, bas, which):
    if which == "archived":
        with superuser.begin() as connection:
            connection.execute(
                text("update clients set archived_at = now() where id = :id"), {"id": client.id}
            )
    chosen = {"of another practice": cast.client(cast.smith).id, "unknown": uuid4(), "rubbish": "x"}.get(
        which, client.id
    )
    assert 'type="search" id="client-search"' in alice.get(f"/requests/new?client={chosen}").text
    before = count(cast)
    answer = alice.post("/requests/new", {"client_id": str(chosen), "service_id": str(bas.id)})
    assert answer.location == "/requests/new"
    assert count(cast) == before


def test_choosing_a_service_fills_in_price_and_due_date(alice, client, bas):
    page = alice.get(f"/requests/new?client={client.id}&service_id={bas.id}").text
    assert f'value="{bas.base_price}"' in page
    assert f'value="{TODAY + timedelta(days=bas.default_due_days)}"' in page


def test_added_with_the_services_values_and_the_next_reference(alice, abc, cast, client, bas):
    before = cast.read(cast.abc, select(ServiceRequest))
    numbers = [int(one.reference.split("-")[1]) for one in before]
    answer = alice.post(
        "/requests/new", {"client_id": str(client.id), "service_id": str(bas.id), "note": " Please  "}
    )
    assert answer.status_code == 302
    (added,) = [
        one for one in cast.read(cast.abc, select(ServiceRequest)) if one.id not in {old.id for old in before}
    ]
    assert answer.location == f"/requests/{added.id}"
    assert added.reference == f"ABC-{max(numbers) + 1}"
    assert (added.price, added.due_on) == (bas.base_price, TODAY + timedelta(days=bas.default_due_days))
    assert (added.note, added.status, added.office_id) == ("Please", "new", client.office_id)
    assert abc.events(added.id) == ["Request for BAS received."]
    assert "Assign it to someone next." in alice.get(answer.location).text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("due_on", str(TODAY - timedelta(days=1)), "The due date has passed."),
        ("due_on", "31/12/2026", "This is not a date."),
        ("due_on", "2126-01-01", "more than ten years away"),
        ("price", "-1", "Enter the price as a number"),
        ("price", "450,50", "Enter the price as a number"),
        ("price", "1e3", "Enter the price as a number"),
        ("price", "NaN", "Enter the price as a number"),
        ("price", "10.005", "two decimals at most"),
        ("price", "10000000", "cannot be above 9,999,999.99"),
        ("note", "x" * 2001, "Keep it to 2,000 characters; this has 2,001."),
        ("service_id", "", "Choose a service."),
        ("service_id", "10c06d03-d768-460b-92b4-37963887ae65", "There is no such service"),
        ("office_id", "5b58d949-160e-448f-bba4-55e36c66850d", "There is no such office"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    alice, cast, client, bas, field, value, sentence
):
    before = count(cast)
    data = {"client_id": str(client.id), "service_id": str(bas.id), "note": "Kept as typed", field: value}
    answer = alice.post("/requests/new", data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'id="{field}-error"' in answer.text
    assert f'href="#{field}"' in answer.text
    if field != "note":
        assert "Kept as typed" in answer.text
    assert count(cast) == before


def test_all_that_is_wrong_is_said_at_once(alice, client, bas):
    data = {
        "client_id": str(client.id),
        "service_id": str(bas.id),
        "due_on": str(TODAY - timedelta(days=1)),
        "price": "10000000",
        "note": "x" * 2001,
    }
    page = alice.post("/requests/new", data).text
    for field in ("due_on", "price", "note"):
        assert f'id="{field}-error"' in page, field
    mistyped = {"client_id": str(client.id), "due_on": "soon", "price": "a lot"}
    page = alice.post("/requests/new", mistyped).text
    for field in ("service_id", "due_on", "price"):
        assert f'id="{field}-error"' in page, field


@pytest.mark.parametrize(
    ("typed", "price"),
    [("1,250.50", "1250.50"), ("$450", "450.00"), ("0", "0.00"), ("9999999.99", "9999999.99")],
)
def test_prices_as_people_type_them(alice, cast, client, bas, typed, price):
    answer = alice.post(
        "/requests/new", {"client_id": str(client.id), "service_id": str(bas.id), "price": typed}
    )
    added = cast.read(
        cast.abc, select(ServiceRequest).where(ServiceRequest.id == answer.location.split("/")[-1])
    )[0]
    assert added.price == Decimal(price)


def test_today_is_still_a_due_date(alice, client, bas):
    data = {"client_id": str(client.id), "service_id": str(bas.id), "due_on": str(TODAY)}
    assert alice.post("/requests/new", data).status_code == 302


def edited(request, **changes):
    return {
        "service_id": str(request.service_id),
        "due_on": str(request.due_on),
        "price": str(request.price),
        "office_id": str(request.office_id or ""),
        "note": request.note or "",
        **changes,
    }


def test_a_change_is_written_with_its_history(alice, abc, cast):
    some = cast.request(cast.abc, status="assigned")
    due = TODAY + timedelta(days=40)
    answer = alice.post(
        f"/requests/{some.id}/edit", edited(some, due_on=str(due), price="1,000", note="Hurry")
    )
    assert answer.status_code == 302
    after = abc.request(some.id)
    assert (after.due_on, after.price, after.note) == (due, Decimal("1000.00"), "Hurry")
    told = abc.events(some.id)[-1]
    assert "Due date changed from" in told
    assert "to $1,000.00." in told
    assert "Note changed." in told


def test_saving_without_a_change_writes_nothing(alice, abc, cast):
    some = cast.request(cast.abc, status="assigned")
    before = abc.events(some.id)
    assert alice.post(f"/requests/{some.id}/edit", edited(some)).status_code == 302
    assert abc.events(some.id) == before


def test_a_late_request_can_be_edited_but_not_put_to_another_past_day(alice, abc, cast):
    late = cast.read(
        cast.abc,
        select(ServiceRequest).where(ServiceRequest.due_on < TODAY, ServiceRequest.status == "in_progress"),
    )[0]
    assert alice.post(f"/requests/{late.id}/edit", edited(late, price="12.34")).status_code == 302
    assert abc.request(late.id).price == Decimal("12.34")
    refused = alice.post(f"/requests/{late.id}/edit", edited(late, due_on=str(TODAY - timedelta(days=1))))
    assert (refused.status_code, "The due date has passed." in refused.text) == (422, True)
    emptied = alice.post(f"/requests/{late.id}/edit", edited(late, due_on=""))
    assert (emptied.status_code, "Choose a due date." in emptied.text) == (422, True)


def test_the_service_may_change_until_someone_has_it(alice, abc, cast, bas):
    other = cast.service(cast.abc, "Bookkeeping")
    new = cast.read(
        cast.abc,
        select(ServiceRequest).where(ServiceRequest.status == "new", ServiceRequest.service_id != other.id),
    )[0]
    alice.post(f"/requests/{new.id}/edit", edited(new, service_id=str(other.id)))
    assert abc.request(new.id).service_id == other.id
    taken = cast.read(
        cast.abc,
        select(ServiceRequest).where(
            ServiceRequest.status == "assigned", ServiceRequest.service_id != other.id
        ),
    )[0]
    assert 'name="service_id"' not in alice.get(f"/requests/{taken.id}/edit").text
    alice.post(f"/requests/{taken.id}/edit", edited(taken, service_id=str(other.id)))
    assert abc.request(taken.id).service_id == taken.service_id


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_what_is_over_is_not_edited(alice, abc, cast, status):
    some = cast.request(cast.abc, status=status)
    assert alice.get(f"/requests/{some.id}/edit").location == f"/requests/{some.id}"
    answer = alice.post(f"/requests/{some.id}/edit", edited(some, price="1"))
    assert (answer.status_code, "cannot be changed" in answer.text) == (409, True)
    assert abc.request(some.id).price == some.price
