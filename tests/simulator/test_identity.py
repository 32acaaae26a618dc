"""Consent, tokens, connections, revocation."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.simulator.conftest import CALLBACK, CLIENT, SCOPES, VERIFIER, RunningSimulator


def redeem(simulator: RunningSimulator, code: str, **changes: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return simulator.token_call(**{**form, **changes})


def refresh(simulator: RunningSimulator, token: str) -> requests.Response:
    return simulator.token_call(grant_type="refresh_token", refresh_token=token)


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims(token: str) -> dict[str, Any]:
    return json.loads(unpadded(token.split(".")[1]))


def connections(simulator: RunningSimulator, access_token: str, **query: str) -> requests.Response:
    return simulator.http.get(
        f"{simulator.url}/connections",
        params=query,
        headers={"Authorization": f"Bearer {access_token}"},
        timeout=10,
    )


def test_consent_leads_to_tokens_and_one_connection(simulator: RunningSimulator) -> None:
    location = simulator.consent().headers["Location"]
    query = parse_qs(urlsplit(location).query)
    assert location.startswith(CALLBACK)
    assert query["state"] == ["the-state"]
    tokens = redeem(simulator, query["code"][0]).json()
    assert tokens["expires_in"] == 1800
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == SCOPES
    found = claims(tokens["access_token"])
    assert found["scope"] == SCOPES.split()
    assert found["client_id"] == CLIENT[0]
    assert claims(tokens["id_token"])["email"] == "admin@abc.test"
    assert "authentication_event_id" not in claims(tokens["id_token"])
    [connection] = connections(
        simulator, tokens["access_token"], authEventId=found["authentication_event_id"]
    ).json()
    assert connection["tenantName"] == "ABC Pty Ltd"
    assert connection["tenantType"] == "ORGANISATION"
    assert connection["tenantId"] == simulator.organisation()["tenant_id"] != connection["id"]


def test_access_token_verifies_against_the_published_key(simulator: RunningSimulator) -> None:
    token = simulator.connect().tokens["access_token"]
    where = simulator.http.get(f"{simulator.url}/.well-known/openid-configuration", timeout=10).json()
    [key] = simulator.http.get(where["jwks_uri"], timeout=10).json()["keys"]
    numbers = rsa.RSAPublicNumbers(
        int.from_bytes(unpadded(key["e"]), "big"), int.from_bytes(unpadded(key["n"]), "big")
    )
    signed, _, signature = token.rpartition(".")
    numbers.public_key().verify(unpadded(signature), signed.encode(), padding.PKCS1v15(), SHA256())
    assert json.loads(unpadded(token.split(".")[0]))["kid"] == key["kid"]


def test_somebody_else_may_connect_but_only_their_own_organisation(simulator: RunningSimulator) -> None:
    jane = next(user for user in simulator.organisation()["users"] if user["EmailAddress"] == "jane@abc.test")
    tokens = redeem(simulator, simulator.code(person=jane["UserID"])).json()
    assert claims(tokens["access_token"])["xero_userid"] == jane["UserID"]
    refused = simulator.consent("Smith & Co", person=jane["UserID"])
    assert refused.status_code == 400
    assert "does not belong to Smith &amp; Co" in refused.text
    assert simulator.organisation("Smith & Co")["connections"] == []


def test_cancel_comes_back_without_a_code(simulator: RunningSimulator) -> None:
    query = parse_qs(urlsplit(simulator.consent(decision="cancel").headers["Location"]).query)
    assert query["error"] == ["access_denied"]
    assert query["state"] == ["the-state"]
    assert simulator.organisation()["connections"] == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "somebody"}, "unauthorized_client"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_request"),
        ({"redirect_uri": "http://evil.test/api/integrations/xero/callback"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid accounting.transactions"}, "invalid_scope"),
        ({"scope": "accounting.contacts practicemanager"}, "invalid_scope"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
def test_what_xero_would_not_accept_is_explained_not_redirected(
    simulator: RunningSimulator, changes: dict[str, str], error: str
) -> None:
    reply = simulator.consent(**changes)
    assert reply.status_code == 400
    assert f"Error: {error}" in reply.text
    assert "Location" not in reply.headers


def test_wrong_verifier_is_refused_and_uses_the_code_up(simulator: RunningSimulator) -> None:
    code = simulator.code()
    wrong = redeem(simulator, code, code_verifier="w" * 64)
    assert (wrong.status_code, wrong.json()) == (400, {"error": "invalid_grant"})
    assert redeem(simulator, code).json() == {"error": "invalid_grant"}


def test_code_works_once_and_for_five_minutes(simulator: RunningSimulator) -> None:
    code = simulator.code()
    assert redeem(simulator, code).ok
    assert redeem(simulator, code).json() == {"error": "invalid_grant"}
    late = simulator.code()
    simulator.console("clock", advance_seconds=301)
    assert redeem(simulator, late).json() == {"error": "invalid_grant"}


def test_the_app_must_prove_itself(simulator: RunningSimulator) -> None:
    def status(**more: Any) -> tuple[int, str]:
        reply = simulator.http.post(f"{simulator.url}/connect/token", timeout=10, **more)
        return reply.status_code, reply.json()["error"]

    assert status(auth=(CLIENT[0], "wrong"), data={"grant_type": "refresh_token"}) == (400, "invalid_client")
    assert status(data={"grant_type": "refresh_token"}) == (400, "unauthorized_client")
    by_form = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
    assert status(data={**by_form, "grant_type": "password"}) == (400, "unsupported_grant_type")


def test_refresh_rotates_and_the_old_token_lives_half_an_hour(simulator: RunningSimulator) -> None:
    first = simulator.connect().tokens["refresh_token"]
    second = refresh(simulator, first).json()["refresh_token"]
    assert second != first
    simulator.console("clock", advance_seconds=1799)
    third = refresh(simulator, first).json()["refresh_token"]
    simulator.console("clock", advance_seconds=2)
    assert refresh(simulator, first).json() == {"error": "invalid_grant"}
    # The use of the old token made the third one live: the second is in its own grace from then on.
    simulator.console("clock", advance_seconds=1800)
    assert refresh(simulator, second).json() == {"error": "invalid_grant"}
    assert refresh(simulator, third).ok


def test_refresh_token_dies_after_sixty_days(simulator: RunningSimulator) -> None:
    token = simulator.connect().tokens["refresh_token"]
    simulator.console("clock", advance_seconds=60 * 86_400)
    assert refresh(simulator, token).json() == {"error": "invalid_grant"}


def test_a_lost_refresh_answer_can_be_asked_for_again(simulator: RunningSimulator) -> None:
    token = simulator.connect().tokens["refresh_token"]
    simulator.fault("drop_after", path="/connect/token", count=1)
    with pytest.raises(requests.ConnectionError):
        refresh(simulator, token)
    assert refresh(simulator, token).ok


def test_rotated_twice_hands_out_a_token_that_soon_dies(simulator: RunningSimulator) -> None:
    token = simulator.connect().tokens["refresh_token"]
    simulator.fault("rotated_twice", count=1)
    given = refresh(simulator, token).json()["refresh_token"]
    simulator.console("clock", advance_seconds=1801)
    assert refresh(simulator, given).json() == {"error": "invalid_grant"}


def test_expired_access_token_is_told_so(simulator: RunningSimulator) -> None:
    xero = simulator.connect()
    simulator.console("clock", advance_seconds=1800)
    reply = xero.accounting("GET", "Organisation")
    assert reply.status_code == 401
    assert reply.json()["Detail"].startswith("TokenExpired:")


def test_revocation_takes_tokens_and_connections_of_that_person_only(simulator: RunningSimulator) -> None:
    xero, smith = simulator.connect(), simulator.connect("Smith & Co")
    reply = simulator.http.post(
        f"{simulator.url}/connect/revocation",
        data={"token": xero.tokens["refresh_token"]},
        auth=CLIENT,
        timeout=10,
    )
    assert (reply.status_code, reply.text) == (200, "")
    assert refresh(simulator, xero.tokens["refresh_token"]).json() == {"error": "invalid_grant"}
    assert connections(simulator, xero.tokens["access_token"]).json() == []
    assert xero.accounting("GET", "Organisation").status_code == 403
    assert smith.accounting("GET", "Organisation").ok


def test_delete_takes_the_connection_id_and_nothing_else(simulator: RunningSimulator) -> None:
    xero = simulator.connect()

    def delete(connection_id: str) -> int:
        return xero.call("DELETE", f"/connections/{connection_id}").status_code

    assert delete(xero.tenant_id) == 403
    assert delete(simulator.connect("Smith & Co").tokens["connection_id"]) == 404
    assert delete(xero.tokens["connection_id"]) == 204
    reply = xero.accounting("GET", "Organisation")
    assert (reply.status_code, reply.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


def test_reconnecting_keeps_the_connection_and_changes_the_event(simulator: RunningSimulator) -> None:
    first, second = simulator.connect().tokens, simulator.connect().tokens
    assert first["connection_id"] == second["connection_id"]
    assert first["auth_event_id"] != second["auth_event_id"]


def test_scopes_add_up_over_consents(simulator: RunningSimulator) -> None:
    redeem(simulator, simulator.code(scope="offline_access projects"))
    tokens = redeem(simulator, simulator.code(scope="offline_access accounting.contacts")).json()
    assert tokens["scope"] == "offline_access projects accounting.contacts"


def test_wrong_or_missing_organisation_and_scope(simulator: RunningSimulator) -> None:
    xero = simulator.connect(scopes=["offline_access", "accounting.contacts.read"])
    simulator.connect("Smith & Co")
    smith_id = simulator.organisation("Smith & Co")["id"]
    assert xero.accounting("GET", "Contacts").ok
    for missing in (xero.accounting("GET", "Users"), xero.accounting("PUT", "Contacts", json={"Name": "A"})):
        assert missing.status_code == 401
        assert missing.headers["WWW-Authenticate"] == "insufficient_scope"
    for tenant in (smith_id, "", "nonsense"):
        assert xero.accounting("GET", "Contacts", headers={"xero-tenant-id": tenant}).status_code == 403
    assert xero.accounting("GET", "Contacts", headers={"Authorization": "Bearer none"}).status_code == 401
