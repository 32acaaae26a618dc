"""Where what a client sends goes: for an ask, to a request, or with neither."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort

from app.documents.receiving import Destination
from app.errors import field_problem
from app.forms import NO_ID, as_id
from app.models import Document, DocumentAsk, ServiceRequest
from app.portal import document_queries, queries


@dataclass(frozen=True)
class Place:
    """What the page was opened for. Of these, one at most is given, but that an ask may name its request."""

    client_id: UUID
    ask: DocumentAsk | None = None
    request: ServiceRequest | None = None
    again: Document | None = None
    """A file that came back: what is sent now is of its kind."""

    @property
    def arguments(self) -> dict[str, Any]:
        """Of the address of this page."""
        if self.ask:
            return {"ask_id": self.ask.id}
        if self.again:
            return {"document_id": self.again.id}
        return {"request_id": self.request.id} if self.request else {}

    def destination(self, doc_type: str | None, tax_year: str | int | None) -> Destination:
        """Raises `Problem` 422 on tax_year."""
        if self.ask:
            return Destination(self.client_id, ask_id=self.ask.id)
        return Destination(
            self.client_id,
            doc_type or "",
            service_request_id=self.request.id if self.request else None,
            tax_year=_year(tax_year),
        )


def place_of(client_id: UUID, given: Any) -> Place:
    """By a query's or a form's ask_id, document_id or request_id. What is not this client's is not there (404)."""
    if given.get("ask_id"):
        ask = document_queries.find_ask(client_id, _id(given["ask_id"])) or abort(404)
        return Place(client_id, ask=ask, request=ask.service_request)
    if given.get("document_id"):
        again = document_queries.find_document(client_id, _id(given["document_id"])) or abort(404)
        return Place(client_id, request=again.service_request, again=again)
    if given.get("request_id"):
        found = queries.find_request(client_id, _id(given["request_id"])) or abort(404)
        return Place(client_id, request=found)
    return Place(client_id)


def _id(text: str) -> UUID:
    return as_id(text) or NO_ID


def _year(typed: str | int | None) -> int | None:
    text = str(typed or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise field_problem("tax_year", "Write the year in which it ends with four figures, such as 2026.")
    return int(text)
