"""The document list of a service: what is asked for with each request of it."""

from collections.abc import Sequence
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import Row, delete, func, select

from app.audit import record as audit
from app.checks import Checks
from app.companies import locked_company
from app.documents.destination import LONGEST_TYPE
from app.extensions import db
from app.models import Company, DocumentList, Service

MOST = 30
LONGEST_NOTE = 500


class Line(TypedDict):
    """One line of a list as a person wrote it; one without a type is left out."""

    doc_type: str
    note: str
    required: bool


def list_of(service_id: UUID) -> list[Row[Any]]:
    """The service's list in its order. Row: id, doc_type, note, required."""
    columns = (DocumentList.id, DocumentList.doc_type, DocumentList.note, DocumentList.required)
    return list(
        db.session.execute(
            select(*columns).where(DocumentList.service_id == service_id).order_by(DocumentList.position)
        )
    )


def lengths() -> list[Row[UUID, str, bool, int]]:
    """How many documents each service asks for, by name. Row: id, name, active, documents."""
    mine = (DocumentList.service_id == Service.id, DocumentList.company_id == Service.company_id)
    return list(
        db.session.execute(
            select(Service.id, Service.name, Service.active, func.count(DocumentList.id).label("documents"))
            .outerjoin(DocumentList, mine[0] & mine[1])
            .group_by(Service.company_id, Service.id, Service.name, Service.active)
            .order_by(Service.active.desc(), Service.name)
        )
    )


def write_list(service: Service, lines: Sequence[Line]) -> None:
    """Make these lines the service's list, in their order; what was asked before stays asked (not committed).

    Raises `Problem` 422 that names each wrong line: `lines-2-doc_type`.
    """
    checks = Checks()
    kept = [_checked(checks, f"lines-{number}", line) for number, line in enumerate(lines)]
    kept = [line for line in kept if line["doc_type"]]
    names = [str(line["doc_type"]).casefold() for line in kept]
    if len(set(names)) < len(names):
        checks.wrong("lines", "Two lines say the same. Take one away, or say what is different.")
    if len(kept) > MOST:
        checks.wrong("lines", f"A list may name {MOST} documents at most.")
    checks.finish()
    locked_company()
    before = [row.doc_type for row in list_of(service.id)]
    db.session.execute(delete(DocumentList).where(DocumentList.service_id == service.id))
    for position, line in enumerate(kept):
        db.session.add(DocumentList(service_id=service.id, position=position, **line))
    after = [line["doc_type"] for line in kept]
    audit.record("service.documents", service, {"documents": before}, {"documents": after})


def _checked(checks: Checks, field: str, line: Line) -> dict[str, Any]:
    note = checks.line(f"{field}-note", line["note"], "The note", LONGEST_NOTE)
    doc_type = checks.line(f"{field}-doc_type", line["doc_type"], "The name of the document", LONGEST_TYPE)
    if note and not doc_type:
        checks.wrong(f"{field}-doc_type", "Say which document this note is about.")
    return {"doc_type": doc_type, "note": note, "required": line["required"]}


def ask_by_itself(wanted: bool) -> None:
    """Whether each new request asks at once for what its service's list names (not committed)."""
    company = locked_company()
    company.ask_documents = wanted
    audit.changed("practice.changed", company)


def asks_by_itself() -> bool:
    return bool(db.session.scalar(select(Company.ask_documents)))
