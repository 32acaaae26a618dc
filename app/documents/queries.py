"""What is read about documents and asks. Lists are plain rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, select, union
from sqlalchemy.orm import joinedload

from app.documents.filters import DocumentFilters, narrowed_asks, narrowed_documents
from app.extensions import db, settings
from app.models import (
    AuditEvent,
    Client,
    Connection,
    ContactMapping,
    Document,
    DocumentAsk,
    DocumentErasure,
    Service,
    ServiceRequest,
)
from app.models.service_request import OPEN_STATUSES
from app.paging import PAGE, Page, Rows, counted, page_of

ON_A_PAGE = 50
"""How many documents the section of a client or a request shows."""
MOST_TYPES = 200


def list_documents(
    filters: DocumentFilters,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE,
    oldest_first: bool = False,
) -> Page:
    """Documents by when they came, the newest first unless told. Row: see `document_rows`. Raises `Problem` for a
    cursor that is not one of ours."""
    keys = (Document.created_at, Document.id)
    statement = narrowed_documents(document_rows(), filters)
    return page_of(statement, keys, after=after, before=before, size=size, descending=not oldest_first)


def count_documents(filters: DocumentFilters) -> int:
    """How many documents the filters leave, 10,001 for more than 10,000."""
    statement = select(Document.id)
    if filters.q:
        statement = statement.join(Document.client)
    if filters.service_id:
        statement = statement.outerjoin(Document.service_request)
    return counted(narrowed_documents(statement, filters))


def document_rows() -> Rows:
    """Row: id, name, doc_type, tax_year, extension, mime_type, size, sha256, state, reason, scan_state, uploaded_by,
    by_client, decided_by, decided_at, push_state, push_error, pushed_at, xero_file_id, xero_name, created_at, ask_id,
    client_id, client, service_request_id, reference."""
    return (
        select(
            Document.id,
            Document.name,
            Document.doc_type,
            Document.tax_year,
            Document.extension,
            Document.mime_type,
            Document.size,
            Document.sha256,
            Document.state,
            Document.reason,
            Document.scan_state,
            Document.uploaded_by,
            Document.by_client,
            Document.decided_by,
            Document.decided_at,
            Document.push_state,
            Document.push_error,
            Document.pushed_at,
            Document.xero_file_id,
            Document.xero_name,
            Document.created_at,
            Document.ask_id,
            Document.client_id,
            Client.name.label("client"),
            Document.service_request_id,
            ServiceRequest.reference,
        )
        .join(Document.client)
        .outerjoin(Document.service_request)
    )


def one_row(document_id: UUID) -> Row[Any] | None:
    """The document of this company with this id, as `document_rows`."""
    return db.session.execute(document_rows().where(Document.id == document_id)).one_or_none()


def find_document(document_id: UUID) -> Document | None:
    """The document of this company with this id, with its client, request and ask."""
    parts = (Document.client, Document.service_request, Document.ask)
    return db.session.scalar(
        select(Document).where(Document.id == document_id).options(*(joinedload(part) for part in parts))
    )


def next_to_check(document: Document) -> UUID | None:
    """The document that waits to be checked after this one, the oldest of those that came later, else the oldest."""
    waiting = select(Document.id).where(Document.state == "uploaded", Document.id != document.id)
    ordered = waiting.order_by(Document.created_at, Document.id).limit(1)
    later = ordered.where(Document.created_at >= document.created_at)
    return db.session.scalar(later) or db.session.scalar(ordered)


def list_missing(
    filters: DocumentFilters, *, after: str | None = None, before: str | None = None, size: int = PAGE
) -> Page:
    """What was asked for and has not come, or was sent back, by due date. Row: see `ask_rows`. Raises `Problem` for a
    cursor that is not one of ours."""
    keys = (DocumentAsk.due_on, DocumentAsk.id)
    return page_of(_missing(ask_rows(), filters), keys, after=after, before=before, size=size)


def count_missing(filters: DocumentFilters) -> int:
    """How many of them, 10,001 for more than 10,000."""
    statement = select(DocumentAsk.id)
    if filters.q:
        statement = statement.join(DocumentAsk.client)
    if filters.service_id:
        statement = statement.outerjoin(DocumentAsk.service_request).outerjoin(ServiceRequest.service)
    return counted(_missing(statement, filters))


def _missing(statement: Rows, filters: DocumentFilters) -> Rows:
    return narrowed_asks(statement.where(DocumentAsk.state == "open", _nothing_came()), filters)


def _nothing_came() -> ColumnElement[bool]:
    """What waits to be checked is not missing."""
    came = select(Document.id).where(
        Document.ask_id == DocumentAsk.id,
        Document.company_id == DocumentAsk.company_id,
        Document.state == "uploaded",
    )
    return ~came.correlate(DocumentAsk).exists()


def ask_rows() -> Rows:
    """Row: id, doc_type, tax_year, note, due_on, required, state, asked_by, mailed_at, created_at, client_id, client,
    service_request_id, reference, service, waiting (how many documents of it wait to be checked)."""
    waiting = (
        select(func.count(Document.id))
        .where(
            Document.ask_id == DocumentAsk.id,
            Document.company_id == DocumentAsk.company_id,
            Document.state == "uploaded",
        )
        .correlate(DocumentAsk)
        .scalar_subquery()
    )
    return (
        select(
            DocumentAsk.id,
            DocumentAsk.doc_type,
            DocumentAsk.tax_year,
            DocumentAsk.note,
            DocumentAsk.due_on,
            DocumentAsk.required,
            DocumentAsk.state,
            DocumentAsk.asked_by,
            DocumentAsk.mailed_at,
            DocumentAsk.created_at,
            DocumentAsk.client_id,
            Client.name.label("client"),
            DocumentAsk.service_request_id,
            ServiceRequest.reference,
            Service.name.label("service"),
            waiting.label("waiting"),
        )
        .join(DocumentAsk.client)
        .outerjoin(DocumentAsk.service_request)
        .outerjoin(ServiceRequest.service)
    )


def find_ask(ask_id: UUID) -> DocumentAsk | None:
    """The ask of this company with this id."""
    return db.session.scalar(select(DocumentAsk).where(DocumentAsk.id == ask_id))


def asks_of_request(request_id: UUID) -> list[Row[Any]]:
    """What was asked for this request and not withdrawn, what is missing first. Row: see `ask_rows`."""
    theirs = (DocumentAsk.service_request_id == request_id, DocumentAsk.state != "withdrawn")
    return _asks(*theirs)


def open_asks_of_client(client_id: UUID) -> list[Row[Any]]:
    """What this client has not sent yet, by due date. Row: see `ask_rows`."""
    return _asks(DocumentAsk.client_id == client_id, DocumentAsk.state == "open")


def _asks(*theirs: Any) -> list[Row[Any]]:
    order = (DocumentAsk.state != "open", DocumentAsk.due_on, DocumentAsk.doc_type, DocumentAsk.id)
    return list(db.session.execute(ask_rows().where(*theirs).order_by(*order).limit(2 * ON_A_PAGE)))


def documents_of_request(request_id: UUID) -> list[Row[Any]]:
    """The newest documents of this request. Row: see `document_rows`."""
    return _documents(Document.service_request_id == request_id)


def documents_of_client(client_id: UUID) -> list[Row[Any]]:
    """The newest documents of this client, erased ones left out. Row: see `document_rows`."""
    return _documents(Document.client_id == client_id, Document.state != "erased")


def _documents(*theirs: Any) -> list[Row[Any]]:
    order = (Document.created_at.desc(), Document.id.desc())
    return list(db.session.execute(document_rows().where(*theirs).order_by(*order).limit(ON_A_PAGE)))


def missing_by_request(request_ids: list[UUID]) -> dict[UUID, int]:
    """How many documents are asked for and have not come, by request, of those that miss any."""
    rows: Any = db.session.execute(
        select(DocumentAsk.service_request_id, func.count())
        .where(DocumentAsk.service_request_id.in_(request_ids), DocumentAsk.state == "open", _nothing_came())
        .group_by(DocumentAsk.service_request_id)
    )
    return {row[0]: row[1] for row in rows}


def types_used() -> list[str]:
    """What documents are called in this practice, by name: those asked for and those that came."""
    used = union(select(DocumentAsk.doc_type), select(Document.doc_type)).subquery()
    return list(db.session.scalars(select(used.c.doc_type).order_by(used.c.doc_type).limit(MOST_TYPES)))


def years_used() -> list[int]:
    """The tax years of documents and asks, newest first."""
    used = union(
        select(DocumentAsk.tax_year).where(DocumentAsk.tax_year.is_not(None)),
        select(Document.tax_year).where(Document.tax_year.is_not(None)),
    ).subquery()
    return list(db.session.scalars(select(used.c.tax_year).order_by(used.c.tax_year.desc())))


def find_client(client_id: UUID | None) -> Client | None:
    return db.session.scalar(select(Client).where(Client.id == client_id)) if client_id else None


def find_service(service_id: UUID) -> Service | None:
    return db.session.scalar(select(Service).where(Service.id == service_id))


def find_request(request_id: UUID | None) -> ServiceRequest | None:
    """The request of this company with this id, with its client and service."""
    parts = (joinedload(ServiceRequest.client), joinedload(ServiceRequest.service))
    wanted = select(ServiceRequest).where(ServiceRequest.id == request_id).options(*parts)
    return db.session.scalar(wanted) if request_id else None


def open_requests_of(client_id: UUID) -> list[Row[UUID, str, str]]:
    """The client's open requests, newest first. Row: id, reference, service."""
    return list(
        db.session.execute(
            select(ServiceRequest.id, ServiceRequest.reference, Service.name.label("service"))
            .join(ServiceRequest.service)
            .where(ServiceRequest.client_id == client_id, ServiceRequest.status.in_(OPEN_STATUSES))
            .order_by(ServiceRequest.created_at.desc())
            .limit(100)
        )
    )


