"""Which organisations a consent reached, and letting go of one (facts 1.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.xero.addresses import segment
from app.xero.dates import instant
from app.xero.errors import Permanent
from app.xero.shapes import rows, text
from app.xero.transport import Transport


@dataclass(frozen=True)
class ConnectedOrganisation:
    """One row of GET /connections.

    id is the connection's own (what `disconnect` takes), xero_tenant_id goes into the header of every call.
    tenant_type is open text: ORGANISATION, PRACTICEMANAGER, PRACTICE, or something new. name may be "" for a
    practice.
    """

    id: str
    auth_event_id: str | None
    xero_tenant_id: str
    tenant_type: str
    name: str
    created_at: datetime | None


def connections(transport: Transport, auth_event_id: str | None = None) -> list[ConnectedOrganisation]:
    """The organisations of one consent, or without `auth_event_id` all that this person ever connected to us.

    Always give the consent's event id when connecting: taking the first of all is how practices get mixed up.
    An empty list is a valid answer: the token works, nothing is connected any more.
    """
    reply = transport.call("GET", "/connections", params={"authEventId": auth_event_id}, base="")
    return [_connection(row) for row in rows(reply.data)]


def disconnect(transport: Transport, connection_id: str) -> None:
    """Let go of one organisation.

    One that is gone already is no error. Takes the connection's id, not the tenant's.
    """
    try:
        transport.call("DELETE", f"/connections/{segment(connection_id)}", base="")
    except Permanent as problem:
        if problem.status != 404:
            raise


def _connection(row: Mapping[str, object]) -> ConnectedOrganisation:
    return ConnectedOrganisation(
        id=text(row, "id"),
        auth_event_id=text(row, "authEventId") or None,
        xero_tenant_id=text(row, "tenantId"),
        tenant_type=text(row, "tenantType"),
        name=text(row, "tenantName"),
        created_at=instant(row.get("createdDateUtc")),
    )
