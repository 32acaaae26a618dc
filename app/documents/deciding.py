"""Accepting and rejecting documents, one or many. Nothing here commits."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.audit import record as audit
from app.auth.viewer import CompanyView, Viewer
from app.checks import many_lines
from app.documents import telling
from app.documents.scanning import may_be_accepted
from app.errors import Problem, WrongState, field_problem
from app.extensions import db
from app.models import Client, Company, Document, DocumentAsk, now
from app.sync import files

MOST = 200
"""As many as one transaction should hold locked."""
LONGEST_REASON = 1_000
ACCEPT, REJECT = "accept", "reject"
_DONE = {"accepted": "accepted", "rejected": "rejected"}


@dataclass(frozen=True)
class Result:
    """What became of several: those decided, and a sentence for each that was not."""

    done: list[Document]
    refused: list[str]
    mails: int = 0


def accept(document: Document, by: Viewer, seen: str | None = None) -> Document:
    """Take the document: its ask is fulfilled, and its way into Xero is planned with the same commit.

    A rejected one may be accepted after all. `seen`: the state that the person had before their eyes. Raises
    `WrongState` when somebody else has decided meanwhile, or for a document that may not be accepted.
    """
    (document,) = _locked([document.id])
    _accept(document, by, seen)
    return document


def _accept(document: Document, by: Viewer, seen: str | None) -> None:
    if document.state not in {"uploaded", "rejected"} or (seen and seen != document.state):
        raise WrongState(_why_not(document, by))
    if not may_be_accepted(document.scan_state):
        found = (
            "a virus was found in it"
            if document.scan_state == "infected"
            else "it was not scanned for viruses, and this installation accepts only what was"
        )
        raise WrongState(f"“{document.name}” was not accepted: {found}.")
    before = document.state
    document.state, document.reason = "accepted", None
    _decided(document, by)
    ask = _ask_of(document)
    if ask is not None and ask.state == "open":
        ask.state = "fulfilled"
    audit.record("document.accepted", document, {"state": before}, {"state": "accepted"}, by=by)
    db.session.flush()
    files.plan_push(document, by.name)


def reject(
    document: Document, reason: str, company: Company | CompanyView, by: Viewer, seen: str | None = None
) -> int:
    """Send the document back: its client is told why, by mail and in the portal, and it is asked for again; how many
    mails that is.

    Raises `Problem` 422 on `reason`, `WrongState` when somebody else has decided meanwhile.
    """
    said = _checked_reason(reason)
    (document,) = _locked([document.id])
    _reject(document, said, by, seen)
    return _tell([document], company, by)


def _reject(document: Document, reason: str, by: Viewer, seen: str | None) -> None:
    if document.state != "uploaded" or (seen and seen != document.state):
        raise WrongState(_why_not(document, by))
    document.state, document.reason = "rejected", reason
    _decided(document, by)
    ask = _ask_of(document)
    if ask is not None and ask.state == "fulfilled" and not _has_another(document):
        ask.state = "open"
    after = {"state": "rejected", "reason": reason}
    audit.record("document.rejected", document, {"state": "uploaded"}, after, by=by)


def decide_many(
    ids: Collection[UUID], decision: str, reason: str, company: Company | CompanyView, by: Viewer
) -> Result:
    """Accept or reject all of these that wait to be checked; the others are named and left as they are. One mail a
    client. Ids that are not the company's are passed over without a word.

    Raises `Problem` 422 when nothing is chosen, or for a reason that is missing.
    """
    if not ids:
        raise field_problem("ids", "Choose at least one document.")
    if len(ids) > MOST:
        raise field_problem("ids", f"{MOST} documents can be decided at once.")
    if decision not in {ACCEPT, REJECT}:
        raise Problem("Say whether to accept or to reject.")
    said = _checked_reason(reason) if decision == REJECT else ""
    done, refused = [], []
    for document in _locked(ids):
        try:
            if decision == ACCEPT:
                _accept(document, by, "uploaded")
            else:
                _reject(document, said, by, "uploaded")
        except WrongState as problem:
            refused.append(problem.message)
        else:
            done.append(document)
    mails = _tell(done, company, by) if decision == REJECT else 0
    return Result(done, refused, mails)


def _tell(documents: Iterable[Document], company: Company | CompanyView, by: Viewer) -> int:
    by_client: dict[UUID, list[Document]] = {}
    for document in documents:
        by_client.setdefault(document.client_id, []).append(document)
    clients = db.session.scalars(select(Client).where(Client.id.in_(by_client)))
    return sum(telling.rejected(company, client, by_client[client.id], by.name) for client in clients)


def _decided(document: Document, by: Viewer) -> None:
    document.decided_by, document.decided_at = by.name, now()


def _checked_reason(reason: str) -> str:
    said = many_lines(reason)
    if not said:
        raise field_problem("reason", "Say why, in words that help the client to send the right one.")
    if len(said) > LONGEST_REASON:
        raise field_problem("reason", f"Keep the reason to {LONGEST_REASON:,} letters.")
    return said


def _why_not(document: Document, by: Viewer) -> str:
    if document.state == "erased":
        return "This document was erased."
    if document.state == "uploaded":
        return f"“{document.name}” waits to be checked again. Load the page, then decide."
    who = "you" if document.decided_by == by.name else document.decided_by
    return f"“{document.name}” was {_DONE[document.state]} by {who} already. Nothing was changed."


def _ask_of(document: Document) -> DocumentAsk | None:
    if document.ask_id is None:
        return None
    return db.session.scalar(select(DocumentAsk).where(DocumentAsk.id == document.ask_id).with_for_update())


def _has_another(document: Document) -> bool:
    """Whether another document of the same ask is accepted."""
    others = select(Document.id).where(
        Document.ask_id == document.ask_id, Document.state == "accepted", Document.id != document.id
    )
    return db.session.scalar(others.limit(1)) is not None


def _locked(ids: Iterable[UUID]) -> Sequence[Document]:
    """In one order for everybody, so that two people who decide about the same ones wait for each other."""
    return db.session.scalars(
        select(Document)
        .where(Document.id.in_(list(ids)))
        .order_by(Document.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
