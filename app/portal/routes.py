"""The portal: what a client of the practice sees, and nothing of anyone else."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from app.auth.viewer import the_company, the_viewer
from app.documents.asking import today_of
from app.errors import Problem, field_problem
from app.extensions import db
from app.forms import as_id
from app.models import ServiceRequest
from app.portal import (
    document_queries,
    documents,  # noqa: F401  pages of this blueprint
    invoices,
    needs,
    queries,
    words,
)
from app.portal.forms import CommentForm, NewRequestForm
from app.portal.own import bp, own_client_id
from app.requests import actions


def _found(request_id: UUID) -> ServiceRequest:
    return queries.find_request(own_client_id(), request_id) or abort(404)


@bp.get("")
def index() -> ResponseReturnValue:
    """What is needed of the client, and their requests. Query: after or before, a place among the finished ones."""
    client_id = own_client_id()
    return render_template(
        "portal/index.html",
        client=queries.find_client(client_id),
        open=queries.open_requests(client_id),
        finished=queries.finished_requests(
            client_id, after=request.args.get("after"), before=request.args.get("before")
        ),
        needs=needs.needs_of(client_id),
        words=words,
    )


@bp.route("/requests/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    client = queries.find_client(own_client_id())
    form = NewRequestForm()
    services = queries.services_offered()
    form.offer(services)
    if client.archived_at is not None:
        # The practice has closed the client's file: it is theirs to open it again, not the client's.
        return _new(form, services, closed=True), (422 if form.is_submitted() else 200)
    if not form.is_submitted():
        return _new(form, services)
    try:
        made = _raise(client.id, form)
    except Problem as problem:
        status = form.show(problem)
        return _new(form, services), status
    db.session.commit()
    flash(f"We have your request. Its number is {made.reference}.", "success")
    return redirect(url_for("portal.page", request_id=made.id))


def _raise(client_id: UUID, form: NewRequestForm) -> ServiceRequest:
    service_id = as_id(form.service_id.data)
    if service_id is None:
        raise field_problem("service_id", "Choose what you need.")
    note = form.note.data or ""
    return actions.create_request(
        the_company(), client_id=client_id, service_id=service_id, note=note, by=the_viewer()
    )


def _new(form: NewRequestForm, services: "list[Row[UUID, str, str | None]]", closed: bool = False) -> str:
    about = {str(service.id): service.description for service in services}
    return render_template("portal/new.html", form=form, about=about, closed=closed)


@bp.get("/requests/<uuid:request_id>")
def page(request_id: UUID) -> ResponseReturnValue:
    return _page(_found(request_id), CommentForm())


def _page(found: ServiceRequest, form: CommentForm) -> str:
    return render_template(
        "portal/page.html",
        request_row=found,
        assignee=found.assignee.name if found.assignee else None,
        events=[words.happening(event) for event in queries.events_of(found.id)],
        needs=needs.needs_of(found.client_id, found.id),
        documents=document_queries.documents_of_request(found.client_id, found.id),
        invoices=invoices.invoices_of_request(found.client_id, found.id),
        today=today_of(the_company()),
        form=form,
        words=words,
    )


@bp.post("/requests/<uuid:request_id>/comments")
def comment(request_id: UUID) -> ResponseReturnValue:
    found = _found(request_id)
    form = CommentForm()
    try:
        actions.comment(found, form.text.data or "", the_viewer())
    except Problem as problem:
        status = form.show(problem)
        return _page(found, form), status
    db.session.commit()
    flash("Your message was sent.", "success")
    return redirect(url_for("portal.page", request_id=found.id))
