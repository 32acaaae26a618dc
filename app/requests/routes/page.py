"""The page of one service request, and its panel for a page that watches the job."""

from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company
from app.documents import queries as documents
from app.documents import words as paper_words
from app.errors import Problem
from app.extensions import db
from app.forms import PageForm
from app.invoices import queries as invoices
from app.invoices import worked
from app.models import ServiceRequest
from app.models.service_request import MOVES
from app.requests import queries
from app.requests.checks import today_in
from app.requests.forms import AssignForm, CommentForm
from app.requests.panel import job_panel
from app.requests.routes.blueprint import bp


def find(request_id: UUID) -> ServiceRequest:
    """The request of this company; 404 for another's, exactly as for one that does not exist."""
    return queries.find_request(request_id) or abort(404)


@bp.get("/<uuid:request_id>")
def page(request_id: UUID) -> ResponseReturnValue:
    return show(find(request_id))


def show(
    service_request: ServiceRequest, problem: Problem | None = None, form: PageForm | None = None
) -> ResponseReturnValue:
    """The request's page; with a problem at the fields of the form it belongs to, or above everything."""
    if problem is not None:
        db.session.rollback()
    status = form.show(problem) if problem and form else problem.status if problem else 200
    assign_form = form if isinstance(form, AssignForm) else AssignForm(formdata=None)
    people = queries.accountants() if service_request.is_open else []
    assign_form.offer([one for one in people if one.id != service_request.assignee_id])
    today = today_in(the_company().time_zone)
    return render_template(
        "requests/page.html",
        service_request=service_request,
        panel=job_panel(service_request),
        events=queries.events_of(service_request.id),
        assign_form=assign_form,
        comment_form=form if isinstance(form, CommentForm) else CommentForm(formdata=None),
        form=form,
        problem=None if form else problem,
        moves=[to for to in MOVES[service_request.status] if to != "cancelled"],
        asks=documents.asks_of_request(service_request.id),
        papers=documents.documents_of_request(service_request.id),
        paper_words=paper_words,
        bills=invoices.invoices_of_request(service_request.id),
        worked=worked.time_of_request(service_request.id),
        late=service_request.late_on(today),
        today=today,
    ), status


@bp.get("/<uuid:request_id>/job")
def job(request_id: UUID) -> ResponseReturnValue:
    """The panel alone. Query: seen, the version that the page shows; 204 while nothing has changed."""
    service_request = find(request_id)
    if request.headers.get("HX-Request") != "true":
        return redirect(url_for(".page", request_id=request_id))
    panel = job_panel(service_request)
    if panel.version == request.args.get("seen"):
        return "", 204
    # Once it has settled, what became of it stands in the history too.
    events = None if panel.moving else queries.events_of(request_id)
    return render_template(
        "requests/job.html", service_request=service_request, panel=panel, events=events, announce=True
    )
