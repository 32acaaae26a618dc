"""Uploads piece by piece, for the page's script (js/upload.js). Answers are JSON; errors have the one error shape.

Every call may be made again after a lost answer: it does its work once.
"""

from typing import BinaryIO, cast
from uuid import UUID

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_viewer
from app.documents import receiving
from app.errors import Problem, error_body, field_problem
from app.extensions import db
from app.models import Document
from app.portal.own import bp, own_client_id
from app.portal.sending import place_of


def _told(problem: Problem) -> ResponseReturnValue:
    db.session.rollback()
    return jsonify(error_body(problem.code, problem.message, problem.fields)), problem.status


def _done(document: Document) -> ResponseReturnValue:
    address = url_for("portal.receipt", document_id=document.id)
    return jsonify(document={"id": str(document.id), "name": document.name, "url": address})


def _number(name: str, text: str | None) -> int:
    """Raises `Problem` 422 for what is no whole number of bytes."""
    if text and len(text) < 12 and text.isascii() and text.isdigit():
        return int(text)
    raise field_problem(name, "Must be a number of bytes.")


@bp.post("/uploads")
def upload_begin() -> ResponseReturnValue:
    """Form: name, size, sha256 (if known), and where to. Answers the upload, or the document if it is here already."""
    given, by = request.form, the_viewer()
    try:
        place = place_of(own_client_id(), given)
        destination = place.destination(given.get("doc_type"), given.get("tax_year"))
        sha256 = given.get("sha256") or None
        if sha256 and (here := receiving.already_here(destination, sha256, by)):
            return _done(here)
        size = _number("size", given.get("size"))
        upload = receiving.begin(destination, given.get("name", ""), size, by, sha256)
    except Problem as problem:
        return _told(problem)
    db.session.commit()
    return jsonify(upload={"id": str(upload.id), "received": upload.received})


@bp.post("/uploads/<uuid:upload_id>/pieces")
def upload_piece(upload_id: UUID) -> ResponseReturnValue:
    """Body: the bytes. Query: offset, where they belong. Answers how many bytes are here."""
    try:
        upload = receiving.find(upload_id, the_viewer())
        offset = _number("offset", request.args.get("offset"))
        received = receiving.take(upload, offset, receiving.piece_of(cast(BinaryIO, request.stream)))
    except Problem as problem:
        return _told(problem)
    db.session.commit()
    return jsonify(received=received)


@bp.post("/uploads/<uuid:upload_id>/finish")
def upload_finish(upload_id: UUID) -> ResponseReturnValue:
    try:
        outcome = receiving.finish(receiving.find(upload_id, the_viewer()), the_viewer())
    except Problem as problem:
        return _told(problem)
    db.session.commit()
    try:
        return _done(outcome.document_or_problem())
    except Problem as problem:
        return _told(problem)


@bp.post("/uploads/<uuid:upload_id>/cancel")
def upload_cancel(upload_id: UUID) -> ResponseReturnValue:
    """Forget what has come of it. One that has become a document stays one."""
    try:
        receiving.give_up(receiving.find(upload_id, the_viewer()))
    except Problem as problem:
        return _told(problem)
    db.session.commit()
    return jsonify(cancelled=True)
