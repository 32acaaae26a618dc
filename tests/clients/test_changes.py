"""Adding, editing and archiving clients by page, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from app.clients.actions import create_client
from app.extensions import db
from app.models import Client, Company, Connection, ContactErrand, ContactMapping, Office
from app.tenancy import company_scope
from tests.support.pages import field, same_but_for, words

GOOD = {
    "name": "Brighter Smile Dental",
    "kind": "company",
    "email": "hello@brightersmile.example",
    "phone": "02 9123 4567",
}


def how_many(cast, company_id):
    return cast.read(company_id, select(func.count(Client.id)))[0]


def next_number(cast):
    return cast.read(cast.abc, select(Company.next_client_number))[0]


def test_a_new_client_gets_the_next_number_and_a_tidy_name(browser, cast):
    before = next_number(cast)
    answer = browser("jane@abc.test").post(
        "/clients/new", {**GOOD, "name": "  Brighter \u200b Smile   Dental "}
    )
    assert answer.status_code == 302
    client = cast.client(cast.abc, "Brighter Smile Dental")
    assert client.number == f"ABC-C{before:04d}"
    assert client.sort_name == "brighter smile dental"
    assert (client.kind, client.email, client.phone) == ("company", GOOD["email"], GOOD["phone"])
    assert answer.location.endswith(f"/clients/{client.id}")
    page = browser("jane@abc.test").get(answer.location)
    assert "Brighter Smile Dental" in words(page)


WRONG = [
    ({"name": ""}, "The client's name is missing. Write one."),
    ({"name": "   "}, "The client's name is missing. Write one."),
    ({"name": "x" * 256}, "The client's name has 256 characters. Use 255 at most."),
    ({"name": "Tom <b>"}, "Xero does not take the signs < and > in a name. Leave them out."),
    ({"kind": ""}, "Choose what kind of client this is."),
    ({"street": "a\nb\nc\nd\ne"}, "The street has 5 lines. Xero takes 4: join some of them."),
    ({"country": "New Zealand 2"}, "Xero takes letters only in a country."),
    ({"email": "björn@example.com"}, "Xero takes plain letters only in an e-mail address"),
    ({"mobile": "1" * 51}, "The phone number has 51 characters. Use 50 at most."),
    ({"number": "x" * 51}, "The number has 51 characters. Use 50 at most."),
    ({"number": "abc-c0001"}, "has the number abc-c0001 already."),
    ({"kind": "martian"}, "The kind of client must be one of"),
    ({"email": "nobody"}, "This is not an e-mail address. Write it like name@example.com."),
    ({"email": "a@b"}, "This is not an e-mail address. Write it like name@example.com."),
    ({"phone": "call me"}, "This is not a phone number."),
    ({"phone": "12"}, "This is not a phone number."),
    ({"office_id": str(uuid4())}, "There is no such office. Choose one of the practice's offices."),
    ({"office_id": "1 or 1=1"}, "There is no such office. Choose one of the practice's offices."),
    ({"notes": "x" * 4001}, "The note has 4001 characters. Use 4000 at most."),
]


def test_a_wrong_value_is_said_at_its_field_and_nothing_is_changed(browser, cast):
    clients, number, jane = how_many(cast, cast.abc), next_number(cast), browser("jane@abc.test")
    for wrong, sentence in WRONG:
        sent = {**GOOD, **wrong}
        answer = jane.post("/clients/new", sent)
        assert answer.status_code == 422, wrong
        assert words(answer).count(sentence) == 2, f"{sentence}: once in the summary, once at the field"
        assert "<title>Error: Add a client" in answer.get_data(as_text=True)
        kept = {name: value for name, value in sent.items() if name not in {"office_id", "kind"}}
        assert {name: field(answer, name) for name in kept} == {
            name: value.strip() for name, value in kept.items()
        } | {name: value for name, value in kept.items() if value.strip() != value and name == "name"}
    assert (how_many(cast, cast.abc), next_number(cast)) == (clients, number)


def test_all_that_is_wrong_is_said_at_once(browser):
    page = words(browser("jane@abc.test").post("/clients/new", {"name": "", "kind": "company", "email": "x"}))
    assert "The client's name is missing" in page
    assert "This is not an e-mail address" in page


def test_phones_as_people_write_them(browser, cast):
    jane = browser("jane@abc.test")
    for place, phone in enumerate(("+61 2 9123 4567", "(02) 9123-4567", "0412 345 678 ext 12", "13 28 65")):
        sent = {**GOOD, "name": f"Caller {place}", "email": "", "phone": phone}
        assert jane.post("/clients/new", sent).status_code == 302
        assert cast.client(cast.abc, f"Caller {place}").phone == phone


def test_an_office_of_another_practice_is_no_office(browser, cast):
    foreign = cast.read(cast.smith, select(Office))[0]
    answer = browser("jane@abc.test").post("/clients/new", {**GOOD, "office_id": str(foreign.id)})
    assert answer.status_code == 422
    assert "There is no such office" in words(answer)
    assert foreign.name not in words(answer)


def test_editing_changes_what_was_changed(browser, cast):
    client = cast.client(cast.abc)
    people = browser("jane@abc.test")
    form = people.get(f"/clients/{client.id}/edit")
    assert field(form, "name") == client.name
    assert field(form, "kind") == client.kind
    assert field(form, "office_id") == str(client.office_id or "")
    sent = {name: field(form, name) for name in ("name", "kind", "email", "phone", "office_id", "notes")}
    answer = people.post(f"/clients/{client.id}/edit", {**sent, "name": "Ärzte am Markt"})
    assert answer.status_code == 302
    after = cast.client(cast.abc, "Ärzte am Markt")
    assert after.id == client.id
    assert after.sort_name == "ärzte am markt"
    assert (after.number, after.email, after.office_id) == (client.number, client.email, client.office_id)


def test_an_archived_client_is_left_alone_until_it_is_back(browser, cast):
    client = cast.client(cast.abc)
    people = browser("jane@abc.test")
    assert people.post(f"/clients/{client.id}/archive").status_code == 302
    page = words(people.get(f"/clients/{client.id}"))
    assert "This client is archived" in page
    again = people.post(f"/clients/{client.id}/archive")
    assert (again.status_code, "archived already" in words(again)) == (409, True)
    edited = people.post(f"/clients/{client.id}/edit", {**GOOD, "name": "Somebody else"})
    assert edited.status_code == 409
    assert "Bring the client back" in words(edited)
    assert cast.read(cast.abc, select(Client.name).where(Client.id == client.id)) == [client.name]
    assert people.post(f"/clients/{client.id}/unarchive").status_code == 302
    assert people.post(f"/clients/{client.id}/unarchive").status_code == 409
    assert cast.read(cast.abc, select(Client.archived_at).where(Client.id == client.id)) == [None]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/clients/{}"),
        ("get", "/clients/{}/edit"),
        ("post", "/clients/{}/edit"),
        ("post", "/clients/{}/archive"),
        ("post", "/clients/{}/unarchive"),
    ],
)
def test_a_strangers_client_is_as_one_that_does_not_exist(browser, cast, method, path):
    foreign, nobody = cast.client(cast.smith), uuid4()
    people = browser("admin@abc.test")
    data = {"data": GOOD} if method == "post" else {}
    answers = [getattr(people, method)(path.format(one), **data) for one in (foreign.id, nobody)]
    assert same_but_for(answers[0], foreign.id) == same_but_for(answers[1], nobody)
    assert answers[0].status_code == 404
    own = cast.client(cast.abc)
    assert getattr(people, method)(path.format(own.id), **data).status_code in {200, 302, 409}
    assert cast.client(cast.smith).name == foreign.name


def test_without_the_token_of_the_page_nothing_happens(browser, cast):
    client, clients = cast.client(cast.abc), how_many(cast, cast.abc)
    people = browser("admin@abc.test")
    for path, data in (("/clients/new", GOOD), (f"/clients/{client.id}/archive", {})):
        assert people.raw.post(path, data=data).status_code == 400
    assert how_many(cast, cast.abc) == clients
    assert cast.client(cast.abc).archived_at is None


def test_ten_clients_added_at_once_get_ten_numbers(app, cast):
    def add(place: int) -> str:
        with app.app_context(), company_scope(cast.abc):
            number = create_client(name=f"At Once {place}", kind="other").number
            db.session.commit()
            return number

    with ThreadPoolExecutor(5) as pool:
        numbers = list(pool.map(add, range(10)))
    assert len(set(numbers)) == 10


def test_the_page_of_a_client_shows_their_requests_and_people(browser, cast):
    request = cast.request(cast.abc)
    page = words(browser("jane@abc.test").get(f"/clients/{request.client_id}"))
    assert request.reference in page
    portal = cast.member(cast.abc, "Hannah")
    page = words(browser("jane@abc.test").get(f"/clients/{portal.client_id}"))
    assert "client@abc.test" in page


def test_a_client_who_may_be_there_already_is_shown_first(browser, cast):
    jane, hannah, before = (
        browser("jane@abc.test"),
        cast.client(cast.abc, "Hannah Whitlock"),
        how_many(cast, cast.abc),
    )
    for like in (
        {"name": "WHITLOCK, Hannah", "email": ""},
        {"name": "Somebody Else", "email": hannah.email.upper()},
    ):
        answer = jane.post("/clients/new", {**GOOD, **like})
        assert answer.status_code == 422
        assert f'href="/clients/{hannah.id}"' in answer.text
        assert "Is it one of these?" in words(answer)
    assert how_many(cast, cast.abc) == before
    assert jane.post("/clients/new", {**GOOD, "name": "Whitlock, Hannah", "anyway": "1"}).status_code == 302
    assert how_many(cast, cast.abc) == before + 1
    # Saving what was accepted as it is asks no more.
    double = cast.client(cast.abc, "Whitlock, Hannah")
    sent = {**GOOD, "name": double.name, "city": "Sydney"}
    assert jane.post(f"/clients/{double.id}/edit", sent).status_code == 302
    assert jane.post(f"/clients/{double.id}/edit", {**sent, "email": hannah.email}).status_code == 422


def test_a_number_of_ones_own_and_those_that_follow(browser, cast):
    jane = browser("jane@abc.test")
    ahead = f"ABC-C{next_number(cast) + 5:04d}"
    for sent in (
        {"name": "Own Number", "number": "  OLD  7 "},
        {"name": "Ahead", "number": ahead},
        {"name": "After"},
    ):
        assert jane.post("/clients/new", {**GOOD, "email": "", **sent}).status_code == 302
    assert cast.client(cast.abc, "Own Number").number == "OLD 7"
    assert int(cast.client(cast.abc, "After").number[5:]) == int(ahead[5:]) + 1


def test_what_an_edit_does_in_xero_is_said_and_noted(app, browser, cast, simulator):
    client = cast.client(cast.abc)
    jane = browser("jane@abc.test")
    with app.app_context(), company_scope(cast.abc):
        connection = db.session.scalars(select(Connection)).first()
        named = {"xero_contact_id": "hers", "contact_name": "Her contact", "found_by": "person"}
        db.session.add(ContactMapping(client_id=client.id, connection_id=connection.id, agreed={}, **named))
        db.session.execute(update(Company).values(push_client_changes=False))
        db.session.commit()
    assert "This also changes Xero" not in words(jane.get(f"/clients/{client.id}/edit"))
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(Company).values(push_client_changes=True))
        db.session.commit()
    assert "This also changes Xero" in words(jane.get(f"/clients/{client.id}/edit"))
    errands = select(func.count()).where(ContactErrand.client_id == client.id)
    sent = {
        "name": client.name,
        "kind": client.kind,
        "email": client.email or "",
        "phone": client.phone or "",
    }
    assert jane.post(f"/clients/{client.id}/edit", {**sent, "notes": "Ours alone"}).status_code == 302
    assert cast.read(cast.abc, errands) == [0]
    assert jane.post(f"/clients/{client.id}/edit", {**sent, "city": "Bega"}).status_code == 302
    assert cast.read(cast.abc, errands) == [1]
