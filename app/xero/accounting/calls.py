"""What all nouns of the Accounting API share: reading pages, and writing with errors told one by one."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from app.xero.dates import modified_since
from app.xero.reply import Reply
from app.xero.shapes import Record, pages
from app.xero.transport import Transport

# The largest page Xero gives (facts 4.1): fewest calls.
PAGE_SIZE = 1000


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
