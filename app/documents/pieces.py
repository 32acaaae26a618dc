"""Uploads piece by piece, for a page's script (js/upload.js): the addresses that the portal and the staff's pages each
have, with people of their own. Answers are JSON; errors have the one error shape.

Every call may be made again after a lost answer: it does its work once.
"""

from collections.abc import Callable
from functools import wraps
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app.auth.viewer import the_viewer
from app.documents import receiving
from app.documents.destination import Destination
from app.errors import Problem, field_problem, problem_as_json
from app.extensions import db
from app.models import Document

_GONE = "This is not wanted any more, or is not yours to send. Load the page again."
Handler = Callable[..., ResponseReturnValue]


class Uploads:
    """`destination`: where the request's form puts the file; may raise `Problem` and `NotFound`. `address`: of the
    page of the document that came of it."""

    def __init__(self, destination: Callable[[], Destination], address: Callable[[Document], str]) -> None:
        self._destination = destination
        self._address = address

    def add_to(self, bp: Blueprint) -> None:
        """`POST /uploads` and, of an upload, `…/pieces`, `…/finish` and `…/cancel`."""
        of_one = "/uploads/<uuid:upload_id>"
        for path, endpoint, handler in (
            ("/uploads", "upload_begin", self.begin),
            (f"{of_one}/pieces", "upload_piece", self.piece),
            (f"{of_one}/finish", "upload_finish", self.finish),
            (f"{of_one}/cancel", "upload_cancel", self.cancel),
        ):
            bp.add_url_rule(path, endpoint, _answering(handler), methods=["POST"])

    def begin(self) -> ResponseReturnValue:
        """Form: name, size, sha256 (if known), and where to. Answers the upload, or the document if it is here."""
        given, by = request.form, the_viewer()
        place = self._destination()
        sha256 = given.get("sha256") or None
        if sha256 and (here := receiving.already_here(place, sha256, by)):
            return self._done(here)
        size = _number("size", given.get("size"))
        upload = receiving.begin(place, given.get("name", ""), size, by, sha256)
        db.session.commit()
        return jsonify(upload={"id": str(upload.id), "received": upload.received})

    def piece(self, upload_id: UUID) -> ResponseReturnValue:
        """Body: the bytes. Query: offset, where they belong. Answers how many bytes are here."""
        upload = receiving.find(upload_id, the_viewer())
        offset = _number("offset", request.args.get("offset"))
        received = receiving.take(upload, offset, receiving.piece_of(cast(BinaryIO, request.stream)))
        db.session.commit()
        return jsonify(received=received)

    def finish(self, upload_id: UUID) -> ResponseReturnValue:
        """All pieces are here. Answers the document, or why there is none."""
        outcome = receiving.finish(receiving.find(upload_id, the_viewer()), the_viewer())
        db.session.commit()
        return self._done(outcome.document_or_problem())

    def cancel(self, upload_id: UUID) -> ResponseReturnValue:
        """Forget what has come of it. One that has become a document stays one."""
        receiving.give_up(receiving.find(upload_id, the_viewer()))
        db.session.commit()
        return jsonify(cancelled=True)

    def _done(self, document: Document) -> ResponseReturnValue:
        address = self._address(document)
        return jsonify(document={"id": str(document.id), "name": document.name, "url": address})


def _answering(handler: Handler) -> Handler:
    """The handler, whose problems are told to the script."""

    @wraps(handler)
    def answer(**given: UUID) -> ResponseReturnValue:
        try:
            return handler(**given)
        except Problem as problem:
            told = problem
        except NotFound:
            told = Problem(_GONE, code="not_found", status=404)
        db.session.rollback()
        return problem_as_json(told)

    return answer


def _number(name: str, text: str | None) -> int:
    """Raises `Problem` 422 for what is no whole number of bytes."""
    if text and len(text) < 12 and text.isascii() and text.isdigit():
        return int(text)
    raise field_problem(name, "Must be a number of bytes.")
