"""`/api/documents`: list, send, read, download, accept, send back, file in Xero."""

from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Blueprint, Response, abort
from sqlalchemy import Row

from app.api.documents import shapes
from app.api.endpoint import endpoint
from app.api.shapes import Named
from app.audit import record as audit
from app.auth.viewer import the_company, the_viewer
from app.documents import deciding, queries, receiving, serving
from app.documents.filters import DocumentFilters
from app.documents.receiving import Destination
from app.errors import problem_as_json
from app.extensions import db
from app.models import Document
from app.sync import files

bp = Blueprint("api_documents", __name__, url_prefix="/api/documents")
TAG = "Documents"


@bp.get("")
@endpoint(summary="List documents", tag=TAG, query=shapes.DocumentQuery, answer=shapes.DocumentPage)
def index(query: shapes.DocumentQuery) -> shapes.DocumentPage:
    """Newest first. `q` looks for the beginning of a word of the client's name, or for letters of type or file name."""
    given = query.model_dump(exclude={"limit", "cursor", "q"})
    filters = DocumentFilters(**given, q=query.q or "")
    page = queries.list_documents(filters, after=query.cursor, size=query.limit)
    return shapes.DocumentPage(items=[_answer(row) for row in page.rows], next_cursor=page.next)


@bp.post("")
@endpoint(
    summary="Send a document",
    tag=TAG,
    body=shapes.NewDocument,
    answer=shapes.Document,
    status=201,
    form=True,
)
def create(body: shapes.NewDocument) -> shapes.Document | Response:
    """A form with the file and what it is. The file is looked into before it is taken: its type by its bytes, no
    programs, macros, scripts or archives that unpack to more than they say. It then waits to be checked."""
    place = Destination(
        body.client_id,
        doc_type=body.doc_type,
        service_request_id=body.service_request_id,
        ask_id=body.ask_id,
        tax_year=body.tax_year,
    )
    stream = cast(BinaryIO, body.file.stream)
    outcome = receiving.receive_whole(place, body.file.filename or "", stream, the_viewer())
    made_id = outcome.document.id if outcome.document else None
    db.session.commit()
    # Answered, not raised: under an `Idempotency-Key` the refusal's line in the audit log would go with the rest.
    return _shown(made_id) if made_id else problem_as_json(outcome.problem)


@bp.get("/<uuid:document_id>")
@endpoint(summary="Read a document", tag=TAG, answer=shapes.Document)
def show(document_id: UUID) -> shapes.Document:
    """What it is, who decided about it, and where it lies in Xero."""
    return _shown(document_id)


@bp.get("/<uuid:document_id>/content")
@endpoint(summary="Download a document", tag=TAG, media="application/octet-stream")
def content(document_id: UUID) -> Response:
    """The bytes as they were received; 404 once they were erased. `mime_type` of the document says what they are."""
    answer = serving.downloaded(_found(document_id))
    answer.headers["Content-Type"] = "application/octet-stream"
    return answer


@bp.post("/<uuid:document_id>/accept")
@endpoint(summary="Accept a document", tag=TAG, answer=shapes.Document)
def accept(document_id: UUID) -> shapes.Document:
    """What was asked for is then there, and the document is filed in Xero from then on, once. One that was sent back
    may be accepted after all."""
    deciding.accept(_found(document_id), the_viewer())
    db.session.commit()
    return _shown(document_id)


@bp.post("/<uuid:document_id>/reject")
@endpoint(summary="Send a document back", tag=TAG, body=shapes.Rejection, answer=shapes.Document)
def reject(document_id: UUID, body: shapes.Rejection) -> shapes.Document:
    """The client is told why, by mail and in the portal, and is asked for it again."""
    deciding.reject(_found(document_id), body.reason, the_company(), the_viewer())
    db.session.commit()
    return _shown(document_id)


@bp.post("/<uuid:document_id>/push")
@endpoint(summary="File a document in Xero", tag=TAG, answer=shapes.Document)
def push(document_id: UUID) -> shapes.Document:
    """Now, or once more after it failed. It never fails because Xero does: `push_state` says where it stands."""
    document = _found(document_id)
    files.push_again(document, the_viewer().name)
    audit.record("document.pushed", document)
    db.session.commit()
    return _shown(document_id)


def _found(document_id: UUID) -> Document:
    return queries.find_document(document_id) or abort(404)


def _shown(document_id: UUID) -> shapes.Document:
    return _answer(queries.one_row(document_id) or abort(404))


def _answer(row: Row[Any]) -> shapes.Document:
    client = Named(id=row.client_id, name=row.client)
    return shapes.Document.model_validate({**row._mapping, "client": client})
