"""The address Xero posts to: only what it signed is taken, and nothing but a status is answered."""

import threading

import pytest
from flask import Flask
from psycopg2 import OperationalError
from redis.exceptions import ConnectionError as RedisAway

from app import audiences
from app.sync.webhooks.bell import Bell
from app.webhooks import receiving
from app.webhooks.receiving import BELL
from tests.support.statements import counted_statements
from tests.support.webhooks import KEY, PATH, headers, post
from tests.webhooks.conftest import set_keys

ADDRESSES = (PATH, "/api/integrations/xero/webhook")


def bare(answer) -> int:
    """The status of an answer that has nothing else: no body, no cookie, no way elsewhere."""
    assert answer.get_data() == b""
    assert not {"Set-Cookie", "Location", "Content-Type"} & set(answer.headers.keys()), answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    return answer.status_code


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_genuine_is_stored_before_it_is_answered(xero, address):
    body = post([], 0)
    client = xero.app.test_client()
    assert bare(client.post(address, data=body, headers=headers(body))) == 200
    assert [bytes(row.body) for row in xero.rows("webhook_deliveries")] == [body]
    assert xero.app.extensions[BELL].pressed == 1


def test_what_is_not_genuine_is_not_stored(xero):
    body, client = post([], 0), xero.app.test_client()
    signed = headers(body)
    for given in (
        {},
        {"x-xero-signature": ""},
        {"x-xero-signature": "ung\xfcltig"},
        headers(body, "another key"),
        headers(body + b" "),
    ):
        assert bare(client.post(PATH, data=body, headers=given)) == 401
    assert bare(client.post(PATH, data=body.replace(b" ", b""), headers=signed)) == 401
    assert xero.rows("webhook_deliveries") == []
    assert xero.app.extensions[BELL].pressed == 0


def test_without_a_key_nothing_is_genuine(app: Flask):
    body = post([], 0)
    for key in (KEY, "", " "):
        assert bare(app.test_client().post(PATH, data=body, headers=headers(body, key))) == 401


def test_two_keys_are_good_while_one_follows_the_other(app: Flask):
    set_keys(app, f"{KEY}, next+key/==")
    body = post([], 0)
    answers = [
        bare(app.test_client().post(PATH, data=body, headers=headers(body, key)))
        for key in (KEY, "next+key/==", f"{KEY},", f"{KEY}, next+key/==", ",")
    ]
    assert answers == [200, 200, 401, 401, 401]


def test_nobody_is_looked_up_whatever_the_request_carries(xero, browser):
    """A signed-in browser's cookie and a token are passed over; the form's token is not asked for."""
    body = post([], 0)
    admin = browser("admin@abc.test").raw
    carried = {**headers(body), "Authorization": "Bearer nonsense", "Origin": "https://elsewhere.test"}
    with counted_statements(xero.app) as looked_up:
        assert bare(admin.post(PATH, data=body, headers=carried)) == 200
    assert looked_up == []
    assert len(xero.rows("webhook_deliveries")) == 1
    assert audiences.AUDIENCES["xero_webhooks.receive"] == audiences.WEBHOOK
    assert [name for name, one in audiences.AUDIENCES.items() if one == audiences.WEBHOOK] == [
        "xero_webhooks.receive"
    ]


def test_what_is_too_large_is_refused_unread(xero):
    body = b" " * (receiving.LARGEST + 1)
    client = xero.app.test_client()
    assert bare(client.post(PATH, data=body, headers=headers(body))) == 413
    assert xero.rows("webhook_deliveries") == []


def test_what_cannot_be_stored_is_not_said_to_be(xero, monkeypatch):
    def away(_body: bytes) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(receiving, "_store", away)
    body = post([], 0)
    assert bare(xero.app.test_client().post(PATH, data=body, headers=headers(body))) == 503


def test_a_database_that_was_started_again_is_asked_again(xero):
    for _ in range(3):
        xero.raw(post([], 0))
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'countinghouse_app'"
    xero.run(f"{cut} and datname = current_database()")
    xero.raw(post([], 0))
    assert len(xero.rows("webhook_deliveries")) == 4


def test_redis_away_holds_nobody_up(xero, monkeypatch):
    rung = []

    def away() -> None:
        rung.append(1)
        raise RedisAway

    monkeypatch.setattr("app.sync.webhooks.bell.ring", away)
    xero.app.extensions[BELL] = Bell(xero.app)
    for _ in range(20):
        xero.raw(post([], 0))
    assert len(xero.rows("webhook_deliveries")) == 20
    for thread in threading.enumerate():
        if thread.name == "webhook-bell":
            thread.join(10)
    assert 1 <= len(rung) <= 10, "each post rang"
