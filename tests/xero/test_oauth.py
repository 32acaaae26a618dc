import base64
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
import requests_mock as rm

from app.xero.config import XeroApp
from app.xero.errors import Again, Permanent, ReconnectNeeded, WaitUntil, XeroError
from app.xero.oauth import TokenSet, authorize_url, challenge, exchange_code, new_verifier, refresh, revoke

TOKEN = "https://identity.xero.com/connect/token"
REVOCATION = "https://identity.xero.com/connect/revocation"


def jwt(claims: dict[str, Any]) -> str:
    def part(data: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2ln"


CLAIMS = {
    "xero_userid": "user-1",
    "authentication_event_id": "event-1",
    "scope": ["openid", "projects"],
}


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "access_token": jwt(CLAIMS),
        "refresh_token": "canary-refresh",
        "id_token": jwt({"xero_userid": "user-1"}),
        "expires_in": 1800,
        "token_type": "Bearer",
        "scope": "openid projects offline_access",
    } | changes


def test_the_authorize_address(xero_app: XeroApp) -> None:
    verifier = new_verifier()
    url = urlsplit(authorize_url(xero_app, ("openid", "projects"), "state+1", verifier))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://login.xero.com/identity/connect/authorize"
    assert dict(parse_qsl(url.query)) == {
        "response_type": "code",
        "client_id": "client-id",
        "redirect_uri": "http://localhost:8000/back",
        "scope": "openid projects",
        "state": "state+1",
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }


def test_verifier_and_challenge() -> None:
    verifier = new_verifier()
    assert 43 <= len(verifier) <= 128
    assert verifier != new_verifier()
    expected = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert challenge(verifier) == expected


def test_a_code_becomes_tokens(xero_app: XeroApp, requests_mock: rm.Mocker) -> None:
    requests_mock.post(TOKEN, json=answer())
    tokens = exchange_code(xero_app, "code-1", "verifier-1")
    assert tokens.refresh_token == "canary-refresh"
    assert tokens.scopes == {"openid", "projects", "offline_access"}
    assert (tokens.xero_user_id, tokens.authentication_event_id) == ("user-1", "event-1")
    assert timedelta(minutes=29) < tokens.expires_at - datetime.now(UTC) <= timedelta(minutes=30)
    sent = requests_mock.last_request
    assert parse_qs(sent.text) == {
        "grant_type": ["authorization_code"],
        "code": ["code-1"],
        "redirect_uri": ["http://localhost:8000/back"],
        "code_verifier": ["verifier-1"],
    }
    assert (
        base64.b64decode(sent.headers["Authorization"].removeprefix("Basic "))
        == b"client-id:client-secret-value"
    )


def test_refreshing(xero_app: XeroApp, requests_mock: rm.Mocker) -> None:
    requests_mock.post(TOKEN, json=answer(expires_in=720))
    tokens = refresh(xero_app, "old")
    assert parse_qs(requests_mock.last_request.text) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["old"],
    }
    assert tokens.expires_at - datetime.now(UTC) <= timedelta(minutes=12)


@pytest.mark.parametrize("access_token", ["opaque", "a.b.c", "a.e30.c"])
def test_a_token_that_says_nothing_of_itself(
    xero_app: XeroApp, requests_mock: rm.Mocker, access_token: str
) -> None:
    requests_mock.post(TOKEN, json=answer(access_token=access_token))
    tokens = refresh(xero_app, "old")
    assert tokens.authentication_event_id is None
    assert tokens.xero_user_id == "user-1"
    assert "projects" in tokens.scopes


def test_scopes_out_of_the_token_when_the_answer_names_none(
    xero_app: XeroApp, requests_mock: rm.Mocker
) -> None:
    requests_mock.post(TOKEN, json=answer(scope=None))
    assert refresh(xero_app, "old").scopes == {"openid", "projects"}


def test_a_dead_refresh_token(xero_app: XeroApp, requests_mock: rm.Mocker) -> None:
    requests_mock.post(TOKEN, status_code=400, json={"error": "invalid_grant"})
    with pytest.raises(ReconnectNeeded):
        refresh(xero_app, "old")


