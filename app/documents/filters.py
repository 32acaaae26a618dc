"""Which documents and asks a list shows, and how that is written in its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_

from app.checks import one_line
from app.forms import as_id
from app.models import Client, Document, DocumentAsk, Service, ServiceRequest
from app.models.document import DOCUMENT_STATES
from app.narrowing import where_equal
from app.paging import Rows

LATE, WEEK = "late", "week"
FILED = ("filed", "moving", "stuck", "none")
"""In Xero with its contact; on its way; failed or skipped; accepted, and never sent."""
MOVING = ("pending", "uploading", "uploaded")
STUCK = ("failed", "skipped")


@dataclass(frozen=True)
class DocumentFilters:
    """`state`: one of `DOCUMENT_STATES`. `filed`: one of `FILED`. `q`: the beginning of a word of the client's name,
    or letters of the document's type or name. `due`: for asks, late or due within a week of `today`."""

    q: str = ""
    client_id: UUID | None = None
    service_request_id: UUID | None = None
    service_id: UUID | None = None
    doc_type: str | None = None
    tax_year: int | None = None
    state: str | None = None
    filed: str | None = None
    due: str | None = None
    required: bool = False
    today: date | None = None


def read_filters(arguments: Mapping[str, str], today: date) -> DocumentFilters:
    """The filters of a page's address; a value that is not one of ours narrows nothing."""
    return DocumentFilters(
        q=one_line(arguments.get("q"))[:100],
        client_id=as_id(arguments.get("client")),
        service_request_id=as_id(arguments.get("request")),
        service_id=as_id(arguments.get("service")),
        doc_type=one_line(arguments.get("type"))[:100] or None,
        tax_year=_year(arguments.get("year")),
        state=_known(arguments.get("state"), DOCUMENT_STATES),
        filed=_known(arguments.get("filed"), FILED),
        due=_known(arguments.get("due"), (LATE, WEEK)),
        required=arguments.get("required") == "1",
        today=today,
    )


def _known(value: str | None, words: tuple[str, ...]) -> str | None:
    return value if value in words else None


def _year(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) == 4 else None


def narrowed_documents(statement: Rows, filters: DocumentFilters) -> Rows:
    """The statement, which selects from documents joined with clients and perhaps requests, with the filters."""
    equal = {
        Document.client_id: filters.client_id,
        Document.service_request_id: filters.service_request_id,
        Document.doc_type: filters.doc_type,
        Document.tax_year: filters.tax_year,
        Document.state: filters.state,
        ServiceRequest.service_id: filters.service_id,
    }
    statement = where_equal(statement, equal)
    if filters.q:
        words = filters.q.casefold()
        statement = statement.where(
            or_(
                Client.sort_name.startswith(words, autoescape=True),
                Client.sort_name.contains(f" {words}", autoescape=True),
                Document.doc_type.icontains(words, autoescape=True),
                Document.name.icontains(words, autoescape=True),
            )
        )
    return _by_filing(statement, filters.filed)


def _by_filing(statement: Rows, filed: str | None) -> Rows:
    if filed is None:
        return statement
    accepted = statement.where(Document.state == "accepted")
    if filed == "none":
        return accepted.where(Document.push_state.is_(None))
    states = {"filed": ("associated",), "moving": MOVING, "stuck": STUCK}[filed]
    return accepted.where(Document.push_state.in_(states))


def narrowed_asks(statement: Rows, filters: DocumentFilters) -> Rows:
    """The same for a statement that selects from asks joined with clients, requests and services."""
    equal = {
        DocumentAsk.client_id: filters.client_id,
        DocumentAsk.service_request_id: filters.service_request_id,
        DocumentAsk.doc_type: filters.doc_type,
        DocumentAsk.tax_year: filters.tax_year,
        Service.id: filters.service_id,
    }
    statement = where_equal(statement, equal)
    if filters.required:
        statement = statement.where(DocumentAsk.required)
    if filters.due and filters.today:
        week = DocumentAsk.due_on.between(filters.today, filters.today + timedelta(days=7))
        statement = statement.where(DocumentAsk.due_on < filters.today if filters.due == LATE else week)
    if filters.q:
        words = filters.q.casefold()
        statement = statement.where(
            or_(
                Client.sort_name.startswith(words, autoescape=True),
                Client.sort_name.contains(f" {words}", autoescape=True),
                DocumentAsk.doc_type.icontains(words, autoescape=True),
            )
        )
    return statement
