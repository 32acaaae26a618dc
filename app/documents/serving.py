"""Sending a document's bytes to a browser: as what they are, never as a page of ours.

The type is the one the bytes were found to have. Only what a browser shows without running anything is shown in the
page; everything else is a download. `sandbox` takes our origin from whatever a viewer might run all the same.
"""

import unicodedata
from urllib.parse import quote

from flask import Response
from werkzeug.exceptions import NotFound

from app import storage
from app.documents.scanning import INFECTED
from app.models import Document

SHOWN = {"application/pdf", "image/png", "image/jpeg", "image/gif", "image/bmp"}
"""What browsers draw themselves."""
PDF = "application/pdf"
_POLICY = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors {}"


def may_be_shown(mime_type: str) -> bool:
    """Whether a page shows it, rather than only offering it."""
    return mime_type in SHOWN


def may_be_given(document: Document) -> bool:
    """Whether a client is given it: its bytes are there, and no virus was found in them."""
    return document.storage_key is not None and document.scan_state != INFECTED


def shown(document: Document) -> Response:
    """The bytes for a picture or frame of our own pages; a download, where the type is not shown."""
    if not may_be_shown(document.mime_type):
        return downloaded(document)
    answer = _answer(document, document.mime_type, "inline")
    answer.headers["Content-Security-Policy"] = _POLICY.format("'self'")
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def downloaded(document: Document) -> Response:
    """The bytes as a file to keep."""
    return _answer(document, document.mime_type, "attachment")


def disposition(kind: str, name: str) -> str:
    """`Content-Disposition` (RFC 6266): the whole name for browsers that read it, and one of plain letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(letter if letter.isprintable() and letter not in '"\\%' else "_" for letter in plain)
    header = f'{kind}; filename="{plain.strip() or "document"}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"


def _answer(document: Document, mime_type: str, kind: str) -> Response:
    if document.storage_key is None:
        raise NotFound
    try:
        pieces = storage.pieces_of(document.storage_key)
    except storage.Missing:
        raise NotFound from None
    answer = Response(pieces, mimetype=mime_type)
    if mime_type.startswith("text/"):
        # As it was received: which letters the bytes mean is not known.
        answer.headers["Content-Type"] = mime_type
    answer.headers["Content-Length"] = str(document.size)
    answer.headers["Content-Disposition"] = disposition(kind, document.name)
    answer.headers["Content-Security-Policy"] = _POLICY.format("'none'")
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
