"""The portal's pages of documents: what was sent, a receipt of each, and sending more without JavaScript."""

from dataclasses import dataclass, field
from uuid import UUID

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.auth.viewer import the_viewer
from app.documents import receiving, serving
from app.documents.destination import Destination
from app.documents.kinds import ACCEPT, IN_WORDS
from app.documents.pieces import Uploads
from app.errors import Problem, field_problem
from app.extensions import db
from app.models import Document
from app.portal import document_queries, needs, queries, words
from app.portal.forms import SendForm
from app.portal.own import bp, own_client_id
from app.portal.sending import Place, place_of


@bp.get("/documents")
def documents() -> ResponseReturnValue:
    """Everything of the client's, newest first. Query: after or before, a place among them."""
    client_id = own_client_id()
    found = document_queries.documents(
        client_id, after=request.args.get("after"), before=request.args.get("before")
    )
    return render_template("portal/documents.html", page=found, needs=needs.needs_of(client_id), words=words)


@bp.get("/documents/<uuid:document_id>")
def receipt(document_id: UUID) -> ResponseReturnValue:
    found = _find(document_id)
    offered = serving.may_be_given(found)
    return render_template("portal/receipt.html", document=found, downloadable=offered, words=words)


@bp.get("/documents/<uuid:document_id>/download")
def download(document_id: UUID) -> ResponseReturnValue:
    """The bytes as they were received, whoever sent them; 404 once they are erased, or a virus was found in them."""
    found = _find(document_id)
    if not serving.may_be_given(found):
        abort(404)
    return serving.downloaded(found)


def _find(document_id: UUID) -> Document:
    """The document of the viewer's client; 404 for anybody else's."""
    return document_queries.find_document(own_client_id(), document_id) or abort(404)


def _where() -> Destination:
    given = request.form
    return place_of(own_client_id(), given).destination(given.get("doc_type"), given.get("tax_year"))


Uploads(_where, lambda document: url_for("portal.receipt", document_id=document.id)).add_to(bp)


@dataclass
class Sent:
    """What became of the files of one form: those taken, and (name, sentence) of those that were not."""

    taken: list[Document] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


@bp.route("/documents/new", methods=["GET", "POST"])
def send() -> ResponseReturnValue:
    """Query, or fields: ask_id, request_id or document_id (a file that came back)."""
    place, form = place_of(own_client_id(), request.values), SendForm()
    if not form.is_submitted():
        if place.again:
            form.doc_type.data, form.tax_year.data = place.again.doc_type, place.again.tax_year or ""
        return _page(place, form)
    try:
        sent = _received(place, form)
    except Problem as problem:
        status = form.show(problem)
        return _page(place, form), status
    db.session.commit()
    if sent.refused:
        return _page(place, form, sent), 422
    flash(_thanks(sent.taken), "success")
    if len(sent.taken) == 1:
        return redirect(url_for("portal.receipt", document_id=sent.taken[0].id))
    return redirect(url_for("portal.documents"))


def _received(place: Place, form: SendForm) -> Sent:
    """Raises `Problem` for what holds for all of them; each file's own refusal is told of that file."""
    files = [file for file in [*form.files.data, *form.photo.data] if _is_file(file)]
    destination = place.destination(form.doc_type.data, form.tax_year.data)
    destination.checked(the_viewer())
    if not files:
        raise field_problem("files", "Choose at least one file.")
    sent = Sent()
    for file in files:
        name = file.filename or ""
        try:
            outcome = receiving.receive_whole(destination, name, file.stream, the_viewer())
            sent.taken.append(outcome.document_or_problem())
        except Problem as problem:
            sent.refused.append((name, problem.message))
    return sent


def _is_file(file: object) -> bool:
    # An empty field of files sends one part without a name.
    return isinstance(file, FileStorage) and bool(file.filename)


def _thanks(taken: list[Document]) -> str:
    count = "your document" if len(taken) == 1 else f"your {len(taken)} documents"
    return f"Thank you, we have {count}."


def _page(place: Place, form: SendForm, sent: Sent | None = None) -> str:
    return render_template(
        "portal/send.html",
        form=form,
        place=place,
        sent=sent,
        closed=queries.find_client(place.client_id).archived_at is not None,
        accept=ACCEPT,
        taken_types=IN_WORDS,
        largest=receiving.LARGEST,
        piece=receiving.LARGEST_PIECE // 2,
        together=current_app.config["MAX_CONTENT_LENGTH"] // 1_000_000,
        words=words,
    )
