"""The one way in for documents: portal, staff and JSON API.

    outcome = receiving.receive_whole(destination, name, stream, by)         # a plain form's file

    upload = receiving.begin(destination, name, size, by, sha256=None)       # or in pieces, of 1 MiB at most:
    upload = receiving.find(upload_id, by)                                   # 404 for anybody else
    received = receiving.take(upload, offset, receiving.piece_of(stream))    # how many bytes are here now
    outcome = receiving.finish(upload, by)

    db.session.commit()                                                      # always, a refusal is written down too
    document = outcome.document_or_problem()                                 # the Document, or a Problem to show

`destination`: `Destination(client_id, doc_type, service_request_id, ask_id, tax_year)`; of an ask, its own type and
year count. `by`: the `Viewer`. Every one of these may be repeated after a lost answer: an upload with the same bytes
(`sha256`) to the same place is gone on with, a piece that has come counts once, and a file makes one document.
`take` answers how far the upload has come; whoever sends goes on from there.

Raises `app.errors.Problem`: 422 with the field (file, doc_type, …), 404 for what is not theirs, 409 out of place.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO
from uuid import UUID, uuid4

from sqlalchemy import func, select

from app import storage
from app.audit import record as audit
from app.auth.viewer import Viewer
from app.documents import scanning
from app.documents.checking import LARGEST, check_size, look_at
from app.documents.destination import Destination
from app.documents.names import clean
from app.documents.verdict import Fit, Refused
from app.errors import Problem, WrongState, field_problem
from app.extensions import db
from app.models import Client, Document, DocumentUpload, now

LARGEST_PIECE = 1024 * 1024
MOST_OPEN = 30
"""Uploads that one person may have under way in a practice."""
LASTS = timedelta(days=1)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)

__all__ = [
    "LARGEST",
    "LARGEST_PIECE",
    "Destination",
    "Outcome",
    "already_here",
    "begin",
    "find",
    "finish",
    "give_up",
    "piece_of",
    "receive_whole",
    "take",
]


@dataclass(frozen=True)
class Outcome:
    """A document, or why there is none. To be committed either way."""

    document: Document | None
    refusal: Refused | None = None

    @property
    def problem(self) -> Problem:
        """What to tell of a refusal: 422, field `file`."""
        assert self.refusal is not None
        sentence = self.refusal.sentence
        return Problem(sentence, code=self.refusal.code, fields={"file": [sentence]})

    def document_or_problem(self) -> Document:
        """Raises `Problem` (422, field `file`) with the refusal's sentence."""
        if self.document is None:
            raise self.problem
        return self.document


def receive_whole(destination: Destination, name: str, stream: BinaryIO, by: Viewer) -> Outcome:
    """Take a file that comes in one go. Nothing of it is left when it is refused."""
    place = destination.checked(by)
    file_id = uuid4()
    try:
        stored = storage.put(file_id, stream, LARGEST)
    except storage.TooLarge:
        return _refused(place, name, _too_large(), by)
    twin = _twin(place, stored.sha256, by)
    if twin is not None:
        storage.delete(stored.key)
        return Outcome(twin)
    return _take_up(file_id, place, name, stored, by)


def already_here(destination: Destination, sha256: str, by: Viewer) -> Document | None:
    """The document of these bytes that the same person has sent to the same place, as long as nobody has decided: it
    need not be sent again."""
    return _twin(destination.checked(by), sha256, by)


