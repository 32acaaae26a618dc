"""One document into Xero Files: folder → file → its contact. Each exactly once, whatever happens on the way."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app import storage
from app.crypto import SealBrokenError
from app.extensions import db
from app.models import Client, Company, Connection, ContactMapping, Document, now
from app.models.base import Json
from app.sync import causes
from app.sync.contacts.finding import find_contact, follow, map_contact
from app.sync.files import folders, naming
from app.sync.files.planning import SWITCHED_OFF
from app.sync.live import connection_of, needs_scope, transport_of
from app.sync.outcomes import Blocked, Needless, NotYet
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.errors import Permanent
from app.xero.files import File, FilesApi
from app.xero.transport import Transport

SCOPE = "files"
UPLOAD, ASSOCIATE = "upload", "associate"
CLOCKS_APART = timedelta(hours=1)
"""How far Xero's clock and ours may differ when a file that was sent is looked for."""


@dataclass(frozen=True)
class Paper:
    """What is pushed, read once at the start of a run."""

    document: Document
    client: Client
    company: Company
    connection: Connection
    transport: Transport

    @property
    def files(self) -> FilesApi:
        return FilesApi(self.transport)


def push(run: Run) -> None:
    """File the document. Raises `Blocked`, `Needless`, `NotYet`, `app.xero.errors.XeroError`, `LeaseLost`."""
    paper = _paper(run)
    contact_id = _contact(run, paper)
    name = naming.reserve(paper.document, paper.client, paper.company, paper.connection)
    if paper.document.xero_file_id is None:
        paper.document.push_state = "uploading"
    run.save()
    file_id = _upload(run, paper, name)
    try:
        _associate(run, paper, file_id, contact_id)
    except Permanent:
        # Perhaps because the contact was merged, archived or removed in Xero since we learnt it.
        if not follow(run, paper.client, paper.connection, paper.transport):
            raise
        _associate(run, paper, file_id, _contact(run, paper))
    _finish(paper)


def _paper(run: Run) -> Paper:
    document = db.session.scalar(select(Document).where(Document.id == run.operation.subject_id))
    if document is None or document.state != "accepted" or document.storage_key is None:
        raise Needless("The document is no longer accepted, so it is not filed in Xero.")
    company = db.session.scalars(select(Company)).one()
    if not company.push_documents:
        raise Needless(SWITCHED_OFF)
    connection = connection_of(run)
    needs_scope(
        connection,
        SCOPE,
        "The consent given at Xero does not cover files, so documents wait; all else goes on. A practice admin"
        " consents again under Settings → Xero, or switches filing off.",
    )
    return Paper(document, document.client, company, connection, transport_of(run, connection))


def _contact(run: Run, paper: Paper) -> str:
    """The client's contact: mapped, or the one that fits. A file is no reason to make one: a person chooses then."""
    mapped = select(ContactMapping.xero_contact_id).filter_by(
        client_id=paper.client.id, connection_id=paper.connection.id
    )
    known = db.session.scalar(mapped)
    if known is not None:
        return known
    client_id, name = paper.client.id, paper.client.name
    try:
        found = find_contact(AccountingApi(paper.transport), paper.client)
    except Blocked:
        _skipped(run, paper.document)
        raise
    if found is None:
        _skipped(run, paper.document)
        raise Blocked(
            causes.CONTACT,
            str(client_id),
            f"“{name}” has no contact in Xero that a document could be filed with. Choose the contact; the documents"
            " follow by themselves.",
        )
    contact, how = found
    contact_id = map_contact(paper.client, paper.connection, contact.id, contact.name, how)
    run.save()
    return contact_id


def _skipped(run: Run, document: Document) -> None:
    document.push_state = "skipped"
    run.save()


def _upload(run: Run, paper: Paper, name: str) -> str:
    document, connection = paper.document, paper.connection
    folder = naming.folder_name(paper.company, document.tax_year)
    folder_id = folders.folder_for(run, connection, folder)
    size, digest, mime_type = document.size, document.sha256, document.mime_type
    storage_key = document.storage_key

    def send(key: str) -> Json:
        content = _content(storage_key, digest)
        made = paper.files.upload(name, content, mime_type, folder_id, key)
        return {"file_id": made.id, "name": made.name}

    def read_back() -> Json | None:
        for file in _lately(paper.files, run):
            if (file.name, file.size, file.folder_id) == (name, size, folder_id) and _same(
                paper.files, file, digest
            ):
                return {"file_id": file.id, "name": file.name}
        return None

    def then(result: Json) -> None:
        # Written with the step's result: from here on the file is never lost, and never sent again.
        document.xero_file_id = str(result["file_id"])
        document.push_state, document.pushed_at = "uploaded", now()

    try:
        return str(run.step(UPLOAD, send, read_back, then)["file_id"])
    except Permanent as refused:
        if refused.code != "not_found":
            raise
        # Somebody removed the folder in Xero.
        folders.forget(connection, folder)
        run.save()
        raise NotYet(folders.LOOK_AGAIN_SECONDS) from refused


def _lately(files: FilesApi, run: Run) -> Iterator[File]:
    """The organisation's files, newest first, no further back than this operation."""
    since = (run.operation.started_at or now()) - CLOCKS_APART
    for page in files.files():
        yield from page
        oldest = page[-1].created_at
        if oldest is not None and oldest < since:
            return


def _same(files: FilesApi, file: File, digest: str) -> bool:
    """A person may have put a file of this name and size there; only the bytes tell."""
    return hashlib.sha256(files.content(file.id)).hexdigest() == digest


def _content(storage_key: str | None, digest: str) -> bytes:
    """The document: whole in memory, 10 MB at most, because Xero takes it in one request."""
    try:
        content = b"".join(storage.pieces_of(storage_key or ""))
    except (storage.Missing, SealBrokenError) as broken:
        raise _damaged() from broken
    if hashlib.sha256(content).hexdigest() != digest:
        raise _damaged()
    return content


def _damaged() -> Permanent:
    return Permanent(
        "document_damaged",
        "The stored document is not there or not what was received, so it was not sent. Please tell support, and ask"
        " the client for it again.",
        whose_move="us",
    )


def _associate(run: Run, paper: Paper, file_id: str, contact_id: str) -> None:
    def send(key: str) -> Json:
        paper.files.associate(file_id, contact_id, "Contact", key=key)
        return {"contact_id": contact_id}

    def read_back() -> Json | None:
        tied = paper.files.associations(file_id)
        return {"contact_id": contact_id} if any(one.object_id == contact_id for one in tied) else None

    run.step(f"{ASSOCIATE} {contact_id}", send, read_back)


def _finish(paper: Paper) -> None:
    paper.document.push_state, paper.document.push_error = "associated", None
    paper.connection.last_sync_at = now()


def tell_document(run: Run, state: str, sentence: str | None) -> None:
    """Write on the document how its push stands: a sentence when it is stuck, nothing while it is merely on its way."""
    document = db.session.scalar(select(Document).where(Document.id == run.operation.subject_id))
    if document is None or state == "done":
        return
    if state == "failed":
        document.push_state = "failed"
    elif state == "cancelled" and document.state == "accepted":
        document.push_state = "skipped"
    elif document.push_state == "uploading":
        document.push_state = "pending"
    document.push_error = sentence if state in {"failed", "waiting", "cancelled"} else None
