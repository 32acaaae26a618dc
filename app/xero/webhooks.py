"""Webhooks: whether a post really is Xero's, and what it says (facts 8).

A webhook is a hint to fetch a record, never the record itself. Posts come doubled, late and out of order;
those of our own changes come back as well.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from app.xero import money
from app.xero.dates import instant
from app.xero.shapes import rows, text, whole

MOST = 2**62
"""No sequence number is higher."""
LONGEST = 200
"""No id and no name of a kind is longer, in letters."""


class UnreadableWebhookError(ValueError):
    """The post carries a good signature but is not in the shape of Xero's."""


@dataclass(frozen=True)
class Event:
    """One thing that changed. category and type are open text (CONTACT, INVOICE, …; CREATE, UPDATE).

    Archiving, voiding and deleting come as UPDATE. at is UTC. Two events are the same when `key` is.
    """

    category: str
    type: str
    resource_id: str
    resource_url: str
    xero_tenant_id: str
    tenant_type: str
    at: datetime | None

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What tells a repeated event: organisation, category, record, moment, type."""
        moment = self.at.isoformat() if self.at else ""
        return (self.xero_tenant_id, self.category, self.resource_id, moment, self.type)


@dataclass(frozen=True)
class Delivery:
    """One post.

    No events and sequence numbers of 0 are Xero's intent to receive: it only wants the right status.
    """

    events: tuple[Event, ...]
    first_sequence: int
    last_sequence: int


def signature(body: bytes, signing_key: str) -> str:
    """What Xero writes into `x-xero-signature` for these bytes. The key is used as text, not decoded."""
    return b64encode(hmac.new(signing_key.encode(), body, sha256).digest()).decode("ascii")


def is_genuine_by_any(body: bytes, given: str | None, signing_keys: Iterable[str]) -> bool:
    """`is_genuine` while keys change: whether one of them made the signature. Each is tried, whichever fits."""
    return sum(is_genuine(body, given, key) for key in signing_keys) > 0


def is_genuine(body: bytes, given: str | None, signing_key: str) -> bool:
    """Whether the raw bytes, as they arrived, carry the right signature; compared in constant time.

    Answer 401 without a body when not (400 and 403 fail Xero's check), 200 without a body or cookie when
    so. An empty signing key makes nothing genuine.
    """
    if not signing_key or not given:
        return False
    return hmac.compare_digest(signature(body, signing_key).encode(), given.encode())


def read(body: bytes) -> Delivery:
    """The events of a genuine post; raises UnreadableWebhookError. Events of unknown categories are kept."""
    try:
        data = money.loads(body)
    except (ValueError, RecursionError) as problem:
        raise UnreadableWebhookError("the webhook is not JSON") from problem
    if not isinstance(data, Mapping):
        raise UnreadableWebhookError("the webhook is not an object")
    first, last = whole(data, "firstEventSequence"), whole(data, "lastEventSequence")
    if not 0 <= first <= MOST or not 0 <= last <= MOST:
        raise UnreadableWebhookError("the webhook's sequence numbers cannot be right")
    return Delivery(tuple(_event(row) for row in rows(data.get("events"))), first, last)


def _event(row: Mapping[str, Any]) -> Event:
    try:
        at = instant(row.get("eventDateUtc"))
    except ValueError as problem:
        raise UnreadableWebhookError("an event's date cannot be read") from problem
    return Event(
        category=_word(row, "eventCategory"),
        type=_word(row, "eventType"),
        resource_id=_word(row, "resourceId"),
        resource_url=text(row, "resourceUrl"),
        xero_tenant_id=_word(row, "tenantId"),
        tenant_type=text(row, "tenantType"),
        at=at,
    )


def _word(row: Mapping[str, Any], name: str) -> str:
    """A text that can be kept and looked for: ids and names of kinds are short and plain."""
    found = text(row, name)
    if len(found) > LONGEST or not found.isprintable():
        raise UnreadableWebhookError(f"an event's {name} cannot be right")
    return found
