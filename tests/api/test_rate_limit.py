"""Calls a minute of one sign-in."""

import pytest
from redis.exceptions import ConnectionError as RedisAway

from app.api import rate_limit
from app.api.docs.openapi import document


@pytest.fixture
def clock(monkeypatch):
    """Time stands still, ten seconds before the minute ends, until it is moved."""
    present = [60.0 * 29_000_000 + 50]
    monkeypatch.setattr(rate_limit.time, "time", lambda: present[0])
    return present


@pytest.fixture
def three(app):
    """Three calls a minute."""
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"api_calls_per_minute": 3})


def test_every_answer_tells_what_is_left(api, three, clock):
    program = api("admin@abc.test")
    left = [program.get("/api/auth/me").headers["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    headers = api("jane@abc.test").get("/api/services").headers
    told = [headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]
    assert told == ["3", "2", "10"]


def test_too_many_must_wait_and_then_go_on(api, three, clock):
    program = api("admin@abc.test")
    assert [program.get("/api/clients").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = program.get("/api/clients")
    assert refused.json["error"]["code"] == "rate_limited"
    assert "this sign-in may make 3 a minute" in refused.json["error"]["message"]
    assert (refused.headers["Retry-After"], refused.headers["RateLimit-Remaining"]) == ("10", "0")
    clock[0] += 10
    assert program.get("/api/clients").status_code == 200


def test_one_sign_in_does_not_use_up_anothers(api, three, clock):
    program = api("admin@abc.test")
    assert [program.get("/api/clients").status_code for _ in range(4)][-1] == 429
    assert api("admin@abc.test").get("/api/clients").status_code == 200
    assert api("jane@abc.test").get("/api/clients").status_code == 200


def test_a_refused_call_changes_nothing(api, three, clock, cast):
    program = api("admin@abc.test")
    for _ in range(3):
        program.get("/api/clients")
    before = len(cast.read(cast.abc, _names()))
    assert program.post("/api/clients", {"name": "Late", "kind": "company"}).status_code == 429
    assert len(cast.read(cast.abc, _names())) == before


def _names():
    from sqlalchemy import select

    from app.models import Client

    return select(Client.name)


def test_without_redis_nothing_is_limited(api, three, clock, monkeypatch):
    def away():
        raise RedisAway

    monkeypatch.setattr(rate_limit, "redis_client", away)
    program = api("admin@abc.test")
    answers = [program.get("/api/clients") for _ in range(5)]
    assert {one.status_code for one in answers} == {200}
    assert "RateLimit-Limit" not in answers[0].headers


def test_pages_are_not_counted(browser, three, clock):
    person = browser("admin@abc.test")
    assert {person.get("/api/integrations/xero/status").status_code for _ in range(6)} == {200}


def test_the_description_tells_of_it(app):
    operation = document(app, "http://localhost")["paths"]["/api/clients"]["get"]
    assert "Retry-After" in operation["responses"]["429"]["headers"]
    assert "RateLimit-Remaining" in operation["responses"]["200"]["headers"]
