"""What all nouns of the Accounting API share: reading pages, and writing with errors told one by one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from app.xero.dates import modified_since
from app.xero.errors import Again
from app.xero.reply import Reply
from app.xero.shapes import Record, flag, pages, rows, several, text
from app.xero.transport import Transport

# The largest page Xero gives (facts 4.1): fewest calls.
PAGE_SIZE = 1000


# Elements Xero takes comfortably in one call (facts 2).
BATCH = 50

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What became of one record of a batch: `record` when Xero took it, else what it said against it."""

    record: T | None
    errors: tuple[str, ...] = ()


def _outcome(row: Record) -> Outcome[Record]:
    refused = text(row, "StatusAttributeString") == "ERROR" or flag(row, "HasValidationErrors")
    said = tuple(text(e, "Message") or text(e, "Description") for e in rows(row.get("ValidationErrors")))
    if refused or said:
        return Outcome(None, said or ("Xero did not say why.",))
    return Outcome(row)


class AccountingCalls:
    """Holds the transport of one organisation; the nouns add their deeds."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _get(
        self, path: str, *, params: Mapping[str, Any] | None = None, since: datetime | None = None
    ) -> Reply:
        headers = {"If-Modified-Since": modified_since(since)} if since else None
        return self._transport.call("GET", path, params=params, headers=headers)

    def _pages(
        self,
        noun: str,
        *,
        params: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        page_size: int = PAGE_SIZE,
    ) -> Iterator[list[Record]]:
        def fetch(page: int) -> Reply:
            return self._get(
                f"/{noun}", params={**(params or {}), "page": page, "pageSize": page_size}, since=since
            )

        return pages(fetch, noun)

    def _send_batch(
        self, method: Literal["PUT", "POST"], noun: str, bodies: Sequence[Any], key: str | None, **params: Any
    ) -> list[Outcome[Record]]:
        """Many at once, each accepted or refused on its own; outcomes come in the order sent."""
        if not 0 < len(bodies) <= BATCH:
            raise ValueError(f"a batch holds 1 to {BATCH} records")
        params = {"summarizeErrors": False, **params}
        reply = self._transport.call(
            method, f"/{noun}", params=params, json={noun: list(bodies)}, idempotency_key=key
        )
        found = several(reply, noun)
        if len(found) != len(bodies):
            raise Again(
                "unreadable_reply",
                "Xero answered for fewer records than were sent. They are looked up before anything else.",
                maybe_done=True,
                status=reply.status,
            )
        return [_outcome(row) for row in found]

    def _send(
        self,
        method: Literal["PUT", "POST"],
        path: str,
        body: Any,
        key: str | None,
        *,
        params: Mapping[str, Any] | None = None,
    ) -> Reply:
        """PUT creates and refuses what exists; POST changes (and would create silently: give it an id).

        summarizeErrors is always told, as documents and specification disagree on its default (facts 4.1):
        here the whole call is refused with 400 when one element is.
        """
        params = {"summarizeErrors": True, **(params or {})}
        return self._transport.call(method, path, params=params, json=body, idempotency_key=key)
