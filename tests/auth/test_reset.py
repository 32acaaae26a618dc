"""A forgotten password."""

import statistics
import time

import pytest
from flask import Flask
from sqlalchemy import text

from tests.support.pages import same_but_for, words

NEW = "quiet teal otter lamps"


def ask(person, email):
    return person.post("/password/forgot", {"email": email})


def set_new(person, link, password=NEW, again=None):
    return person.post(link, {"password": password, "again": password if again is None else again})


def sign_in(person, email, password):
    return person.post("/sign-in", {"email": email, "password": password})


def test_the_whole_way(browser, api, outbox):
    at_work, program = browser("jane@abc.test"), api("jane@abc.test")
    person = browser(None)
    assert "Look into your mail" in ask(person, " JANE@abc.test ").text
    mail = outbox.last("password_reset")
    assert (mail.recipient, mail.company_id) == ("jane@abc.test", None)
    assert mail.link in mail.html
    assert "Choose a new password" in person.get(mail.link).text
    answer = set_new(person, mail.link)
    assert answer.location == "/sign-in"
    assert at_work.get("/").location.startswith("/sign-in")
    assert program.get("/api/auth/me").status_code == 401
    assert sign_in(browser(None), "jane@abc.test", "countinghouse-demo").status_code == 401
    assert sign_in(browser(None), "jane@abc.test", NEW).location == "/"
    assert outbox.last("password_changed").recipient == "jane@abc.test"


def test_a_link_works_once_and_the_others_with_it(browser, outbox):
    person = browser(None)
    ask(person, "jane@abc.test")
    ask(person, "jane@abc.test")
    first, second = (mail.link for mail in outbox.all("password_reset"))
    assert first != second
    assert person.get(first).status_code == 200, "a second mail does not spoil the first"
    set_new(person, first)
    for link in (first, second):
        assert person.get(link).status_code == 410
        assert set_new(person, link, "another quiet otter").status_code == 410
    assert sign_in(browser(None), "jane@abc.test", NEW).location == "/"


@pytest.mark.parametrize("age", ["expires_at = now() - interval '1 second'", "used_at = now()"])
def test_a_stale_link_says_so_and_changes_nothing(browser, outbox, superuser, age):
    person = browser(None)
    ask(person, "jane@abc.test")
    with superuser.begin() as connection:
        lasts = connection.scalar(text("select extract(epoch from expires_at - created_at) from user_links"))
        connection.execute(text(f"update user_links set {age}"))
    assert 3595 < lasts < 3605
    answer = set_new(person, outbox.last("password_reset").link)
    assert answer.status_code == 410
    assert "This link does not work any more" in words(answer)
    assert sign_in(browser(None), "jane@abc.test", NEW).status_code == 401


def test_made_up_links_are_told_like_stale_ones(browser, outbox, superuser):
    person = browser(None)
    ask(person, "jane@abc.test")
    link = outbox.last("password_reset").link
    with superuser.begin() as connection:
        connection.execute(text("update user_links set used_at = now()"))
    stale, made_up = person.get(link), person.get("/password/reset/AAAA")
    assert same_but_for(stale) == same_but_for(made_up)


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [
        ("short", "short", "Use at least 12"),
        ("passwordpassword", "passwordpassword", "tried first"),
        (NEW, "something else 12", "differ"),
    ],
)
def test_a_bad_password_is_said_at_its_field_and_the_link_stays(browser, outbox, password, again, says):
    person = browser(None)
    ask(person, "jane@abc.test")
    link = outbox.last("password_reset").link
    answer = set_new(person, link, password, again)
    assert answer.status_code == 422
    assert says in words(answer)
    assert password not in answer.text
    assert set_new(person, link).status_code == 302


def test_known_and_unknown_addresses_get_the_same_answer_in_the_same_time(app: Flask, browser, outbox):
    person, took = browser(None), {"known": [], "unknown": []}
    answers = {}
    ask(person, "warm@up.example")
    for turn in range(12):
        for kind, email in (("known", "jane@abc.test"), ("unknown", f"nobody{turn}@abc.test")):
            app.extensions["redis"].flushall()
            began = time.perf_counter()
            answer = ask(person, email)
            took[kind].append(time.perf_counter() - began)
            answers[kind] = same_but_for(answer, email)
    assert answers["known"] == answers["unknown"]
    known, unknown = (statistics.median(took[kind]) for kind in ("known", "unknown"))
    assert 0.5 < known / unknown < 2, (known, unknown)
    assert {mail.recipient for mail in outbox.all()} == {"jane@abc.test", ""}
    assert {mail.state for mail in outbox.all() if not mail.recipient} == {"discarded"}


def test_an_inactive_person_gets_nothing(browser, outbox, superuser):
    with superuser.begin() as connection:
        connection.execute(text("update users set active = false where email = 'jane@abc.test'"))
    ask(browser(None), "jane@abc.test")
    assert [mail.recipient for mail in outbox.all()] == [""]


@pytest.mark.parametrize("email", ["", "no address", "jane@abc.test\x00", "' or 1=1 --@x"])
def test_nonsense_breaks_nothing(browser, outbox, email):
    assert ask(browser(None), email).status_code in {200, 422}
    assert [mail for mail in outbox.all() if mail.recipient] == []


def test_three_mails_an_hour_for_an_address_and_no_word_about_it(browser, outbox):
    person = browser(None)
    answers = {ask(person, "jane@abc.test").text for _ in range(5)}
    assert len({answer.partition("<main")[2] for answer in answers}) == 1
    links = [mail.link for mail in outbox.all("password_reset")]
    assert len(links) == 3
    assert set_new(person, links[0]).status_code == 302, "whoever asks for others takes nothing from them"


def test_twenty_askings_an_hour_from_an_address(browser):
    person = browser(None)
    for number in range(20):
        assert ask(person, f"a{number}@practice.example").status_code == 200
    assert ask(person, "jane@abc.test").status_code == 429


def test_the_secret_is_not_in_the_database(browser, outbox, superuser):
    ask(browser(None), "jane@abc.test")
    secret = outbox.last("password_reset").link.rpartition("/")[2]
    with superuser.connect() as connection:
        assert secret not in connection.scalar(text("select user_links::text from user_links"))
