"""Events on their way from a delivery to a company."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

from app.xero.webhooks import Event


@dataclass(frozen=True)
class Arrival:
    """An event with the delivery it came in. `key` is the same for the same event, however often it comes."""

    event: Event
    received_at: datetime
    delivery_id: int

    @property
    def key(self) -> str:
        return sha256("\n".join(self.event.key).encode()).hexdigest()

    @property
    def columns(self) -> dict[str, Any]:
        """What is kept of it, whoever's it is."""
        return {
            "key": self.key,
            "received_at": self.received_at,
            "category": self.event.category,
            "type": self.event.type,
            "resource_id": self.event.resource_id,
            "at": self.event.at,
        }


def by_organisation(arrivals: Iterable[Arrival]) -> dict[str, list[Arrival]]:
    """Arrivals by Xero's id of their organisation, in the order given."""
    found: dict[str, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        found[arrival.event.xero_tenant_id].append(arrival)
    return dict(found)


def by_key(arrivals: Iterable[Arrival]) -> dict[str, list[Arrival]]:
    """Arrivals of the same event together, the first one first."""
    ordered = sorted(((arrival.key, arrival) for arrival in arrivals), key=lambda pair: pair[0])
    return {key: [one for _, one in pairs] for key, pairs in groupby(ordered, key=lambda pair: pair[0])}
