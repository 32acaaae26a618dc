"""Guessing is slow from anywhere, for any account, with and without Redis; and it locks nobody out."""

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text

from app.auth import sessions, throttle

PASSWORD = "countinghouse-demo"
JANE = "jane@abc.test"
HOME, AWAY, ELSEWHERE = "10.0.0.1", "10.0.0.2", "2001:db8:1:2::3"


def sign_in(browser, email: str, password: str, address: str):
    sent = {"email": email, "password": password}
    return browser(None).post("/sign-in", sent, environ_base={"REMOTE_ADDR": address})


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(sessions, "TRIES_OF_ACCOUNT", 6)
    throttle._here.clear()


def guess_from_everywhere(browser, email: str) -> list[int]:
    return [sign_in(browser, email, "wrong", f"192.0.2.{n}").status_code for n in range(8)]


def test_an_account_is_guarded_from_everywhere_together_and_its_person_comes_in(browser):
    assert sign_in(browser, JANE, PASSWORD, HOME).status_code == 302
    assert sign_in(browser, JANE, PASSWORD, ELSEWHERE).status_code == 302
    assert guess_from_everywhere(browser, JANE) == [401] * 6 + [429] * 2
    refused = sign_in(browser, JANE, PASSWORD, AWAY)
    assert refused.status_code == 429, "the right password, but from a new place"
    assert "Too many wrong passwords for this account, from many places" in refused.text
    assert sign_in(browser, JANE, PASSWORD, HOME).status_code == 302
    assert sign_in(browser, JANE, PASSWORD, "2001:db8:1:2:9::9").status_code == 302, "the same network"
    assert sign_in(browser, "mike@abc.test", PASSWORD, AWAY).status_code == 302, "others are not concerned"


def test_an_unknown_address_is_answered_alike(browser):
    assert guess_from_everywhere(browser, "nobody@abc.test") == [401] * 6 + [429] * 2


def test_a_mailed_link_lets_its_person_in_from_a_new_place(browser, outbox):
    guess_from_everywhere(browser, JANE)
    jane, from_away = browser(None), {"environ_base": {"REMOTE_ADDR": AWAY}}
    for _ in range(10):
        sign_in(browser, JANE, "wrong", AWAY)
    jane.post("/password/forgot", {"email": JANE}, **from_away)
    new = "quiet teal otter lamps"
    jane.post(outbox.last("password_reset").link, {"password": new, "again": new}, **from_away)
    assert sign_in(browser, JANE, new, AWAY).status_code == 302
    assert sign_in(browser, JANE, new, "10.0.0.3").status_code == 429


def test_right_passwords_count_for_nothing(app: Flask, browser):
    for _ in range(20):
        assert sign_in(browser, JANE, PASSWORD, HOME).status_code == 302
    redis = app.extensions["redis"]
    assert {int(redis.get(key)) for key in redis.keys("*tries:sign-in*")} == {0}
    assert all(redis.ttl(key) > 0 for key in redis.keys("*tries:*")), "every count runs out"


def test_a_count_that_ran_out_is_not_given_back(app: Flask):
    with app.app_context():
        throttle.give_back("sign-in-from:nowhere")
        assert app.extensions["redis"].keys("*nowhere*") == []


def test_without_redis_this_process_counts(app: Flask, browser, monkeypatch):
    app.extensions["redis"] = Redis(port=9, socket_connect_timeout=0.1, retry=None)
    answers = [sign_in(browser, JANE, "wrong", HOME).status_code for _ in range(7)]
    assert answers == [401] * 6 + [429]
    assert sign_in(browser, "mike@abc.test", PASSWORD, HOME).status_code == 302, "people can work"
    monkeypatch.setattr(throttle, "MOST_HERE", 20)
    for n in range(50):
        throttle._take_here(f"flood:{n}", 60)
    assert len(throttle._here) == 20
    assert throttle._take_here("flood:49", 60) == 2
    assert throttle._take_here("over", -1) == throttle._take_here("over", -1) == 1, "each window anew"


def test_only_the_last_weeks_make_a_place_known(browser, superuser):
    sign_in(browser, JANE, PASSWORD, HOME)
    guess_from_everywhere(browser, JANE)
    with superuser.begin() as connection:
        connection.execute(text("update user_sessions set created_at = now() - interval '31 days'"))
    assert sign_in(browser, JANE, PASSWORD, HOME).status_code == 429
