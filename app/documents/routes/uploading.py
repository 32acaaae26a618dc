"""Staff send documents on behalf of a client: in pieces by the page's script, or the plain form whole."""

from typing import BinaryIO, cast
from uuid import UUID

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.auth.viewer import the_viewer
from app.documents import kinds, queries, receiving
from app.documents.forms import UploadForm, typed_year
from app.documents.pieces import Uploads
from app.documents.receiving import Destination
from app.documents.routes.blueprint import bp
from app.errors import Problem, field_problem
from app.extensions import db
from app.forms import NO_ID, as_id
from app.models import Client
from app.navigation import url_if

MOST_FILES = 20


@bp.route("/upload", methods=["GET", "POST"])
def upload() -> ResponseReturnValue:
    """Query: client, or a request of theirs, which is filled in; ask, the one that is filled in."""
    service_request = queries.find_request(as_id(request.args.get("request")))
    client = (
        service_request.client if service_request else queries.find_client(as_id(request.args.get("client")))
    )
    if client is None:
        abort(404)
    form = UploadForm()
    form.offer(queries.open_asks_of_client(client.id), queries.open_requests_of(client.id))
    if not form.is_submitted():
        form.ask_id.data = request.args.get("ask", "")
        form.service_request_id.data = request.args.get("request", "")
        return _page(form, client)
    client_id = client.id
    try:
        place, files = _destination(form, client_id), _files(form)
    except Problem as problem:
        return _refused(form, client_id, problem)
    taken, refused = _receive(place, files)
    if refused and not taken:
        return _refused(form, client_id, refused[0])
    flash("1 document was taken." if taken == 1 else f"{taken} documents were taken.", "success")
    for one in refused:
        flash(one.message, "error")
    return redirect(url_if("clients.page", client_id=client_id, _anchor="documents") or url_for(".index"))


def _where() -> Destination:
    return _destination(UploadForm(), as_id(request.form.get("client_id")) or NO_ID)


Uploads(_where, lambda document: url_for("documents.page", document_id=document.id)).add_to(bp)


def _destination(form: UploadForm, client_id: UUID) -> Destination:
    ask_id, request_id = form.ids()
    return Destination(
        client_id,
        doc_type=form.doc_type.data or "",
        # An ask brings its own.
        service_request_id=None if ask_id else request_id,
        ask_id=ask_id,
        tax_year=typed_year(form.tax_year.data),
    )


def _files(form: UploadForm) -> list[FileStorage]:
    files = [one for one in form.files.data or [] if isinstance(one, FileStorage) and one.filename]
    if not files:
        raise field_problem("files", "Choose at least one file.")
    if len(files) > MOST_FILES:
        raise field_problem("files", f"Send {MOST_FILES} files at a time at most.")
    return files


def _receive(place: Destination, files: list[FileStorage]) -> tuple[int, list[Problem]]:
    """Each by itself: one that is refused does not stop the others."""
    taken, refused = 0, []
    for file in files:
        try:
            outcome = receiving.receive_whole(
                place, file.filename or "", cast(BinaryIO, file.stream), the_viewer()
            )
            db.session.commit()
            outcome.document_or_problem()
            taken += 1
        except Problem as problem:
            db.session.rollback()
            refused.append(problem)
    return taken, refused


def _refused(form: UploadForm, client_id: UUID, problem: Problem) -> ResponseReturnValue:
    fields = {"files" if name == "file" else name: said for name, said in problem.fields.items()}
    told = Problem(problem.message, code=problem.code, status=problem.status, fields=fields)
    status = form.show(told)
    client = queries.find_client(client_id) or abort(404)
    return _page(form, client), status


def _page(form: UploadForm, client: Client) -> str:
    return render_template(
        "documents/upload.html",
        form=form,
        client=client,
        accept=kinds.ACCEPT,
        kinds=kinds.IN_WORDS,
        largest=receiving.LARGEST,
        piece=receiving.LARGEST_PIECE // 2,
        most=MOST_FILES,
        together=current_app.config["MAX_CONTENT_LENGTH"] // 1_000_000,
        types=queries.types_used(),
        back=url_if("clients.page", client_id=client.id, _anchor="documents") or url_for(".index"),
    )
