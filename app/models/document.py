"""Documents: what was asked of a client, what came, and where it lies in Xero."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key, now
from app.models.client import Client
from app.models.service_request import ServiceRequest

ASK_STATES = ("open", "fulfilled", "withdrawn")
DOCUMENT_STATES = ("uploaded", "accepted", "rejected", "erased")
PUSH_STATES = ("pending", "uploading", "uploaded", "associated", "failed", "skipped")
SCAN_STATES = ("not_scanned", "clean", "infected")


def _in_two_weeks() -> date:
    return now().date() + timedelta(days=14)


class DocumentList(CompanyOwned, Created, Model):
    """One document that is asked for with each request of a service: the service's list is its rows."""

    __tablename__ = "document_lists"
    __table_args__ = (
        company_key("service_id", "services"),
        UniqueConstraint("company_id", "service_id", "position"),
    )

    service_id: Mapped[UUID]
    position: Mapped[int]
    doc_type: Mapped[str]
    """What it is called, such as "Bank statements": people's words, 100 letters at most."""
    note: Mapped[str | None]
    required: Mapped[bool] = mapped_column(default=True)


class DocumentAsk(CompanyOwned, Created, Model):
    """A document that the practice asked a client for."""

    __tablename__ = "document_asks"
    __table_args__ = (
        company_key("client_id", "clients"),
        company_key("service_request_id", "service_requests"),
        CheckConstraint("state in ('open', 'fulfilled', 'withdrawn')", name="state"),
        Index("ix_document_asks_company_id_client_id", "company_id", "client_id", "created_at"),
        Index("ix_document_asks_company_id_service_request_id", "company_id", "service_request_id"),
        Index("ix_document_asks_open", "company_id", "due_on", "id", postgresql_where=text("state = 'open'")),
    )

    client_id: Mapped[UUID]
    service_request_id: Mapped[UUID | None]
    doc_type: Mapped[str]
    tax_year: Mapped[int | None]
    """The year in which it ends."""
    note: Mapped[str | None]
    due_on: Mapped[date] = mapped_column(default=_in_two_weeks)
    required: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(default="open")
    """fulfilled: a document of it was accepted."""
    asked_by: Mapped[str]
    mailed_at: Mapped[datetime | None]

    client: Mapped[Client] = relationship(primaryjoin=company_join("DocumentAsk", "client_id", "Client"))
    service_request: Mapped[ServiceRequest | None] = relationship(
        primaryjoin=company_join("DocumentAsk", "service_request_id", "ServiceRequest")
    )


