"""What the clock does for documents, a company at a time: uploads that were never finished, bytes that belong to
nothing, and scans that could not be made."""

from uuid import UUID

from sqlalchemy import select

from app import storage
from app.audit import record as audit
from app.documents import scanning
from app.extensions import db, settings
from app.models import Document, DocumentUpload, now
from app.storage import sweeping

AT_ONCE = 200


def tidy() -> None:
    """Remove uploads a day old, and sweep the storage. Commits."""
    expired = select(DocumentUpload).where(DocumentUpload.expires_at < now()).limit(AT_ONCE)
    while uploads := db.session.scalars(expired).all():
        for upload in uploads:
            if upload.document_id is None:
                storage.delete(upload.storage_key)
            db.session.delete(upload)
        db.session.commit()
    sweeping.sweep()


def scan_again() -> None:
    """Have ClamAV look through what it could not when it came. Commits after each; one that is infected is rejected."""
    if settings().clamd_url is None:
        return
    unscanned = select(Document.id).where(Document.scan_state == "not_scanned", Document.state != "erased")
    for document_id in db.session.scalars(unscanned.order_by(Document.created_at).limit(AT_ONCE)).all():
        if not _scan(document_id):
            return


def _scan(document_id: UUID) -> bool:
    """Whether ClamAV told."""
    document = db.session.scalar(
        select(Document).where(Document.id == document_id, Document.storage_key.is_not(None))
    )
    if document is None or document.storage_key is None:
        return True
    key = document.storage_key
    # No transaction is open while it looks.
    with storage.open_file(key) as file:
        db.session.commit()
        found = scanning.scan(file)
    if found.state == scanning.NOT_SCANNED:
        return False
    document = db.session.scalars(select(Document).where(Document.id == document_id).with_for_update()).one()
    document.scan_state = found.state
    if found.state == scanning.INFECTED and document.state in {"uploaded", "accepted"}:
        document.state = "rejected"
        document.reason = f"A virus was found in this file ({found.virus}). Please send a clean copy."
        document.decided_by, document.decided_at = audit.THE_APP.name, now()
        audit.record("document.infected", document, None, {"virus": found.virus}, by=audit.THE_APP)
    db.session.commit()
    return True