def history_of(document_id: UUID) -> list[Row[Any]]:
    """What people did with this document, newest first, from the audit log. Row: at, actor_name, actor_role, what,
    after."""
    return list(
        db.session.execute(
            select(
                AuditEvent.at, AuditEvent.actor_name, AuditEvent.actor_role, AuditEvent.what, AuditEvent.after
            )
            .where(AuditEvent.subject_id == document_id)
            .order_by(AuditEvent.at.desc(), AuditEvent.sequence.desc())
            .limit(100)
        )
    )


def contact_in_xero(document: Document) -> str | None:
    """Where a person opens the contact that the document is filed with; its files stand there. None where there is no
    such page: Xero documents no address of a single file, and the simulator has none of a contact."""
    if document.push_state != "associated" or settings().demo:
        return None
    found = db.session.execute(
        select(Connection.short_code, ContactMapping.xero_contact_id)
        .join(Connection, Connection.id == ContactMapping.connection_id)
        .where(
            ContactMapping.client_id == document.client_id,
            ContactMapping.connection_id == document.connection_id,
        )
    ).first()
    if found is None or not found.short_code:
        return None
    target = f"/Contacts/View/{found.xero_contact_id}"
    return f"{settings().xero_go_url}/organisationlogin/default.aspx?shortcode={found.short_code}&redirecturl={target}"


