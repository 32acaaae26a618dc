"""What the endpoints for documents take and answer."""

import hashlib
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema
from werkzeug.datastructures import FileStorage

from app.api.paging import PageOf, PageQuery
from app.api.shapes import LINE, Answer, Body, Named, Search

State = Literal["uploaded", "accepted", "rejected", "erased"]
PushState = Literal["pending", "uploading", "uploaded", "associated", "failed", "skipped"]
ScanState = Literal["not_scanned", "clean", "infected"]
TaxYear = Annotated[int, Field(ge=1990, le=2100, description="The year in which it ends.", examples=[2026])]


def _digest(file: FileStorage) -> str:
    """Of the file's bytes, so that one key with two files is seen."""
    digest = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    file.stream.seek(0)
    return digest


UploadedFile = Annotated[
    FileStorage,
    PlainSerializer(_digest, return_type=str),
    WithJsonSchema({"type": "string", "contentMediaType": "application/octet-stream"}),
]


class NewDocument(Body):
    """A file for a client, 10 MB at most. What it is comes from `ask_id`, or is said in `doc_type`."""

    model_config = ConfigDict(strict=False, arbitrary_types_allowed=True)

    file: UploadedFile
    client_id: UUID
    service_request_id: UUID | None = None
    ask_id: UUID | None = Field(default=None, description="What it was asked for by.")
    doc_type: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=100), Field(examples=["Bank statements"])
    ] = ""
    tax_year: TaxYear | None = None


class Rejection(Body):
    """Why it is sent back; the client reads it."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class DocumentQuery(PageQuery):
    """Which documents. Newest first."""

    q: Search | None = None
    client_id: UUID | None = None
    service_request_id: UUID | None = None
    doc_type: Annotated[str, StringConstraints(min_length=1, max_length=100), LINE] | None = None
    tax_year: TaxYear | None = None
    state: State | None = None
    filed: Literal["filed", "moving", "stuck", "none"] | None = Field(
        default=None,
        description="Accepted ones by where they stand: in Xero, on the way, failed or skipped, never sent.",
    )


class Document(Answer):
    """A file that was received."""

    id: UUID
    client: Named
    service_request_id: UUID | None
    ask_id: UUID | None
    doc_type: str
    tax_year: int | None
    name: str
    mime_type: str = Field(description="By the bytes, not by the name.")
    size: int = Field(description="Bytes.")
    sha256: str
    scan_state: ScanState
    state: State
    reason: str | None = Field(description="Why it was sent back.")
    uploaded_by: str
    by_client: bool = Field(description="Whether it came through the portal.")
    created_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    push_state: PushState | None = Field(
        description="Of its way into Xero Files; null until accepted. `associated`: it is there, with its contact."
    )
    push_error: str | None
    pushed_at: datetime | None
    xero_file_id: str | None
    xero_name: str | None


class DocumentPage(PageOf[Document]):
    """Documents, newest first."""
