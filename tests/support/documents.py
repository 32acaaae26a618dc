"""Accepted documents, as the portal and the staff's pages make them."""

import io
from uuid import UUID, uuid4

from sqlalchemy import select

from app.auth.viewer import Viewer
from app.documents import receiving
from app.documents.receiving import Destination
from app.extensions import db
from app.models import Company, Document, now
from app.sync.files import plan_push

BY = Viewer(uuid4(), uuid4(), "Jane Ames", "jane@abc.test", "auto", True, False, None, "accountant")


def accepted(
    client_id: UUID, doc_type: str, content: bytes, *, year: int | None = 2026, push: bool = True
) -> UUID:
    """A document received and accepted in the scope that is open, and its push planned (not committed); its id."""
    to = Destination(client_id, doc_type, tax_year=year)
    document = receiving.receive_whole(to, "paper.txt", io.BytesIO(content), BY).document_or_problem()
    document.state, document.decided_by, document.decided_at = "accepted", BY.name, now()
    db.session.flush()
    if push:
        plan_push(document, BY.name)
    return document.id


def switch_on(**more: object) -> None:
    """The practice has accepted documents filed in Xero (not committed)."""
    company = db.session.scalars(select(Company)).one()
    company.push_documents = True
    for name, value in more.items():
        setattr(company, name, value)


def documents() -> dict[UUID, Document]:
    return {row.id: row for row in db.session.scalars(select(Document))}
