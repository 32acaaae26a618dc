"""One webhook post: its body and signature.

The body has the irregular spaces of the real one, so that only the raw bytes verify. The key is used as text.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import string
from dataclasses import dataclass

from simulator.journal import Record

PATHS = {"CONTACT": "Contacts", "INVOICE": "Invoices"}
ALPHABET = string.ascii_uppercase


@dataclass(frozen=True)
class Message:
    """Bytes and the signature to send with them."""

    body: bytes
    signature: str


def signature(key: str, body: bytes) -> str:
    """base64(HMAC-SHA256(body, key))."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def message(key: str, events: list[Record], *, missigned: bool = False) -> Message:
    """The post for these events (none: intent to receive, sequences 0)."""
    sequences = [event["sequence"] for event in events] or [0]
    shown = [{name: value for name, value in event.items() if name != "sequence"} for event in events]
    entropy = "".join(secrets.choice(ALPHABET) for _ in range(20))
    text = (
        f'{{"events":{json.dumps(shown)},"firstEventSequence": {min(sequences)},'
        f'"lastEventSequence": {max(sequences)}, "entropy": "{entropy}"}}'
    )
    body = text.encode()
    return Message(body, signature(f"{key}-wrong" if missigned else key, body))


def event(tenant_id: str, category: str, kind: str, resource_id: str, moment: str, sequence: int) -> Record:
    """One event: thin, it says what changed and where to read it. ``moment`` is naive UTC."""
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/{PATHS[category]}/{resource_id}",
        "resourceId": resource_id,
        "tenantId": tenant_id,
        "tenantType": "ORGANISATION",
        "eventCategory": category,
        "eventType": kind,
        "eventDateUtc": moment,
        "sequence": sequence,
    }
