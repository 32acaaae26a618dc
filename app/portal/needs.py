"""What a client still has to do for the practice's documents: asks that are open, and files that came back."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Document, DocumentAsk, Service, ServiceRequest

MOST = 200
WANTED, REJECTED, CHECKING = "wanted", "rejected", "checking"
_ORDER = {REJECTED: 0, WANTED: 1, CHECKING: 2}


@dataclass(frozen=True)
class Need:
    """One thing to send. `state`: wanted, rejected (send it again), checking (sent; nothing to do now).

    `ask_id`: None for a file that was sent without being asked for, and rejected; `again` is that file's id then.
    """

    state: str
    doc_type: str
    tax_year: int | None = None
    note: str | None = None
    due_on: date | None = None
    required: bool = True
    ask_id: UUID | None = None
    again: UUID | None = None
    request_id: UUID | None = None
    service: str | None = None
    sent: tuple[str, ...] = ()
    """Names of the files that are being checked."""
    returned: tuple[tuple[str, str], ...] = ()
    """(name, reason) of each file that was rejected and not sent anew."""


def needs_of(client_id: UUID, request_id: UUID | None = None) -> list[Need]:
    """The client's, those that came back first, then by due date; of one request, when it is named."""
    asks = _open_asks(client_id, request_id)
    sent = _sent_for([ask.id for ask in asks])
    found = [_asked(ask, sent[ask.id]) for ask in asks]
    found += [_sent_back(row) for row in _returned_unasked(client_id, request_id)]
    return sorted(found, key=lambda one: (_ORDER[one.state], one.due_on or date.max))


def _open_asks(client_id: UUID, request_id: UUID | None) -> list[Row[Any]]:
    statement = (
        select(
            DocumentAsk.id,
            DocumentAsk.doc_type,
            DocumentAsk.tax_year,
            DocumentAsk.note,
            DocumentAsk.due_on,
            DocumentAsk.required,
            DocumentAsk.service_request_id,
            Service.name.label("service"),
        )
        .outerjoin(DocumentAsk.service_request)
        .outerjoin(ServiceRequest.service)
        .where(DocumentAsk.client_id == client_id, DocumentAsk.state == "open")
        .order_by(DocumentAsk.due_on, DocumentAsk.id)
        .limit(MOST)
    )
    if request_id is not None:
        statement = statement.where(DocumentAsk.service_request_id == request_id)
    return list(db.session.execute(statement))


def _sent_for(ask_ids: Iterable[UUID]) -> dict[UUID, list[Row[Any]]]:
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    statement = (
        select(
            Document.ask_id,
            Document.name,
            Document.state,
            Document.reason,
            Document.created_at,
            Document.decided_at,
        )
        .where(Document.ask_id.in_(list(ask_ids)))
        .order_by(Document.created_at, Document.id)
    )
    rows: list[Row[Any]] = list(db.session.execute(statement))
    for row in rows:
        found[row.ask_id].append(row)
    return found


def _asked(ask: Row[Any], sent: list[Row[Any]]) -> Need:
    latest = max((one.created_at for one in sent), default=None)
    # What was sent after a file came back is its answer.
    returned = tuple(
        (one.name, one.reason)
        for one in sent
        if one.state == "rejected" and latest is not None and one.decided_at > latest
    )
    waiting = tuple(one.name for one in sent if one.state == "uploaded")
    return Need(
        REJECTED if returned else CHECKING if waiting else WANTED,
        ask.doc_type,
        ask.tax_year,
        ask.note,
        ask.due_on,
        ask.required,
        ask_id=ask.id,
        request_id=ask.service_request_id,
        service=ask.service,
        sent=waiting,
        returned=returned,
    )


def _returned_unasked(client_id: UUID, request_id: UUID | None) -> list[Row[Any]]:
    """Files sent by the client without an ask that came back, and nothing of the kind was sent since."""
    later = aliased(Document)
    anew = select(later.id).where(
        later.client_id == Document.client_id,
        later.doc_type == Document.doc_type,
        or_(
            later.service_request_id == Document.service_request_id,
            later.service_request_id.is_(None) & Document.service_request_id.is_(None),
        ),
        later.created_at > Document.decided_at,
    )
    statement = (
        select(
            Document.id,
            Document.doc_type,
            Document.tax_year,
            Document.name,
            Document.reason,
            Document.service_request_id,
            Service.name.label("service"),
        )
        .outerjoin(Document.service_request)
        .outerjoin(ServiceRequest.service)
        .where(
            Document.client_id == client_id,
            Document.state == "rejected",
            Document.ask_id.is_(None),
            Document.by_client,
            ~anew.exists(),
        )
        .order_by(Document.decided_at.desc(), Document.id)
        .limit(MOST)
    )
    if request_id is not None:
        statement = statement.where(Document.service_request_id == request_id)
    return list(db.session.execute(statement))


def _sent_back(row: Row[Any]) -> Need:
    return Need(
        REJECTED,
        row.doc_type,
        row.tax_year,
        again=row.id,
        request_id=row.service_request_id,
        service=row.service,
        returned=((row.name, row.reason),),
    )
