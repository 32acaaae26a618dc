from __future__ import annotations

import gc
import time
import warnings
from datetime import datetime
from typing import Any

import pytest
from xero_python.exceptions import HTTPStatusException

from tests.simulator.sdk.client import Sdk


def test_list(sdk: Sdk) -> None:
    sdk.simulator.connect("Smith & Co", person="admin@smith.test")
    [connection] = sdk.identity.get_connections()
    assert (connection.id, connection.tenant_id) == (sdk.connection_id, sdk.tenant_id)
    assert (connection.tenant_type, connection.tenant_name) == ("ORGANISATION", "ABC Pty Ltd")
    assert isinstance(connection.created_date_utc, datetime)
    assert connection.updated_date_utc >= connection.created_date_utc


def test_list_of_one_consent(sdk: Sdk) -> None:
    [connection] = sdk.identity.get_connections(auth_event_id=sdk.event_id)
    assert connection.auth_event_id == sdk.event_id
    assert sdk.identity.get_connections(auth_event_id="11111111-2222-4333-8444-555555555555") == []


def test_delete_takes_the_connections_id(sdk: Sdk) -> None:
    with pytest.raises(HTTPStatusException) as refused:
        sdk.identity.delete_connection(sdk.tenant_id)
    assert refused.value.status == 403
    assert len(sdk.state()["connections"]) == 1
    sdk.identity.delete_connection(sdk.connection_id)
    assert sdk.identity.get_connections() == []
    assert sdk.state()["connections"] == []
    with pytest.raises(HTTPStatusException) as disconnected:
        sdk.accounting.get_organisations(sdk.tenant_id)
    assert disconnected.value.status == 403


def test_refresh_by_hand(sdk: Sdk) -> None:
    before = dict(sdk.token)
    sdk.client.refresh_oauth2_token()
    assert sdk.token["refresh_token"] != before["refresh_token"]
    assert sdk.token["access_token"] != before["access_token"]
    assert (sdk.token["expires_in"], sdk.token["token_type"]) == (1800, "Bearer")
    assert sdk.accounting.get_organisations(sdk.tenant_id).organisations[0].name == "ABC Pty Ltd"


def test_refresh_by_itself_when_expired(sdk: Sdk) -> None:
    sdk.simulator.console("clock", advance_seconds=1801)
    sdk.token["expires_at"] = time.time() - 1
    before = sdk.token["refresh_token"]
    assert sdk.accounting.get_organisations(sdk.tenant_id).organisations
    assert sdk.token["refresh_token"] != before


def test_refresh_with_a_retired_token(sdk: Sdk) -> None:
    retired = dict(sdk.token)
    sdk.client.refresh_oauth2_token()
    sdk.simulator.console("clock", advance_seconds=1801)  # beyond the grace
    sdk.token = retired
    with pytest.raises(HTTPStatusException) as refused:
        sdk.client.refresh_oauth2_token()
    assert (refused.value.status, refused.value.http_resp.text) == (400, '{"error":"invalid_grant"}')


def test_revoke(sdk: Sdk) -> None:
    # The SDK never reads the empty answer of this one call, and so leaves its socket to the collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        sdk.client.revoke_oauth2_token()
        gc.collect()
    assert sdk.state()["connections"] == []
    given: dict[str, Any] = sdk.raw.tokens
    answer = sdk.simulator.token_call(grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})
