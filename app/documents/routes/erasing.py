"""A client's documents as a whole: taken along, and erased on request. For admins."""

from uuid import UUID

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.audit import record as audit
from app.auth.viewer import the_company, the_viewer
from app.documents import erasing, exporting, queries, serving
from app.documents.forms import EraseForm
from app.documents.routes.blueprint import bp
from app.errors import Problem
from app.extensions import db
from app.models import Client, now

AT_ONCE = 4
"""Batches that are erased while the person waits; the clock does the rest."""


def _found(client_id: UUID) -> Client:
    return queries.find_client(client_id) or abort(404)


@bp.get("/clients/<uuid:client_id>")
def of_client(client_id: UUID) -> ResponseReturnValue:
    """What is kept of a client's documents, what was erased, and both to do."""
    return _page(_found(client_id), EraseForm(formdata=None))


def _page(client: Client, form: EraseForm, problem: Problem | None = None) -> ResponseReturnValue:
    status = form.show(problem) if problem else 200
    return render_template(
        "documents/of_client.html",
        client=client,
        form=form,
        held=queries.held_of(client.id),
        left=erasing.unfinished_of(client.id),
        in_xero=queries.in_xero_of(client.id),
        erasures=queries.erasures_of(client.id),
    ), status


@bp.post("/clients/<uuid:client_id>/export")
def export(client_id: UUID) -> ResponseReturnValue:
    """Everything as one zip, streamed. A form that posts: a visit that only reads takes nothing along."""
    client, company = _found(client_id), the_company()
    found = exporting.Export(company.id, client.name, company.name, exporting.rows_of(client_id))
    name = f"{client.name} documents {now():%Y-%m-%d}.zip"
    audit.record("document.exported", client, None, {"documents": len(found.rows)})
    db.session.commit()
    pieces = exporting.pieces(current_app._get_current_object(), found)  # type: ignore[attr-defined]
    answer = Response(pieces, mimetype="application/zip")
    answer.headers["Content-Disposition"] = serving.disposition("attachment", name)
    return answer


@bp.post("/clients/<uuid:client_id>/erase")
def erase(client_id: UUID) -> ResponseReturnValue:
    """Form: asked_by. Without `sure` (1) the answers are shown first; nothing is erased then."""
    client, form = _found(client_id), EraseForm()
    try:
        if request.form.get("sure") != "1":
            form.asked_by.data = erasing.checked_request(form.asked_by.data)
            return _check(client, form)
        erasure_id = erasing.begin(client, form.asked_by.data or "", the_viewer()).id
    except Problem as problem:
        db.session.rollback()
        return _page(_found(client_id), form, problem)
    db.session.commit()
    finished = erasing.go_on(erasure_id, AT_ONCE)
    flash(
        "The documents are erased."
        if finished
        else "The documents are being erased; this goes on by itself and takes some minutes.",
        "success",
    )
    return redirect(url_for(".of_client", client_id=client_id))


def _check(client: Client, form: EraseForm) -> str:
    return render_template(
        "documents/erase.html",
        client=client,
        form=form,
        held=queries.held_of(client.id),
        in_xero=queries.in_xero_of(client.id),
    )