class Document(CompanyOwned, Created, Model):
    """A file that was received, whole and checked. Its bytes lie in the storage, sealed with the company's key."""

    __tablename__ = "documents"
    __table_args__ = (
        company_key("client_id", "clients"),
        company_key("service_request_id", "service_requests"),
        company_key("ask_id", "document_asks"),
        company_key("connection_id", "connections"),
        CheckConstraint("state in ('uploaded', 'accepted', 'rejected', 'erased')", name="state"),
        CheckConstraint(
            "push_state in ('pending', 'uploading', 'uploaded', 'associated', 'failed', 'skipped')",
            name="push_state",
        ),
        CheckConstraint("scan_state in ('not_scanned', 'clean', 'infected')", name="scan_state"),
        CheckConstraint("(state = 'erased') = (storage_key is null)", name="erased_has_no_bytes"),
        Index("ix_documents_company_id_created_at_id", "company_id", "created_at", "id"),
        Index("ix_documents_company_id_client_id", "company_id", "client_id", "created_at"),
        Index(
            "ix_documents_to_check",
            "company_id",
            "created_at",
            "id",
            postgresql_where=text("state = 'uploaded'"),
        ),
        Index("ix_documents_company_id_service_request_id", "company_id", "service_request_id"),
        Index("ix_documents_company_id_ask_id", "company_id", "ask_id"),
        # A name stands once in an organisation's Files: by it a file whose answer was lost is found again.
        Index(
            "uq_documents_company_id_connection_id_xero_name",
            "company_id",
            "connection_id",
            "xero_name",
            unique=True,
            postgresql_where=text("xero_name is not null"),
        ),
        Index(
            "ix_documents_push", "company_id", "push_state", postgresql_where=text("push_state is not null")
        ),
    )

    client_id: Mapped[UUID]
    service_request_id: Mapped[UUID | None]
    ask_id: Mapped[UUID | None]
    doc_type: Mapped[str]
    tax_year: Mapped[int | None]
    name: Mapped[str]
    """As the sender called it, without what is no part of a name; shown, never a path."""
    extension: Mapped[str]
    """Lower case, without the dot; it agrees with what the bytes are."""
    mime_type: Mapped[str]
    """By the bytes, never the sender's word."""
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    storage_key: Mapped[str | None]
    """Where the storage has the bytes (`app.storage`); empty once they are erased."""
    scan_state: Mapped[str] = mapped_column(default="not_scanned")
    """infected: found when it was scanned later; what is infected at once is never taken."""
    uploaded_by: Mapped[str]
    """The person's name as it was then."""
    uploaded_by_id: Mapped[UUID | None]
    by_client: Mapped[bool]
    """Whether it came through the portal."""
    state: Mapped[str] = mapped_column(default="uploaded")
    reason: Mapped[str | None]
    """Why it was rejected: told to the client."""
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    push_state: Mapped[str | None]
    """Of its way into Xero Files; empty until it is accepted."""
    push_error: Mapped[str | None]
    """A plain sentence, of a push that failed or was skipped."""
    pushed_at: Mapped[datetime | None]
    connection_id: Mapped[UUID | None]
    """The organisation it was pushed to."""
    xero_file_id: Mapped[str | None]
    xero_name: Mapped[str | None]

    client: Mapped[Client] = relationship(primaryjoin=company_join("Document", "client_id", "Client"))
    service_request: Mapped[ServiceRequest | None] = relationship(
        primaryjoin=company_join("Document", "service_request_id", "ServiceRequest")
    )
    ask: Mapped[DocumentAsk | None] = relationship(
        primaryjoin=company_join("Document", "ask_id", "DocumentAsk")
    )


class DocumentUpload(CompanyOwned, Created, Model):
    """A file on its way, piece by piece: a broken connection goes on where it stopped. Removed when it has become
    a document, or after a day."""

    __tablename__ = "document_uploads"
    __table_args__ = (
        company_key("client_id", "clients"),
        company_key("service_request_id", "service_requests"),
        company_key("ask_id", "document_asks"),
        CheckConstraint("received between 0 and size", name="received"),
        # Asked before a client is taken away.
        Index("ix_document_uploads_company_id_client_id", "company_id", "client_id"),
    )

    client_id: Mapped[UUID]
    service_request_id: Mapped[UUID | None]
    ask_id: Mapped[UUID | None]
    uploader_id: Mapped[UUID]
    """The user: nobody else goes on with it."""
    doc_type: Mapped[str]
    tax_year: Mapped[int | None]
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str | None]
    """As its sender says, who may say nothing: what arrives is compared with it."""
    storage_key: Mapped[str]
    expires_at: Mapped[datetime]
    document_id: Mapped[UUID | None]
    """What it became: the last piece may be sent twice and makes one document."""


class DocumentFolder(CompanyOwned, Created, Model):
    """The practice's folder in an organisation's Files, found or made once; one a year where it wants that."""

    __tablename__ = "document_folders"
    __table_args__ = (
        company_key("connection_id", "connections"),
        UniqueConstraint("company_id", "connection_id", "name"),
    )

    connection_id: Mapped[UUID]
    name: Mapped[str]
    xero_folder_id: Mapped[str]


class DocumentErasure(CompanyOwned, Created, Model):
    """The record that a client's documents were erased on request: how many and by whom, never what they held."""

    __tablename__ = "document_erasures"
    __table_args__ = (
        company_key("client_id", "clients"),
        # Asked before a client is taken away.
        Index("ix_document_erasures_company_id_client_id", "company_id", "client_id"),
    )

    client_id: Mapped[UUID]
    asked_by: Mapped[str]
    """Who asked for it, and how, in the words of whoever did it."""
    done_by: Mapped[str]
    documents: Mapped[int]
    finished_at: Mapped[datetime | None]
