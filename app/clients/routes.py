"""Clients: the list, the page of one, and the forms."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clients import actions, queries
from app.clients.forms import FOUND_BY_WORDS, KIND_WORDS, ClientForm
from app.errors import Problem, WrongState
from app.extensions import db
from app.forms import as_id
from app.models import Client
from app.paging import count_label

bp = Blueprint("clients", __name__, url_prefix="/clients")


def _found(client_id: UUID) -> Client:
    return queries.find_client(client_id) or abort(404)


@bp.get("")
def index() -> ResponseReturnValue:
    """Clients by name. Query: q, office, kind, archived (1), after or before."""
    asked = request.args
    filters = queries.ClientFilters(
        q=asked.get("q", ""),
        office_id=as_id(asked.get("office")),
        kind=asked.get("kind") or None,
        archived=asked.get("archived") == "1",
    )
    page = queries.list_clients(filters, after=asked.get("after"), before=asked.get("before"))
    return render_template(
        "clients/index.html",
        page=page,
        count=count_label(queries.count_clients(filters)),
        office_options=[(str(office.id), office.name) for office in queries.offices()],
        kinds=KIND_WORDS,
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = ClientForm()
    form.offer(queries.offices())
    if not form.is_submitted():
        return render_template("clients/form.html", form=form, client=None)
    try:
        client = actions.create_client(**form.details())
    except Problem as problem:
        status = form.show(problem)
        return render_template("clients/form.html", form=form, client=None), status
    db.session.commit()
    flash(f"{client.name} was added as {client.number}.", "success")
    return redirect(url_for("clients.page", client_id=client.id))


@bp.get("/<uuid:client_id>")
def page(client_id: UUID) -> ResponseReturnValue:
    return _page(_found(client_id))


def _page(client: Client, problem: Problem | None = None) -> ResponseReturnValue:
    return render_template(
        "clients/page.html",
        client=client,
        kind=KIND_WORDS[client.kind],
        requests=queries.requests_of(client.id),
        people=queries.portal_people(client.id),
        contacts=queries.contacts_of(client.id),
        found_by=FOUND_BY_WORDS,
        problem=problem,
    ), (problem.status if problem else 200)


@bp.route("/<uuid:client_id>/edit", methods=["GET", "POST"])
def edit(client_id: UUID) -> ResponseReturnValue:
    client = _found(client_id)
    if client.archived_at is not None and request.method == "GET":
        flash("Bring the client back before you change the details.", "info")
        return redirect(url_for("clients.page", client_id=client.id))
    form = ClientForm(obj=client)
    form.offer(queries.offices(), client.office_id)
    if not form.is_submitted():
        return render_template("clients/form.html", form=form, client=client)
    try:
        actions.edit_client(client, **form.details())
    except WrongState as problem:
        db.session.rollback()
        return _page(client, problem)
    except Problem as problem:
        status = form.show(problem)
        return render_template("clients/form.html", form=form, client=client), status
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for("clients.page", client_id=client.id))


@bp.post("/<uuid:client_id>/archive")
def archive(client_id: UUID) -> ResponseReturnValue:
    client = _found(client_id)
    try:
        actions.archive_client(client)
    except WrongState as problem:
        return _page(client, problem)
    db.session.commit()
    flash(f"{client.name} was archived.", "success")
    return redirect(url_for("clients.page", client_id=client.id))


@bp.post("/<uuid:client_id>/unarchive")
def unarchive(client_id: UUID) -> ResponseReturnValue:
    client = _found(client_id)
    try:
        actions.unarchive_client(client)
    except WrongState as problem:
        return _page(client, problem)
    db.session.commit()
    flash(f"{client.name} is back among the clients.", "success")
    return redirect(url_for("clients.page", client_id=client.id))
