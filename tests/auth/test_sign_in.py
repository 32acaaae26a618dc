"""Signing in and out by page, choosing the practice, the theme."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, text

PASSWORD = "countinghouse-demo"


def sign_in(browser, email, password=PASSWORD, **more):
    return browser.post("/sign-in", {"email": email, "password": password, **more})


def count(superuser: Engine, statement: str) -> int:
    with superuser.connect() as connection:
        return int(connection.scalar(text(statement)))


@pytest.mark.parametrize(
    ("email", "first_page"),
    [("admin@abc.test", "Dashboard"), ("jane@abc.test", "Your work"), ("ADMIN@ABC.test", "Dashboard")],
)
def test_staff_go_straight_to_their_dashboard(browser, email, first_page):
    person = browser(None)
    answer = sign_in(person, email)
    assert (answer.status_code, answer.location) == (302, "/")
    assert f"<title>{first_page}" in person.get("/").text


def test_a_client_goes_on_to_the_portal_and_a_super_admin_to_the_platform(browser):
    client = browser(None)
    sign_in(client, "client@abc.test")
    assert client.get("/").location == "/portal"
    assert sign_in(browser(None), "super@countinghouse.test").location == "/platform"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("admin@abc.test", "wrong"),
        ("nobody@abc.test", PASSWORD),
        ("admin@abc.test' or 1=1 --", PASSWORD),
        ("admin@abc.test\x00", PASSWORD),
    ],
)
def test_every_kind_of_wrong_is_told_alike(browser, superuser, email, password):
    before = count(superuser, "select count(*) from user_sessions")
    answer = sign_in(browser(None), email, password)
    assert answer.status_code == 401
    assert "That e-mail address and password do not belong together." in answer.text
    assert "<title>Error: Sign in" in answer.text
    assert password == "" or password not in answer.text or "code>" in answer.text
    assert count(superuser, "select count(*) from user_sessions") == before


@pytest.mark.parametrize(
    ("email", "password", "says"),
    [
        ("", "", {"email", "password"}),
        ("  ", PASSWORD, {"email"}),
        ("admin@abc.test", "", {"password"}),
    ],
)
def test_what_is_left_empty_is_said_at_its_field_and_is_no_try(app: Flask, browser, email, password, says):
    page = sign_in(browser(None), email, password)
    assert page.status_code == 422
    assert ("The e-mail address is missing." in page.text) == ("email" in says)
    assert ("The password is missing." in page.text) == ("password" in says)
    assert app.extensions["redis"].keys("*sign-in*") == []


def test_a_way_back_from_xero_is_not_carried_through_the_sign_in(browser):
    came = browser(None).get("/api/integrations/xero/callback?code=the-code&state=the-state")
    assert came.location == "/sign-in?next=/settings/integrations/xero"


def test_too_many_tries_must_wait(browser):
    person = browser(None)
    for _ in range(10):
        assert sign_in(person, "admin@abc.test", "wrong").status_code == 401
    assert sign_in(person, "admin@abc.test").status_code == 429


def test_an_endless_address_does_not_fill_redis(app: Flask, browser):
    redis = app.extensions["redis"]
    assert sign_in(browser(None), "x" * 900_000).status_code == 401
    keys = redis.keys("*sign-in*")
    assert len(keys) == 3, "the account from the address, the address, and the account"
    assert max(len(key) for key in keys) < 200


def test_without_the_token_nobody_is_signed_in(browser, superuser):
    before = count(superuser, "select count(*) from user_sessions")
    answer = browser(None).raw.post("/sign-in", data={"email": "admin@abc.test", "password": PASSWORD})
    assert answer.status_code == 400
    assert count(superuser, "select count(*) from user_sessions") == before


def test_after_signing_in_people_land_where_they_wanted(browser):
    person = browser(None)
    assert person.get("/requests?status=new").location == "/sign-in?next=/requests?status%3Dnew"
    assert 'value="/requests?status=new"' in person.get("/sign-in?next=/requests?status%3Dnew").text
    assert sign_in(person, "admin@abc.test", next="/requests?status=new").location == "/requests?status=new"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
    ],
)
def test_nobody_is_sent_to_another_site(browser, elsewhere):
    person = browser(None)
    assert "evil" not in person.get("/sign-in", query_string={"next": elsewhere}).text
    assert sign_in(person, "admin@abc.test", next=elsewhere).location == "/"
    assert person.get("/sign-in", query_string={"next": elsewhere}).location == "/"
    assert person.post("/theme", {"theme": "dark", "next": elsewhere}).location == "/"


def test_demonstration_accounts_fill_the_form_without_javascript(browser):
    page = browser(None).get("/sign-in?as=jane@abc.test").text
    assert page.count("@abc.test<span") == 3
    assert 'value="jane@abc.test"' in page
    assert f'value="{PASSWORD}"' in page
    assert f'value="{PASSWORD}"' not in browser(None).get("/sign-in?as=someone@else.test").text


def test_outside_the_demonstration_no_account_is_shown(app: Flask, browser):
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"demo": False})
    page = browser(None).get("/sign-in?as=jane@abc.test").text
    assert "abc.test" not in page
    assert PASSWORD not in page


def test_signing_out_ends_the_session_wherever_its_cookie_is(browser):
    person = browser("admin@abc.test")
    stolen = person.raw.get_cookie("countinghouse").value
    assert person.get("/").status_code == 200
    assert person.post("/sign-out").location == "/sign-in"
    assert "/sign-in" in person.get("/").location
    person.raw.set_cookie("countinghouse", stolen)
    assert "/sign-in" in person.get("/").location


def test_signing_out_needs_a_post_with_the_token(browser):
    person = browser("admin@abc.test")
    assert person.get("/sign-out").status_code == 405
    assert person.raw.post("/sign-out").status_code == 400
    assert person.get("/").status_code == 200


def test_signing_in_anew_ends_the_sign_in_before(browser, superuser):
    person = browser("admin@abc.test")
    sign_in(person, "jane@abc.test")
    assert "Jane Doe" in person.get("/").text
    assert count(superuser, "select count(*) from user_sessions where ended_at is not null") == 1


@pytest.fixture
def jane_in_smith(superuser: Engine, cast):
    with superuser.begin() as connection:
        connection.execute(
            text(
                "insert into memberships (company_id, id, user_id, role, active, created_at)"
                " select :company, :id, id, 'admin', true, now() from users where email = 'jane@abc.test'"
            ),
            {"company": cast.smith, "id": uuid4()},
        )


def test_who_has_several_practices_chooses_one(browser, cast, jane_in_smith):
    person = browser(None)
    assert sign_in(person, "jane@abc.test", next="/requests").location == "/companies?next=/requests"
    page = person.get("/companies?next=/requests").text
    assert "ABC Accounting" in page
    assert "Smith Tax Co." in page
    assert "XYZ" not in page
    chosen = person.post("/companies", {"company_id": str(cast.smith), "next": "/requests"})
    assert chosen.location == "/requests"
    assert "Smith Tax Co." in person.get("/requests").text


@pytest.mark.parametrize("choice", ["xyz", "nothing", "rubbish"])
def test_nobody_chooses_a_practice_that_is_not_theirs(browser, cast, jane_in_smith, choice):
    person = browser(None)
    sign_in(person, "jane@abc.test")
    company = {"xyz": str(cast.xyz), "nothing": "", "rubbish": "no-id"}[choice]
    assert person.post("/companies", {"company_id": company}).status_code == 422
    assert person.get("/requests").location == "/companies"


def test_a_suspended_practice_lets_nobody_in(browser, superuser, cast):
    with superuser.begin() as connection:
        connection.execute(text("update companies set suspended_at = now() where id = :id"), {"id": cast.abc})
    person = browser(None)
    assert sign_in(person, "jane@abc.test").location == "/companies"
    assert person.post("/companies", {"company_id": str(cast.abc)}).status_code == 422
    inside = browser("admin@abc.test")
    assert inside.get("/").status_code == 403
    assert inside.get("/requests").status_code == 403


def test_the_theme_is_kept_with_the_person(browser):
    person = browser("admin@abc.test")
    assert person.post("/theme", {"theme": "dark", "next": "/requests"}).location == "/requests"
    assert 'data-bs-theme="dark"' in person.get("/help").text
    assert person.post("/theme", {"theme": "pink"}).status_code == 422
    assert 'data-bs-theme="dark"' in person.get("/help").text
