"""Adding a service request, and changing what one says."""

from datetime import timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company, the_viewer
from app.catalogue.choices import service_choices
from app.clients.choosing import choosing_page, chosen_client
from app.clients.queries import offices
from app.errors import Problem, WrongState
from app.extensions import db
from app.formats import money
from app.forms import as_id
from app.models import Client, ServiceRequest
from app.requests import actions
from app.requests.checks import LONGEST_TEXT, check_service, today_in, together
from app.requests.forms import RequestForm
from app.requests.routes.blueprint import bp
from app.requests.routes.page import find, show


@bp.get("/new")
def new() -> ResponseReturnValue:
    """First whose, then what. Query: client, or q to look for one; service_id, whose price and due date to
    fill in.
    """
    client = chosen_client(request.args.get("client"))
    if client is None:
        return choosing_page("New request", ".new", "Requests", ".index")
    form = RequestForm(formdata=None, client_id=str(client.id), office_id=str(client.office_id or ""))
    _fill_from_service(form, as_id(request.args.get("service_id")))
    return _new_page(form, client)


def _fill_from_service(form: RequestForm, service_id: UUID | None) -> None:
    service = next((one for one in service_choices() if one.id == service_id), None)
    if service:
        form.service_id.data = str(service.id)
        form.price.data = str(service.base_price)
        form.due_on.data = (
            today_in(the_company().time_zone) + timedelta(days=service.default_due_days)
        ).isoformat()


def _new_page(form: RequestForm, client: Client) -> str:
    _offer(form)
    return render_template("requests/new.html", form=form, client=client, longest=LONGEST_TEXT)


def _offer(form: RequestForm) -> None:
    form.offer(service_choices(), offices(), money)


@bp.post("/new")
def create() -> ResponseReturnValue:
    form = RequestForm()
    client = chosen_client(form.client_id.data)
    if client is None:
        flash("Choose the client first.", "warning")
        return redirect(url_for(".new"))
    try:
        # What is no date at all and what is one too early are told together, like everything else that is wrong.
        values, service, _ = together(
            form.values,
            lambda: check_service(form.chosen_service()),
            lambda: form.check_values(today_in(the_company().time_zone)),
        )
        chosen = {"client_id": client.id, "service_id": service.id}
        service_request = actions.create_request(the_company(), **chosen, **values, by=the_viewer())
    except Problem as problem:
        status = form.show(problem)
        return _new_page(form, client), status
    address, reference = url_for(".page", request_id=service_request.id), service_request.reference
    db.session.commit()
    flash(f"{reference} is added. Assign it to someone next.", "success")
    return redirect(address)


@bp.route("/<uuid:request_id>/edit", methods=["GET", "POST"])
def edit(request_id: UUID) -> ResponseReturnValue:
    service_request = find(request_id)
    form = RequestForm(obj=service_request)
    if not form.is_submitted():
        if service_request.is_open:
            return _edit_form(form, service_request)
        flash(f"{service_request.reference} is {service_request.status}, so it cannot be changed.", "info")
        return redirect(url_for(".page", request_id=request_id))
    try:
        may_change_service = service_request.status == "new"
        changes, service_id = together(form.values, form.chosen_service if may_change_service else str)
        if may_change_service:
            changes["service_id"] = service_id
        actions.edit(service_request, the_viewer(), **changes)
    except WrongState as problem:
        return show(service_request, problem)
    except Problem as problem:
        status = form.show(problem)
        return _edit_form(form, service_request), status
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for(".page", request_id=request_id))


def _edit_form(form: RequestForm, service_request: ServiceRequest) -> str:
    _offer(form)
    return render_template(
        "requests/edit.html", form=form, service_request=service_request, longest=LONGEST_TEXT
    )
