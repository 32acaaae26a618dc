"""Clients in spreadsheet files: the filtered list as one, and the way of an uploaded one."""

from collections.abc import Iterator
from uuid import UUID

from flask import Flask, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.audit.record import Actor
from app.auth.viewer import the_company, the_viewer
from app.clients.csv import handing_over, queries
from app.clients.csv import imports as actions
from app.clients.csv.columns import FIELDS
from app.clients.csv.export import client_lines
from app.clients.filters import order_of, read_filters
from app.clients.forms import KIND_WORDS
from app.clients.routes.blueprint import bp
from app.errors import Problem, field_problem
from app.extensions import db
from app.models import ClientImport
from app.paging import count_label
from app.tenancy import company_scope


@bp.get("/export.csv")
def export() -> ResponseReturnValue:
    """The filtered list, streamed. Query: as the list."""
    filters, (sort, descending), company_id = (
        read_filters(request.args),
        order_of(request.args),
        the_company().id,
    )
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def lines() -> Iterator[str]:
        # The request, its session and its scope are over when the server begins to read.
        with app.app_context(), company_scope(company_id):
            yield from client_lines(filters, sort, descending)

    headers = {"Content-Disposition": 'attachment; filename="clients.csv"', "Cache-Control": "no-store"}
    return Response(lines(), mimetype="text/csv", headers=headers)


@bp.route("/files", methods=["GET", "POST"])
def imports() -> ResponseReturnValue:
    """Upload a file; those of before."""
    if request.method == "GET":
        return _upload_page({})
    try:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise field_problem("file", "Choose a file first.")
        made = actions.upload(file.filename, file.read(actions.LARGEST + 1), the_viewer().name)
    except Problem as problem:
        db.session.rollback()
        return _upload_page(
            {name: sentences[0] for name, sentences in problem.fields.items()}
        ), problem.status
    address = url_for(".import_columns", file_id=made.id)
    db.session.commit()
    return redirect(address)


def _upload_page(problems: dict[str, str]) -> str:
    return render_template(
        "clients/files.html", problems=problems, imports=queries.latest_imports(), fields=FIELDS
    )


def _find(file_id: UUID) -> ClientImport:
    return queries.find_import(file_id) or abort(404)


@bp.route("/files/<uuid:file_id>/columns", methods=["GET", "POST"])
def import_columns(file_id: UUID) -> ResponseReturnValue:
    """Which column is what. Form: a place or nothing for each field; kind, existing."""
    upload = _find(file_id)
    if upload.state in {"confirmed", "done"}:
        return redirect(url_for(".import_page", file_id=file_id))
    if request.method == "GET":
        return _columns_page(upload, {})
    form = request.form
    chosen = {name: int(form[name]) for name in FIELDS if form.get(name, "").isdigit()}
    columns = {name: place for name, place in chosen.items() if place < len(upload.headings)}
    try:
        actions.compare(upload, columns, form.get("all_kind") or None, form.get("existing", ""))
    except Problem as problem:
        db.session.rollback()
        names = {"kind": "all_kind"}
        problems = {names.get(name, name): sentences[0] for name, sentences in problem.fields.items()}
        return _columns_page(_find(file_id), problems or {"": problem.message}), problem.status
    db.session.commit()
    return redirect(url_for(".import_page", file_id=file_id))


def _columns_page(upload: ClientImport, problems: dict[str, str]) -> str:
    sent = request.form
    columns = {name: str(place) for name, place in upload.columns.items()}
    return render_template(
        "clients/file_columns.html",
        upload=upload,
        problems=problems,
        fields=FIELDS,
        chosen={name: sent.get(name, columns.get(name, "")) for name in FIELDS} if sent else columns,
        all_kind=sent.get("all_kind", upload.kind or ""),
        existing=sent.get("existing", upload.existing),
        kinds=KIND_WORDS,
        sample=queries.sample_of(upload),
    )


@bp.get("/files/<uuid:file_id>")
def import_page(file_id: UUID) -> ResponseReturnValue:
    """What the file would do, row by row; afterwards what it did. Query: view, after or before."""
    upload = _find(file_id)
    if upload.state == "uploaded":
        return redirect(url_for(".import_columns", file_id=file_id))
    return _import_page(upload)


def _import_page(upload: ClientImport, problem: Problem | None = None) -> ResponseReturnValue:
    view = request.args.get("view")
    page = queries.rows_of(upload, view, after=request.args.get("after"), before=request.args.get("before"))
    counts = queries.counts_of(upload)
    return render_template(
        "clients/file.html",
        upload=upload,
        view=view,
        page=page,
        counts=counts,
        count_label=count_label(counts.get(view or "", upload.rows)),
        problem=problem,
    ), (problem.status if problem else 200)


@bp.post("/files/<uuid:file_id>/rows/<uuid:row_id>")
def import_row(file_id: UUID, row_id: UUID) -> ResponseReturnValue:
    """Form: as_new (1: add it as a new client after all)."""
    upload = _find(file_id)
    row = queries.find_row(file_id, row_id) or abort(404)
    try:
        actions.set_as_new(upload, row, request.form.get("as_new") == "1")
    except Problem as problem:
        return _import_page(upload, problem)
    db.session.commit()
    place = {name: request.args.get(name) for name in ("view", "after", "before")}
    return redirect(url_for(".import_page", file_id=file_id, _anchor="rows", _external=False, **place))


@bp.post("/files/<uuid:file_id>/confirmed")
def import_confirmed(file_id: UUID) -> ResponseReturnValue:
    """Write a small file at once; have a worker write a large one."""
    upload, company_id = _find(file_id), the_company().id
    try:
        said = _confirm(upload)
    except Problem as problem:
        db.session.rollback()
        return _import_page(_find(file_id), problem)
    db.session.commit()
    if said:
        flash(said, "success")
    else:
        handing_over.ring(company_id, file_id)
    return redirect(url_for(".import_page", file_id=file_id))


def _confirm(upload: ClientImport) -> str | None:
    """What was done, or None where a worker is to do it. Raises `WrongState`."""
    if upload.rows > handing_over.AT_ONCE:
        handing_over.ask(upload, _acting())
        return None
    counts = actions.confirm(upload, the_viewer().name)
    return f"{counts['added']:,} added, {counts['changed']:,} changed. Each row below says what became of it."


def _acting() -> Actor:
    viewer = the_viewer()
    return Actor(viewer.user_id, viewer.name, viewer.role, viewer.entry.id if viewer.entry else None)


@bp.get("/files/<uuid:file_id>/progress")
def import_progress(file_id: UUID) -> ResponseReturnValue:
    """For the page that asks again and again while a worker writes: nothing, then the way to the page as it is."""
    upload, page = _find(file_id), url_for(".import_page", file_id=file_id)
    if request.headers.get("HX-Request") != "true":
        return redirect(page)
    return Response(status=204, headers={} if upload.state == "confirmed" else {"HX-Redirect": page})
