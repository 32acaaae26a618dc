"""Rules of the frame: audiences, settings, queues, sockets."""

import socket

import pytest
from flask import Flask

from app import audiences, create_app
from app.config import SettingsError, load_settings

GOOD = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "TOKEN_MASTER_KEY": "dGhlIG1hc3RlciBrZXkgb2YgdGhlIHRlc3RzISEhISE=",
    "DATABASE_URL": "postgresql+psycopg2://app@/x",
    "REDIS_URL": "unix:///x",
    "PUBLIC_URL": "https://practice.example",
    "XERO_CLIENT_ID": "id",
    "XERO_CLIENT_SECRET": "secret",
    "XERO_REDIRECT_URI": "https://practice.example/api/integrations/xero/callback",
}


def test_every_endpoint_has_an_audience(app: Flask):
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(audiences.AUDIENCES)


def test_an_endpoint_that_nobody_listed_stops_the_start(app: Flask):
    another = create_app(app.extensions["settings"])
    another.add_url_rule("/unlisted", "unlisted", lambda: "x")
    with pytest.raises(RuntimeError, match="unlisted"):
        audiences.check_complete(another)


def test_urls_are_kebab_case_with_typed_ids(app: Flask):
    for rule in app.url_map.iter_rules():
        if rule.endpoint in {"static", "assets.file"}:
            continue
        assert rule.rule == rule.rule.lower(), rule
        for name, converter in rule._converters.items():
            typed = type(converter).__name__ == "UUIDConverter"
            assert typed or not name.endswith("_id"), f"{rule}: {name} takes any text"


@pytest.mark.parametrize("name", [*GOOD])
def test_a_missing_setting_stops_the_start(monkeypatch, name: str):
    monkeypatch.setattr("os.environ", {})
    settings = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(SettingsError) as wrong:
        load_settings(**settings)
    assert name in str(wrong.value) or name == "PUBLIC_URL"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SECRET_KEY", "short", "32 random characters"),
        ("SECRET_KEY", "a" * 40, "32 random characters"),
        ("TOKEN_MASTER_KEY", "not base64!", "base64"),
        ("TOKEN_MASTER_KEY", "c2hvcnQ=", "32 bytes"),
        ("TOKEN_MASTER_KEY_VERSION", "256", "less than or equal to 255"),
        ("OTHER_MASTER_KEYS", "c2hvcnQ=", "each like 1:base64"),
        ("OTHER_MASTER_KEYS", "2:c2hvcnQ=", "32 bytes"),
        ("OTHER_MASTER_KEYS", "1:dGhlIG1hc3RlciBrZXkgb2YgdGhlIHRlc3RzISEhISE=", "two keys of version 1"),
        ("PUBLIC_URL", "http://practice.example", "https://"),
        ("XERO_API_URL", "ftp://api", "http://"),
    ],
)
def test_a_weak_setting_stops_the_start(monkeypatch, name: str, value: str, says: str):
    monkeypatch.setattr("os.environ", {})
    with pytest.raises(SettingsError, match=says) as wrong:
        load_settings(**{**GOOD, name: value})
    assert value not in str(wrong.value) or len(value) < 6, "the value itself must not be told"


def test_good_settings_start(monkeypatch):
    monkeypatch.setattr("os.environ", {})
    settings = load_settings(**GOOD)
    assert settings.xero_api_url == "https://api.xero.com"
    assert "secret" not in repr(settings.xero_client_secret)


def test_no_test_reaches_another_machine():
    with socket.socket() as probe, pytest.raises(AssertionError, match="not this machine"):
        probe.connect(("192.0.2.1", 80))


def test_headers_of_every_answer(app: Flask):
    response = app.test_client().get("/sign-in")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Cache-Control"] == "no-store"


def test_health(app: Flask):
    client = app.test_client()
    assert client.get("/healthz").get_json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.get_json()["checks"] == {
        "database": True,
        "migrations": True,
        "redis": True,
        "worker": False,
    }
