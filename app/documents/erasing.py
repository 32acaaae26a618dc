"""Erasing a client's documents on request. What was begun goes on until it is done, whoever is interrupted.

The bytes go, and with each file its own key, so backups of the storage open no more. Of the row stay type, year, size,
dates and the checksum (it proves what was erased to whoever holds a copy or a receipt); the name goes, because people
write into names. What lies in Xero stays there: it is the practice's own record, and for them to remove.
"""

import logging
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from app import storage
from app.audit import record as audit
from app.auth.viewer import Viewer
from app.checks import Checks
from app.documents.queries import held_of
from app.errors import WrongState
from app.extensions import db
from app.models import Client, Document, DocumentErasure, DocumentUpload, Operation, now

log = logging.getLogger(__name__)

ERASED_NAME = "Erased document"
AT_ONCE = 50
"""Documents of one transaction."""
LONGEST_REQUEST = 500


def checked_request(asked_by: str | None) -> str:
    """Who asked for it, and how. Raises `Problem` 422 on `asked_by`."""
    checks = Checks()
    said = checks.required("asked_by", asked_by, "Who asked for it, and how,", LONGEST_REQUEST)
    checks.finish()
    return said


def begin(client: Client, asked_by: str, by: Viewer) -> DocumentErasure:
    """Write down that all of the client's documents are to be erased (not committed; then `go_on`).

    Raises `Problem` 422 on `asked_by`, `WrongState` when there are none or it is under way.
    """
    said = checked_request(asked_by)
    # The client's row is the door: two people who press at once make one record.
    db.session.execute(select(Client.id).where(Client.id == client.id).with_for_update())
    open_one = select(DocumentErasure.id).filter_by(client_id=client.id, finished_at=None)
    if db.session.scalar(open_one.limit(1)) is not None:
        raise WrongState("These documents are being erased already.")
    count = held_of(client.id).documents
    if not count:
        raise WrongState(f"There are no documents of {client.name} to erase.")
    erasure = DocumentErasure(
        id=uuid4(),
        client_id=client.id,
        asked_by=said,
        done_by=by.name,
        documents=count,
        created_at=now(),
    )
    db.session.add(erasure)
    audit.record("document.erasure", client, None, {"documents": count, "asked_by": said}, by=by)
    db.session.flush()
    return erasure


def go_on(erasure_id: UUID, batches: int | None = None) -> bool:
    """Erase on, a batch a transaction (commits each); whether it is finished. In the practice's scope. Twice at once is
    harmless: rows are locked, and what is erased is passed over."""
    while batches is None or batches > 0:
        erasure = db.session.scalar(
            select(DocumentErasure).where(
                DocumentErasure.id == erasure_id, DocumentErasure.finished_at.is_(None)
            )
        )
        if erasure is None:
            return True
        if not _erase_some(erasure):
            _remove_uploads(erasure)
            erasure.finished_at = now()
            db.session.commit()
            log.info("Erasure %s of %s documents is finished", erasure_id, erasure.documents)
            return True
        db.session.commit()
        batches = None if batches is None else batches - 1
    return False


def finish_all() -> None:
    """Finish what was begun in the practice of the scope: by the clock (commits)."""
    unfinished = select(DocumentErasure.id).where(DocumentErasure.finished_at.is_(None))
    for erasure_id in db.session.scalars(unfinished).all():
        go_on(erasure_id)


def _erase_some(erasure: DocumentErasure) -> int:
    documents = db.session.scalars(
        select(Document)
        .where(
            Document.client_id == erasure.client_id,
            Document.state != "erased",
            Document.created_at <= erasure.created_at,
        )
        .order_by(Document.id)
        .limit(AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for document in documents:
        if document.storage_key is not None:
            _remove(document.storage_key)
        document.name, document.reason = ERASED_NAME, None
        document.state, document.storage_key = "erased", None
    ids = [document.id for document in documents]
    # What was to be done in Xero carries the name as well. A push that is still to come finds it erased and stops.
    named = update(Operation).where(Operation.subject_id.in_(ids)).values(subject_label=ERASED_NAME)
    db.session.execute(named.execution_options(synchronize_session=False))
    return len(documents)


def _remove_uploads(erasure: DocumentErasure) -> None:
    begun = select(DocumentUpload).where(
        DocumentUpload.client_id == erasure.client_id, DocumentUpload.created_at <= erasure.created_at
    )
    for upload in db.session.scalars(begun.with_for_update()):
        if upload.document_id is None:
            _remove(upload.storage_key)
        db.session.delete(upload)


def _remove(key: str) -> None:
    try:
        storage.delete(key)
    except storage.Missing:
        log.warning("A document to be erased had no bytes in the storage")


def unfinished_of(client_id: UUID) -> int:
    """How many documents an erasure under way has still before it."""
    under_way = (
        select(func.max(DocumentErasure.created_at))
        .where(DocumentErasure.client_id == client_id, DocumentErasure.finished_at.is_(None))
        .scalar_subquery()
    )
    left = select(func.count(Document.id)).where(
        Document.client_id == client_id, Document.state != "erased", Document.created_at <= under_way
    )
    return db.session.scalar(left) or 0
