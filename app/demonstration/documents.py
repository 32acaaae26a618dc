"""The demonstration's documents: lists of two services, some asks, and a few small files in every state."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from app import storage
from app.demonstration import people
from app.demonstration.papers import pdf, png
from app.extensions import db
from app.models import Client, Document, DocumentAsk, DocumentList, Membership, Service, ServiceRequest, now
from app.models.service_request import OPEN_STATUSES
from app.sync import files

# service → type, note, required
LISTS = {
    "Individual Tax Return": (
        ("Income statement", "From your employer or myGov, for the whole year.", True),
        ("Bank interest", "One page for each account is enough.", True),
        ("Receipts for deductions", "Photos are fine.", False),
    ),
    "BAS": (
        ("Bank statements", "All business accounts, for the whole quarter.", True),
        ("Payroll summary", None, True),
        ("Large purchases", "Invoices above $1,000.", False),
    ),
}


@dataclass(frozen=True)
class _Paper:
    """What came for the ask with this place in its list. `state`: uploaded, accepted or rejected."""

    place: int
    name: str
    state: str
    reason: str | None = None


# of a practice's open requests of these services in turn: those of the portal's client, then the newest
STORY = (
    (_Paper(0, "Income statement.pdf", "uploaded"), _Paper(2, "IMG_2041.png", "uploaded")),
    (
        _Paper(0, "income-statement.pdf", "accepted"),
        _Paper(1, "interest.pdf", "rejected", "This is last year’s. Please send the one up to 30 June."),
    ),
    (_Paper(0, "Statements July to September.pdf", "uploaded"),),
    (),
)


def tell_documents(
    practice: people.Practice, services: dict[str, Service], requests: Iterable[ServiceRequest]
) -> None:
    """Write lists, asks and documents of one practice (not committed)."""
    for name, lines in LISTS.items():
        if name in services:
            for position, (doc_type, note, required) in enumerate(lines):
                line = DocumentList(
                    service_id=services[name].id,
                    position=position,
                    doc_type=doc_type,
                    note=note,
                    required=required,
                )
                db.session.add(line)
    names = {service.id: name for name, service in services.items()}
    told = [one for one in requests if names[one.service_id] in LISTS and one.status in OPEN_STATUSES]
    in_portal = set(db.session.scalars(select(Membership.client_id).where(Membership.client_id.is_not(None))))
    # The portal's own client first: what a newcomer sees there is what the practice has asked.
    newest = sorted(told, key=lambda one: (one.client_id in in_portal, one.created_at), reverse=True)
    for service_request, papers in zip(newest, STORY, strict=False):
        _ask(practice, service_request, LISTS[names[service_request.service_id]], papers)


def _ask(
    practice: people.Practice,
    service_request: ServiceRequest,
    lines: tuple[tuple[str, str | None, bool], ...],
    papers: tuple[_Paper, ...],
) -> None:
    staff = practice.people[0].name
    client = db.session.scalars(select(Client).where(Client.id == service_request.client_id)).one()
    theirs = Membership.client_id == client.id
    in_portal = db.session.scalar(select(Membership).where(theirs).limit(1))
    asks = [
        DocumentAsk(
            id=uuid4(),
            client_id=client.id,
            service_request_id=service_request.id,
            doc_type=doc_type,
            tax_year=now().year,
            note=note,
            due_on=service_request.due_on - timedelta(days=7),
            required=required,
            state="open",
            asked_by=staff,
            mailed_at=service_request.created_at if in_portal else None,
            created_at=service_request.created_at,
        )
        for doc_type, note, required in lines
    ]
    db.session.add_all(asks)
    db.session.flush()
    for paper in papers:
        _document(paper, asks[paper.place], client, staff, in_portal)


def _document(
    paper: _Paper, ask: DocumentAsk, client: Client, staff: str, in_portal: Membership | None
) -> None:
    written = [
        ask.doc_type,
        client.name,
        f"For the year {ask.tax_year}",
        "",
        "Made up for the demonstration.",
    ]
    content = (
        png(f"{ask.doc_type} of {client.name}")
        if paper.name.endswith(".png")
        else pdf([line.encode("ascii", "replace").decode() for line in written])
    )
    document_id = uuid4()
    stored = storage.put(document_id, io.BytesIO(content), len(content))
    came = min(ask.created_at + timedelta(hours=20), now() - timedelta(minutes=5))
    document = Document(
        id=document_id,
        client_id=client.id,
        service_request_id=ask.service_request_id,
        ask_id=ask.id,
        doc_type=ask.doc_type,
        tax_year=ask.tax_year,
        name=paper.name,
        extension=paper.name.rsplit(".", 1)[1],
        mime_type="image/png" if paper.name.endswith(".png") else "application/pdf",
        size=stored.size,
        sha256=stored.sha256,
        storage_key=stored.key,
        uploaded_by=in_portal.name if in_portal else staff,
        uploaded_by_id=in_portal.user_id if in_portal else None,
        by_client=in_portal is not None,
        state=paper.state,
        reason=paper.reason,
        created_at=came,
    )
    if paper.state != "uploaded":
        document.decided_by, document.decided_at = staff, min(came + timedelta(hours=3), now())
    db.session.add(document)
    if paper.state == "accepted":
        ask.state = "fulfilled"
        db.session.flush()
        files.plan_push(document, staff)