def test_a_used_code(xero_app: XeroApp, requests_mock: rm.Mocker) -> None:
    requests_mock.post(TOKEN, status_code=400, json={"error": "invalid_grant"})
    with pytest.raises(Permanent) as caught:
        exchange_code(xero_app, "code", "verifier")
    assert caught.value.code == "code_refused"


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize(
    "error", ["invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"]
)
def test_our_own_set_up(xero_app: XeroApp, requests_mock: rm.Mocker, error: str, status: int) -> None:
    requests_mock.post(TOKEN, status_code=status, json={"error": error})
    with pytest.raises(Permanent) as caught:
        refresh(xero_app, "old")
    assert (caught.value.code, caught.value.whose_move) == (error, "us")


@pytest.mark.parametrize("status", [400, 401, 403, 404])
@pytest.mark.parametrize("body", ["", "<html></html>", "{}", '{"error": {"x": 1}}'])
def test_a_refusal_without_words_is_not_the_practices(
    xero_app: XeroApp, requests_mock: rm.Mocker, status: int, body: str
) -> None:
    requests_mock.post(TOKEN, status_code=status, text=body)
    with pytest.raises(Permanent) as caught:
        refresh(xero_app, "old")
    assert (caught.value.code, caught.value.whose_move) == ("oauth_refused", "us")


def test_too_many_token_calls(xero_app: XeroApp, requests_mock: rm.Mocker) -> None:
    requests_mock.post(TOKEN, status_code=429, headers={"Retry-After": "7"})
    with pytest.raises(WaitUntil) as caught:
        refresh(xero_app, "old")
    assert caught.value.seconds == 7


@pytest.mark.parametrize(
    "given",
    [
        {"status_code": 500, "text": "<html></html>"},
        {"status_code": 200, "text": "<html></html>", "headers": {"Content-Type": "text/html"}},
        {"status_code": 200, "text": '{"access_token": "canary'},
        {"status_code": 200, "json": {"access_token": "canary"}},
        {"status_code": 200, "json": []},
        {"status_code": 200, "json": None},
        {"exc": requests.ReadTimeout("canary")},
        {"exc": requests.ConnectionError("canary")},
    ],
)
def test_a_refresh_whose_outcome_is_unclear(xero_app: XeroApp, requests_mock: rm.Mocker, given: Any) -> None:
    requests_mock.post(TOKEN, **given)
    with pytest.raises(Again) as caught:
        refresh(xero_app, "old")
    assert caught.value.maybe_done is True
    assert "canary" not in f"{caught.value!r}{caught.value}{caught.value.details}"


def test_a_refresh_that_was_never_sent(xero_app: XeroApp, requests_mock: rm.Mocker) -> None:
    requests_mock.post(TOKEN, exc=requests.ConnectTimeout)
    with pytest.raises(Again) as caught:
        refresh(xero_app, "old")
    assert caught.value.maybe_done is False


def test_revoking(xero_app: XeroApp, requests_mock: rm.Mocker) -> None:
    requests_mock.post(REVOCATION, text="")
    revoke(xero_app, "old")
    assert parse_qs(requests_mock.last_request.text)["token"] == ["old"]


def test_revoking_what_is_dead_already(xero_app: XeroApp, requests_mock: rm.Mocker) -> None:
    requests_mock.post(REVOCATION, status_code=400, json={"error": "invalid_grant"})
    revoke(xero_app, "old")
    assert requests_mock.call_count == 1


def test_revoking_refused(xero_app: XeroApp, requests_mock: rm.Mocker) -> None:
    requests_mock.post(REVOCATION, status_code=400, json={"error": "invalid_client"})
    with pytest.raises(XeroError):
        revoke(xero_app, "old")


def test_no_secret_in_any_repr(xero_app: XeroApp) -> None:
    tokens = TokenSet("canary", "canary", datetime.now(UTC), frozenset(), "user", None)
    assert "canary" not in repr(tokens)
    assert "client-secret-value" not in repr(xero_app)


@pytest.mark.parametrize("url", ["", "ftp://x", "api.xero.com"])
def test_a_host_must_be_an_address(url: str) -> None:
    with pytest.raises(ValueError):
        XeroApp("id", "s", "http://localhost/", api_url=url)
