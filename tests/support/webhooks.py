"""Posts as Xero's server sends them."""

import json
from datetime import UTC, datetime
from typing import Any

from app.xero.webhooks import signature

KEY = "a-signing-key-of-the-test-run=="
PATH = "/api/webhooks/xero"


def event(
    tenant: str,
    resource: str,
    at: str = "2026-11-20T01:02:03.456",
    category: str = "CONTACT",
    kind: str = "UPDATE",
) -> dict[str, Any]:
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{resource}",
        "resourceId": resource,
        "tenantId": tenant,
        "tenantType": "ORGANISATION",
        "eventCategory": category,
        "eventType": kind,
        "eventDateUtc": at,
    }


def post(events: list[dict[str, Any]], first: int = 0, last: int | None = None) -> bytes:
    """The bytes, with Xero's irregular spaces; without events: the intent to receive."""
    last = first if last is None else last
    return (
        f'{{"events":{json.dumps(events)},"firstEventSequence": {first},"lastEventSequence":{last}, "entropy": "AB"}}'
    ).encode()


def headers(body: bytes, key: str = KEY) -> dict[str, str]:
    return {"Content-Type": "application/json", "x-xero-signature": signature(body, key)}


def moment(minutes: float = 0) -> str:
    """Now, and so many minutes on, as Xero writes it: UTC without saying so."""
    at = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 60 * minutes, UTC)
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds")
