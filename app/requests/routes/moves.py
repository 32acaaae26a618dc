"""What is done to one service request from its page."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_viewer
from app.errors import Problem, field_problem
from app.extensions import db
from app.forms import as_id
from app.models import ServiceRequest
from app.requests import actions
from app.requests.forms import AssignForm, CommentForm
from app.requests.routes.blueprint import bp
from app.requests.routes.page import find, show


@bp.post("/<uuid:request_id>/assign")
def assign(request_id: UUID) -> ResponseReturnValue:
    service_request, form = find(request_id), AssignForm()
    before = service_request.assignee.name if service_request.assignee else ""
    try:
        accountant_id = as_id(form.accountant_id.data)
        if accountant_id is None:
            raise field_problem("accountant_id", "Choose an accountant.")
        service_request = actions.assign(service_request, accountant_id, the_viewer())
    except Problem as problem:
        return show(service_request, problem, form if problem.fields else None)
    name = service_request.assignee.name if service_request.assignee else ""
    # A page opened before somebody else assigned the request still says that nobody has it.
    passed = f"passed from {before}" if before and before != name else "assigned"
    return _done(service_request, f"{service_request.reference} is {passed} to {name}.")


@bp.post("/<uuid:request_id>/status")
def move(request_id: UUID) -> ResponseReturnValue:
    service_request = find(request_id)
    try:
        service_request = actions.move(service_request, request.form.get("status", ""), the_viewer())
    except Problem as problem:
        return show(service_request, problem)
    word = actions.STATUS_WORDS[service_request.status].lower()
    return _done(service_request, f"{service_request.reference} is {word} now.")


@bp.post("/<uuid:request_id>/comments")
def comment(request_id: UUID) -> ResponseReturnValue:
    service_request, form = find(request_id), CommentForm()
    internal = form.seen_by.data != "client"
    try:
        actions.comment(service_request, form.text.data or "", the_viewer(), internal)
    except Problem as problem:
        return show(service_request, problem, form)
    who = "Only our staff see it." if internal else "The client can read it."
    return _done(service_request, f"Comment added. {who}")


@bp.post("/<uuid:request_id>/retry")
def retry_job(request_id: UUID) -> ResponseReturnValue:
    """Make the job now: plan it, or try it again."""
    service_request = find(request_id)
    try:
        actions.retry_job(service_request, the_viewer())
    except Problem as problem:
        return show(service_request, problem)
    return _done(service_request, f"The job of {service_request.reference} is on its way to Xero.")


def _done(service_request: ServiceRequest, said: str) -> ResponseReturnValue:
    address = url_for(".page", request_id=service_request.id)
    db.session.commit()
    flash(said, "success")
    return redirect(address)