def held_of(client_id: UUID) -> Row[int, int]:
    """What there is of a client's documents that is not erased. Row: documents, bytes."""
    mine = and_(Document.client_id == client_id, Document.state != "erased")
    return db.session.execute(
        select(
            func.count(Document.id).label("documents"),
            func.coalesce(func.sum(Document.size), 0).label("bytes"),
        ).where(mine)
    ).one()


def in_xero_of(client_id: UUID, most: int = 500) -> list[Row[Any]]:
    """The client's files that lie in Xero, erased here or not. Row: id, xero_name, xero_file_id, pushed_at, state."""
    return list(
        db.session.execute(
            select(Document.id, Document.xero_name, Document.xero_file_id, Document.pushed_at, Document.state)
            .where(Document.client_id == client_id, Document.xero_file_id.is_not(None))
            .order_by(Document.pushed_at, Document.id)
            .limit(most)
        )
    )


def erasures_of(client_id: UUID) -> list[Row[Any]]:
    """The record of what was erased, newest first. Row: id, created_at, asked_by, done_by, documents, finished_at."""
    columns = (
        DocumentErasure.id,
        DocumentErasure.created_at,
        DocumentErasure.asked_by,
        DocumentErasure.done_by,
        DocumentErasure.documents,
        DocumentErasure.finished_at,
    )
    mine = DocumentErasure.client_id == client_id
    return list(db.session.execute(select(*columns).where(mine).order_by(DocumentErasure.created_at.desc())))