def begin(
    destination: Destination, name: str, size: int, by: Viewer, sha256: str | None = None
) -> DocumentUpload:
    """The upload to send pieces to; `size` in bytes. With the bytes' `sha256` an open one of the same bytes to the same
    place is found again with what it has received. What can be told from name and size is told now."""
    place = destination.checked(by)
    try:
        check_size(size)
        shown = clean(name)
    except Refused as refusal:
        raise Problem(refusal.sentence, code=refusal.code, fields={"file": [refusal.sentence]}) from refusal
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise field_problem("sha256", "The checksum must be 64 hexadecimal digits, small letters.")
    # One after the other for a person, so that a hundred at once do not all find room.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"uploads {by.user_id}", 0))))
    mine = (DocumentUpload.uploader_id == by.user_id, DocumentUpload.expires_at > now())
    unfinished = select(DocumentUpload).where(*mine, DocumentUpload.document_id.is_(None))
    if sha256 is not None:
        same = unfinished.filter_by(sha256=sha256, size=size, name=shown, **place.columns())
        found = db.session.scalar(same.limit(1))
        if found is not None:
            return found
    if len(db.session.scalars(unfinished.limit(MOST_OPEN)).all()) >= MOST_OPEN:
        raise WrongState(
            f"{MOST_OPEN} uploads of yours are under way already. Let one finish, then send the next."
        )
    upload_id = uuid4()
    upload = DocumentUpload(
        id=upload_id,
        **place.columns(),
        uploader_id=by.user_id,
        name=shown,
        size=size,
        received=0,
        sha256=sha256,
        storage_key=storage.begin(upload_id),
        expires_at=now() + LASTS,
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def find(upload_id: UUID, by: Viewer) -> DocumentUpload:
    """The viewer's own upload. Raises `Problem` (404) for anybody else's, and for one that is gone."""
    found = db.session.scalar(
        select(DocumentUpload).where(
            DocumentUpload.id == upload_id,
            DocumentUpload.uploader_id == by.user_id,
            DocumentUpload.expires_at > now(),
        )
    )
    if found is None:
        raise Problem("This upload is not there any more. Send the file again.", code="not_found", status=404)
    return found


def piece_of(stream: BinaryIO) -> bytes:
    """A piece out of a request's body. Raises `Problem` (413) above 1 MiB."""
    piece = b""
    # A stream may give less than it is asked for, and says only when it is asked for more that the line broke.
    while len(piece) <= LARGEST_PIECE and (more := stream.read(LARGEST_PIECE + 1 - len(piece))):
        piece += more
    if len(piece) > LARGEST_PIECE:
        raise Problem("A piece may have 1 MiB at most. Send smaller ones.", code="too_large", status=413)
    return piece


def take(upload: DocumentUpload, offset: int, piece: bytes) -> int:
    """Add the piece that begins at `offset`; how many bytes are here now. One that has come already, or does not
    follow what is here, changes nothing: the answer tells where to go on."""
    _locked(upload)
    if upload.document_id is not None or offset != upload.received or not piece:
        return upload.received
    if offset + len(piece) > upload.size:
        raise field_problem(
            "file",
            "More has come than the file was said to have: it was changed meanwhile. Send it again from the beginning.",
        )
    upload.received = storage.append(upload.storage_key, piece)
    return upload.received


def finish(upload: DocumentUpload, by: Viewer) -> Outcome:
    """Make the document once all pieces are here. Raises `WrongState` when some are missing."""
    _locked(upload)
    if upload.document_id is not None:
        return Outcome(db.session.scalars(select(Document).filter_by(id=upload.document_id)).one())
    if upload.received != upload.size:
        raise WrongState(
            f"{upload.received:,} of {upload.size:,} bytes have come so far. Send the rest first."
        )
    place = Destination.of(upload).checked(by)
    stored = storage.finish(upload.storage_key)
    twin = _twin(place, stored.sha256, by)
    if twin is not None:
        storage.delete(upload.storage_key)
        upload.document_id = twin.id
        return Outcome(twin)
    if upload.sha256 is not None and upload.sha256 != stored.sha256:
        outcome = _refused(place, upload.name, _changed_on_the_way(), by)
    else:
        outcome = _take_up(upload.id, place, upload.name, stored, by, or_remove=False)
    if outcome.document is None:
        storage.delete(upload.storage_key)
        db.session.delete(upload)
    else:
        upload.document_id = upload.id
    return outcome


def give_up(upload: DocumentUpload) -> None:
    """Forget an upload and what has come of it; one that has become a document stays. May be repeated."""
    _locked(upload)
    if upload.document_id is None:
        storage.delete(upload.storage_key)
        db.session.delete(upload)


def _take_up(
    file_id: UUID,
    place: Destination,
    name: str,
    stored: storage.Stored,
    by: Viewer,
    *,
    or_remove: bool = True,
) -> Outcome:
    """Check what is stored, and make the document of it."""
    try:
        with storage.open_file(stored.key) as file:
            fit = look_at(name, file, stored.size)
            scan = scanning.scan(file)
        if scan.state == scanning.INFECTED:
            raise _infected(scan.virus)
    except Refused as refusal:
        if or_remove:
            storage.delete(stored.key)
        return _refused(place, name, refusal, by)
    document = _document(file_id, place, fit, stored, by)
    document.scan_state = scan.state
    db.session.add(document)
    told = {"type": document.doc_type, "size": document.size, "sha256": document.sha256}
    audit.record("document.received", document, None, told, by=by)
    return Outcome(document)


def _document(file_id: UUID, place: Destination, fit: Fit, stored: storage.Stored, by: Viewer) -> Document:
    return Document(
        id=file_id,
        **place.columns(),
        name=fit.name,
        extension=fit.extension,
        mime_type=fit.mime_type,
        size=stored.size,
        sha256=stored.sha256,
        storage_key=stored.key,
        uploaded_by=by.name,
        uploaded_by_id=by.user_id,
        by_client=by.role == "client",
        state="uploaded",
    )


def _refused(place: Destination, name: str, refusal: Refused, by: Viewer) -> Outcome:
    client = db.session.scalars(select(Client).filter_by(id=place.client_id)).one()
    told = {"file": name[:200], "type": place.doc_type, "why": refusal.sentence}
    audit.record("document.refused", client, None, told, by=by)
    return Outcome(None, refusal)


def _twin(place: Destination, sha256: str, by: Viewer) -> Document | None:
    """The document that the same person has sent to the same place with the same bytes, not yet decided: the answer
    was lost, or Send was pressed twice."""
    return db.session.scalar(
        select(Document)
        .filter_by(**place.columns(), sha256=sha256, uploaded_by_id=by.user_id, state="uploaded")
        .limit(1)
    )


def _locked(upload: DocumentUpload) -> None:
    db.session.refresh(upload, with_for_update=True)


def _too_large() -> Refused:
    try:
        check_size(LARGEST + 1)
    except Refused as refusal:
        return refusal
    raise AssertionError("one byte too many is too many")


def _changed_on_the_way() -> Refused:
    return Refused(
        "changed_on_the_way",
        "What arrived is not what was sent: its checksum differs. Nothing was kept; send the file again.",
    )


def _infected(virus: str) -> Refused:
    return Refused(
        "infected",
        f"A virus was found in this file ({virus}), so it was not kept. Have the computer it came from looked at, and"
        " send a clean copy.",
    )
