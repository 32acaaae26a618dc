"""Asking a client for documents, and taking an ask back. Nothing here commits."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.audit import record as audit
from app.auth.viewer import CompanyView, Viewer
from app.checks import Checks
from app.documents import telling
from app.documents.destination import EARLIEST_YEAR, LONGEST_TYPE
from app.documents.lists import LONGEST_NOTE, list_of
from app.errors import WrongState, field_problem
from app.extensions import db
from app.models import Client, Company, DocumentAsk, DocumentList, ServiceRequest, now

SOON = timedelta(days=14)
FURTHEST = timedelta(days=730)
MOST_OPEN = 200
"""What may be asked of one client at a time."""


@dataclass(frozen=True)
class Wanted:
    """One document to ask for."""

    doc_type: str
    note: str | None = None
    required: bool = True


@dataclass(frozen=True)
class Asked:
    """What one press did: the asks that were written, and how many people were written to."""

    asks: list[DocumentAsk]
    mails: int


def today_of(company: Company | CompanyView) -> date:
    """The calendar date it is now where the practice is."""
    return now().astimezone(ZoneInfo(company.time_zone)).date()


def usual_due(company: Company | CompanyView, service_request: ServiceRequest | None) -> date:
    """Two weeks from today, or a week before the request is due, whichever is sooner; never before tomorrow."""
    today = today_of(company)
    if service_request is None:
        return today + SOON
    return max(min(today + SOON, service_request.due_on - timedelta(days=7)), today + timedelta(days=1))


def chosen(service_id: UUID, line_ids: Collection[UUID]) -> list[Wanted]:
    """Those lines of the service's list."""
    return [
        Wanted(line.doc_type, line.note, line.required) for line in list_of(service_id) if line.id in line_ids
    ]


def ask(
    company: Company | CompanyView,
    client: Client,
    wanted: Iterable[Wanted],
    *,
    service_request: ServiceRequest | None,
    due_on: date | None,
    tax_year: int | None = None,
    note: str | None = None,
    by: Viewer,
) -> Asked:
    """Ask the client for these, in one mail to each person of theirs. `note`: for those that have none of their own.

    What is open already with the same name and year is not asked twice. Raises `Problem` 422 on doc_type, due_on,
    tax_year, note; `WrongState` for an archived client.
    """
    if client.archived_at is not None:
        raise WrongState(f"{client.name} is archived. Bring the client back before you ask for documents.")
    wanted = list(wanted)
    due_on, note = _checked(company, wanted, due_on, tax_year, note)
    known = _open_ones(client.id, service_request, tax_year)
    rows = [
        DocumentAsk(
            id=uuid4(),
            client_id=client.id,
            service_request_id=service_request.id if service_request else None,
            doc_type=one.doc_type,
            tax_year=tax_year,
            note=one.note or note,
            due_on=due_on,
            required=one.required,
            state="open",
            asked_by=by.name,
            created_at=now(),
        )
        for one in wanted
        if one.doc_type.casefold() not in known
    ]
    if not rows:
        raise field_problem("doc_type", "All of this is asked for already and has not come yet.")
    if len(known) + len(rows) > MOST_OPEN:
        raise field_problem("doc_type", f"{MOST_OPEN} documents may be asked of a client at a time.")
    return _write(company, client, rows, by)


def _write(company: Company | CompanyView, client: Client, rows: list[DocumentAsk], by: Viewer) -> Asked:
    mails = telling.asked(company, client, rows, by.name)
    at: datetime | None = now() if mails else None
    for row in rows:
        row.mailed_at = at
        db.session.add(row)
    after = {"documents": [row.doc_type for row in rows], "due_on": rows[0].due_on, "mails": mails}
    audit.record("document.asked", client, None, after, by=by)
    return Asked(rows, mails)


def _checked(
    company: Company | CompanyView,
    wanted: list[Wanted],
    due_on: date | None,
    tax_year: int | None,
    note: str | None,
) -> tuple[date, str | None]:
    checks, today = Checks(), today_of(company)
    if not wanted:
        checks.wrong("doc_type", "Choose at least one document, or write one.")
    for one in wanted:
        if len(one.doc_type) > LONGEST_TYPE:
            checks.wrong("doc_type", f"The name of a document may have {LONGEST_TYPE} letters at most.")
    if due_on is None:
        checks.wrong("due_on", "Say until when you need it.")
    elif not today <= due_on <= today + FURTHEST:
        checks.wrong("due_on", "Choose a day from today on, within two years.")
    if tax_year is not None and not EARLIEST_YEAR <= tax_year <= today.year + 1:
        checks.wrong("tax_year", f"The tax year must be from {EARLIEST_YEAR} to {today.year + 1}.")
    said = checks.line("note", note, "The note", LONGEST_NOTE)
    checks.finish()
    assert due_on is not None
    return due_on, said


def _open_ones(client_id: UUID, service_request: ServiceRequest | None, tax_year: int | None) -> set[str]:
    # The client's row is the door: two presses at once wait here, and the second finds what the first has asked.
    db.session.execute(select(Client.id).where(Client.id == client_id).with_for_update())
    same = (
        DocumentAsk.client_id == client_id,
        DocumentAsk.state == "open",
        DocumentAsk.service_request_id == (service_request.id if service_request else None),
        DocumentAsk.tax_year == tax_year,
    )
    return {name.casefold() for name in db.session.scalars(select(DocumentAsk.doc_type).where(*same))}


def ask_for_new(company: Company | CompanyView, service_request: ServiceRequest, by: Viewer) -> None:
    """What happens with each new request of a practice that has switched it on: everything on its service's list is
    asked for. Nothing, where there is no list."""
    wished = db.session.scalar(select(Company.ask_documents))
    lines = select(DocumentList.doc_type, DocumentList.note, DocumentList.required).where(
        DocumentList.service_id == service_request.service_id
    )
    found = db.session.execute(lines.order_by(DocumentList.position)).all() if wished else ()
    if not found:
        return
    client = db.session.scalars(select(Client).where(Client.id == service_request.client_id)).one()
    wanted = [Wanted(*line) for line in found]
    ask(
        company,
        client,
        wanted,
        service_request=service_request,
        due_on=usual_due(company, service_request),
        by=by,
    )


def withdraw(document_ask: DocumentAsk, by: Viewer) -> None:
    """The document is no longer wanted; what has come for it stays. Raises `WrongState` when it is not open."""
    locked = db.session.scalars(
        select(DocumentAsk)
        .where(DocumentAsk.id == document_ask.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if locked.state != "open":
        is_now = {"fulfilled": "has come and was accepted", "withdrawn": "was withdrawn already"}
        raise WrongState(f"“{locked.doc_type}” {is_now[locked.state]}.")
    locked.state = "withdrawn"
    client = db.session.scalars(select(Client).where(Client.id == locked.client_id)).one()
    audit.record("document.ask_withdrawn", client, {"document": locked.doc_type}, None, by=by)
