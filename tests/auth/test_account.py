"""A person's own account: details, password, address, sign-ins."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from app.auth import throttle
from app.auth.devices import words_of
from tests.support.pages import field, words

PASSWORD = "countinghouse-demo"
NEW = "quiet teal otter lamps"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(browser, email, password=PASSWORD, agent=FIREFOX):
    person = browser(None)
    answer = person.post("/sign-in", {"email": email, "password": password}, headers={"User-Agent": agent})
    return person if answer.status_code == 302 else answer.status_code


@pytest.mark.parametrize(
    "email", ["admin@abc.test", "jane@abc.test", "client@abc.test", "super@countinghouse.test"]
)
def test_everybody_has_one(browser, email):
    person = browser(email)
    for path in ("/account", "/account/password", "/account/email"):
        assert person.get(path).status_code == 200
    assert email in person.get("/account").text


def test_details_are_changed_and_checked(browser):
    jane = browser("jane@abc.test")
    assert jane.post("/account", {"name": "Jane  D. Doe", "theme": "dark"}).status_code == 302
    page = jane.get("/account")
    assert field(page, "name") == "Jane D. Doe"
    assert 'data-bs-theme="dark"' in page.text
    assert "data-shortcuts-on checked" not in jane.get("/requests").text
    jane.post("/account", {"name": "Jane Doe", "theme": "auto", "shortcuts": "y"})
    assert "data-shortcuts-on checked" in jane.get("/requests").text
    wrong = jane.post("/account", {"name": " ", "theme": "purple"})
    assert wrong.status_code == 422
    assert "Your name is missing" in words(wrong)
    assert field(jane.get("/account"), "name") == "Jane Doe"


def test_a_new_password_ends_every_other_sign_in_but_this_one(browser, api, outbox):
    here, there, program = sign_in(browser, "jane@abc.test"), browser("jane@abc.test"), api("jane@abc.test")
    login = api().post("/api/auth/login", {"email": "jane@abc.test", "password": PASSWORD}).json
    answer = here.post("/account/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert answer.location == "/account"
    assert here.get("/account").status_code == 200
    assert there.get("/account").location.startswith("/sign-in")
    assert program.get("/api/auth/me").status_code == 401
    refreshed = api().post("/api/auth/refresh", {"refresh_token": login["refresh_token"]})
    assert refreshed.status_code == 401
    assert sign_in(browser, "jane@abc.test") == 401
    assert sign_in(browser, "jane@abc.test", NEW).get("/account").status_code == 200
    assert outbox.last("password_changed").recipient == "jane@abc.test"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"current": "wrong", "password": NEW, "again": NEW}, "not your present password"),
        ({"current": PASSWORD, "password": NEW, "again": NEW + "x"}, "differ"),
        ({"current": PASSWORD, "password": "short", "again": "short"}, "at least 12"),
        ({"current": PASSWORD, "password": "jane@abc.test jane", "again": "jane@abc.test jane"}, "contains"),
    ],
)
def test_a_password_that_is_not_taken(browser, outbox, data, says):
    jane, elsewhere = browser("jane@abc.test"), browser("jane@abc.test")
    answer = jane.post("/account/password", data)
    assert answer.status_code == 422
    assert says in words(answer)
    assert elsewhere.get("/account").status_code == 200
    assert outbox.all() == []


def test_the_present_password_cannot_be_guessed_here(browser):
    jane = browser("jane@abc.test")
    for _ in range(10):
        jane.post("/account/password", {"current": "guess", "password": NEW, "again": NEW})
    answer = jane.post("/account/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert answer.status_code == 422
    assert "Too many tries" in words(answer)


def test_the_address_changes_when_the_link_is_followed(browser, outbox):
    jane = browser("jane@abc.test")
    jane.post("/account/email", {"email": "jane.doe@practice.example", "current": PASSWORD})
    confirm, notice = outbox.last("email_confirm"), outbox.last("email_notice")
    assert (confirm.recipient, notice.recipient) == ("jane.doe@practice.example", "jane@abc.test")
    assert "jane.doe@practice.example" in notice.text
    somewhere = browser(None)
    assert "jane.doe@practice.example" in words(somewhere.get(confirm.link))
    assert sign_in(browser, "jane.doe@practice.example") == 401, "looking changes nothing"
    assert somewhere.post(confirm.link).location == "/sign-in"
    assert sign_in(browser, "jane.doe@practice.example").get("/account").status_code == 200
    assert sign_in(browser, "jane@abc.test") == 401
    assert "is now jane.doe@practice.example" in outbox.last("email_notice").text
    assert outbox.last("email_notice").recipient == "jane@abc.test"
    assert somewhere.post(confirm.link).status_code == 410


def test_an_address_that_is_taken_is_not_told_of_and_not_taken(browser, outbox):
    jane = browser("jane@abc.test")
    free = jane.post("/account/email", {"email": "free@smith.test", "current": PASSWORD})
    taken = jane.post("/account/email", {"email": "Admin@smith.test", "current": PASSWORD})
    assert (free.status_code, free.location) == (taken.status_code, taken.location)
    assert [mail.recipient for mail in outbox.all("email_confirm")] == ["free@smith.test", ""]


def test_an_address_taken_meanwhile_spoils_the_link(browser, outbox, superuser):
    jane = browser("jane@abc.test")
    jane.post("/account/email", {"email": "new@practice.example", "current": PASSWORD})
    with superuser.begin() as connection:
        connection.execute(
            text("update users set email = 'NEW@practice.example' where email = 'mike@abc.test'")
        )
    assert browser(None).post(outbox.last("email_confirm").link).status_code == 410
    assert sign_in(browser, "jane@abc.test").get("/account").status_code == 200


@pytest.mark.parametrize(
    ("email", "current", "says"),
    [
        ("nonsense", PASSWORD, "not an e-mail address"),
        ("", PASSWORD, "missing"),
        ("JANE@abc.test", PASSWORD, "your address already"),
        ("new@practice.example", "wrong", "not your present password"),
    ],
)
def test_an_address_that_is_not_sent_to(browser, outbox, email, current, says):
    answer = browser("jane@abc.test").post("/account/email", {"email": email, "current": current})
    assert answer.status_code == 422
    assert says in words(answer)
    assert outbox.all() == []


def test_a_new_password_stops_a_change_of_address(browser, outbox):
    jane = browser("jane@abc.test")
    jane.post("/account/email", {"email": "thief@practice.example", "current": PASSWORD})
    jane.post("/account/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert browser(None).post(outbox.last("email_confirm").link).status_code == 410


def test_sign_ins_are_listed_and_ended(browser, api, superuser):
    here, phone = (
        sign_in(browser, "jane@abc.test"),
        sign_in(browser, "jane@abc.test", agent="X iPhone Safari/6"),
    )
    login = (
        api()
        .post(
            "/api/auth/login",
            {"email": "jane@abc.test", "password": PASSWORD},
            headers={"User-Agent": "ledger-robot/2.1 x"},
        )
        .json
    )
    token = {"Authorization": f"Bearer {login['access_token']}"}
    page = words(here.get("/account"))
    for device in ("Firefox on Windows This one", "Safari on an iPhone", "A program: ledger-robot/2.1"):
        assert device in page
    assert "127.0.0.1" in page
    with superuser.connect() as connection:
        ids = dict(
            connection.execute(
                text(
                    "select s.kind || left(s.agent, 1), s.id from user_sessions s join users u on u.id = s.user_id"
                    " where u.email = 'jane@abc.test'"
                )
            ).all()
        )
    assert api().get("/api/auth/me", headers=token).status_code == 200
    assert here.post(f"/account/sessions/{ids['apil']}/end").location == "/account"
    assert api().get("/api/auth/me", headers=token).status_code == 401, "revoked at once"
    assert api().post("/api/auth/refresh", {"refresh_token": login["refresh_token"]}).status_code == 401
    assert phone.get("/account").status_code == 200
    here.post("/account/sessions/end-others")
    assert phone.get("/account").location.startswith("/sign-in")
    assert here.get("/account").status_code == 200
    assert here.post(f"/account/sessions/{ids['pageM']}/end").location == "/sign-in"
    assert here.get("/account").location.startswith("/sign-in")


def test_nobody_ends_anothers_sign_in(browser, superuser):
    mike = browser("mike@abc.test")
    with superuser.connect() as connection:
        theirs = connection.scalar(
            text(
                "select s.id from user_sessions s join users u on u.id = s.user_id where email = 'mike@abc.test'"
            )
        )
    jane = browser("jane@abc.test")
    assert jane.post(f"/account/sessions/{theirs}/end").status_code == 404
    assert jane.post(f"/account/sessions/{uuid4()}/end").status_code == 404
    assert mike.get("/account").status_code == 200


def test_when_a_sign_in_was_last_seen_is_kept_to_some_minutes(browser, superuser):
    jane = sign_in(browser, "jane@abc.test")
    with superuser.begin() as connection:
        connection.execute(text("update user_sessions set last_seen_at = now() - interval '4 minutes'"))
    jane.get("/account")
    with superuser.begin() as connection:
        assert connection.scalar(
            text("select max(last_seen_at) < now() - interval '3 minutes' from user_sessions")
        )
        connection.execute(text("update user_sessions set last_seen_at = now() - interval '6 minutes'"))
    jane.get("/account")
    with superuser.connect() as connection:
        assert connection.scalar(
            text("select max(last_seen_at) > now() - interval '1 minute' from user_sessions")
        )


@pytest.mark.parametrize(
    ("agent", "kind", "said"),
    [
        (FIREFOX, "page", "Firefox on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/140.0 Safari/537.36 Edg/140.0",
            "page",
            "Edge on a Mac",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "page", "Chrome on Android"),
        ("", "page", "A browser"),
        (None, "api", "A program"),
    ],
)
def test_devices_in_words(agent, kind, said):
    assert words_of(agent, kind) == said


def test_tries_from_one_address_are_counted_over_all_accounts(app: Flask, browser):
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for _ in range(100):
            assert throttle.take(f"sign-in-from:{throttle.address()}", 100, 300)
    assert sign_in(browser, "jane@abc.test") == 429
    elsewhere = browser(None)
    answer = elsewhere.post(
        "/sign-in",
        {"email": "jane@abc.test", "password": PASSWORD},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert answer.location == "/", "the person themselves, elsewhere, is not locked out"


def test_right_passwords_do_not_count_against_an_address(app: Flask, browser):
    for _ in range(3):
        sign_in(browser, "jane@abc.test")
    assert int(app.extensions["redis"].get("countinghouse:tries:sign-in-from:127.0.0.1")) == 0


def test_a_network_of_ipv6_addresses_counts_as_one(app: Flask):
    def address(remote: str) -> str:
        with app.test_request_context(environ_base={"REMOTE_ADDR": remote}):
            return throttle.address()

    assert address("2001:db8:1:2::1") == address("2001:db8:1:2:ffff::9") != address("2001:db8:1:3::1")
    assert address("192.0.2.1") != address("192.0.2.2")
