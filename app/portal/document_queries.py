"""What a client sees of documents: those of their own file, whoever sent them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.extensions import db
from app.models import Document, DocumentAsk, Service, ServiceRequest
from app.paging import Page, Rows, page_of

PAGE = 25
MOST_OF_REQUEST = 100


def _documents(client_id: UUID) -> Rows:
    return (
        select(
            Document.id,
            Document.name,
            Document.doc_type,
            Document.tax_year,
            Document.size,
            Document.state,
            Document.reason,
            Document.by_client,
            Document.uploaded_by,
            Document.created_at,
            Document.decided_at,
            Document.service_request_id,
            Service.name.label("service"),
        )
        .outerjoin(Document.service_request)
        .outerjoin(ServiceRequest.service)
        .where(Document.client_id == client_id)
    )


def documents(client_id: UUID, *, after: str | None = None, before: str | None = None) -> Page:
    """The client's, newest first. Row: id, name, doc_type, tax_year, size, state, reason, by_client, uploaded_by,
    created_at, decided_at, service_request_id, service."""
    keys = (Document.created_at, Document.id)
    return page_of(_documents(client_id), keys, after=after, before=before, size=PAGE, descending=True)


def documents_of_request(client_id: UUID, request_id: UUID) -> list[Row[Any]]:
    """Those of one request, newest first; rows as those of `documents`."""
    statement = _documents(client_id).where(Document.service_request_id == request_id)
    newest = statement.order_by(Document.created_at.desc(), Document.id.desc())
    return list(db.session.execute(newest.limit(MOST_OF_REQUEST)))


def find_document(client_id: UUID, document_id: UUID) -> Document | None:
    """The document, when it is this client's."""
    return db.session.scalar(
        select(Document).where(Document.id == document_id, Document.client_id == client_id)
    )


def find_ask(client_id: UUID, ask_id: UUID) -> DocumentAsk | None:
    """What was asked, when it was asked of this client and is not withdrawn."""
    mine = DocumentAsk.id == ask_id, DocumentAsk.client_id == client_id, DocumentAsk.state != "withdrawn"
    return db.session.scalar(select(DocumentAsk).where(*mine))
