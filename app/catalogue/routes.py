"""Services: the list, the page of one, and the form."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalogue import actions, queries
from app.catalogue.forms import CHARGE_WORDS, ServiceForm
from app.documents.lists import list_of
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import Service
from app.paging import count_label

bp = Blueprint("services", __name__, url_prefix="/services")

SHOWN = {"": True, "off": False, "all": None}


def _found(service_id: UUID) -> Service:
    return queries.find_service(service_id) or abort(404)


@bp.get("")
def index() -> ResponseReturnValue:
    """Services by name. Query: q, shown (off, all), after or before."""
    asked = request.args
    active, words = SHOWN.get(asked.get("shown", ""), True), asked.get("q", "")
    page = queries.list_services(active=active, q=words, after=asked.get("after"), before=asked.get("before"))
    count = count_label(queries.count_services(active=active, q=words))
    return render_template("services/index.html", page=page, count=count)


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = ServiceForm()
    if not form.is_submitted():
        return render_template("services/form.html", form=form, service=None)
    try:
        service = actions.create_service(**form.details())
    except Problem as problem:
        status = form.show(problem)
        return render_template("services/form.html", form=form, service=None), status
    db.session.commit()
    flash(f"{service.name} was added. Choose the tasks its jobs get, so that jobs can be made.", "success")
    return redirect(url_for("services.page", service_id=service.id))


@bp.get("/<uuid:service_id>")
def page(service_id: UUID) -> ResponseReturnValue:
    return _page(_found(service_id))


def _page(service: Service, problem: Problem | None = None) -> ResponseReturnValue:
    return render_template(
        "services/page.html",
        service=service,
        mapping=queries.mapping_of(service.id),
        charges=CHARGE_WORDS,
        papers=list_of(service.id),
        problem=problem,
    ), (problem.status if problem else 200)


@bp.route("/<uuid:service_id>/edit", methods=["GET", "POST"])
def edit(service_id: UUID) -> ResponseReturnValue:
    service = _found(service_id)
    form = ServiceForm(obj=service)
    if not form.is_submitted():
        return render_template("services/form.html", form=form, service=service)
    try:
        actions.edit_service(service, **form.details())
    except Problem as problem:
        status = form.show(problem)
        return render_template("services/form.html", form=form, service=service), status
    db.session.commit()
    flash("Saved. Requests made before keep their price and due date.", "success")
    return redirect(url_for("services.page", service_id=service.id))


@bp.post("/<uuid:service_id>/deactivate")
def deactivate(service_id: UUID) -> ResponseReturnValue:
    service = _found(service_id)
    try:
        actions.deactivate_service(service)
    except WrongState as problem:
        return _page(service, problem)
    db.session.commit()
    flash(f"{service.name} is no longer offered.", "success")
    return redirect(url_for("services.page", service_id=service.id))


@bp.post("/<uuid:service_id>/activate")
def activate(service_id: UUID) -> ResponseReturnValue:
    service = _found(service_id)
    try:
        actions.activate_service(service)
    except WrongState as problem:
        return _page(service, problem)
    db.session.commit()
    flash(f"{service.name} is offered again.", "success")
    return redirect(url_for("services.page", service_id=service.id))


from app.catalogue import template_routes  # noqa: E402, F401  its pages belong to this blueprint
