from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import requests_mock as rm

from app.xero.errors import OrganisationGone
from app.xero.identity import connections, disconnect
from app.xero.transport import Transport
from tests.xero.doubles import API

ROW = {
    "id": "connection-1",
    "authEventId": "event-1",
    "tenantId": "tenant-1",
    "tenantType": "PRACTICEMANAGER",
    "tenantName": None,
    "createdDateUtc": "2026-11-20T01:02:03.1234567",
    "updatedDateUtc": "2026-11-20T01:02:03.1234567",
    "somethingNew": {},
}


def test_connections_of_one_consent(
    make_transport: Callable[..., Transport], requests_mock: rm.Mocker
) -> None:
    requests_mock.get(f"{API}/connections", json=[ROW])
    (found,) = connections(make_transport(None), "event-1")
    assert requests_mock.last_request.query == "autheventid=event-1"
    assert (found.id, found.xero_tenant_id, found.tenant_type, found.name) == (
        "connection-1",
        "tenant-1",
        "PRACTICEMANAGER",
        "",
    )
    assert found.created_at == datetime(2026, 11, 20, 1, 2, 3, 123456, UTC)


def test_nothing_connected_any_more(
    make_transport: Callable[..., Transport], requests_mock: rm.Mocker
) -> None:
    requests_mock.get(f"{API}/connections", json=[])
    assert connections(make_transport(None)) == []
    assert requests_mock.last_request.query == ""


def test_disconnecting(make_transport: Callable[..., Transport], requests_mock: rm.Mocker) -> None:
    gone = requests_mock.delete(
        f"{API}/connections/connection-1", [{"status_code": 204}, {"status_code": 404}]
    )
    disconnect(make_transport(None), "connection-1")
    disconnect(make_transport(None), "connection-1")
    assert gone.call_count == 2


def test_disconnecting_by_the_wrong_id(
    make_transport: Callable[..., Transport], requests_mock: rm.Mocker
) -> None:
    body = {"Detail": "AuthenticationUnsuccessful"}
    requests_mock.delete(f"{API}/connections/tenant-1", status_code=403, json=body)
    with pytest.raises(OrganisationGone):
        disconnect(make_transport(None), "tenant-1")
