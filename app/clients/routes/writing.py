"""Adding a client, and changing what is said about one.

What is wrong is said before it is asked whether the client is there already: both at once would be too much to read.
"""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clients import actions, queries
from app.clients.details import check_new, checked
from app.clients.duplicates import Duplicate, possible_duplicates
from app.clients.forms import ClientForm, NewClientForm
from app.clients.routes.blueprint import bp
from app.clients.routes.page import find, show
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import Client
from app.sync.contacts.fields import BY_NAME

ANYWAY = "anyway"
"""The button of a form that was warned of duplicates."""


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = NewClientForm()
    if not form.is_submitted():
        return _form(form)
    try:
        check_new(form.details(), form.number.data)
        alike = _duplicates(form, None)
        if alike:
            return _form(form, duplicates=alike), 422
        client = actions.create_client(number=form.number.data, **form.details())
    except Problem as problem:
        status = form.show(problem)
        return _form(form), status
    address, said = url_for(".page", client_id=client.id), f"{client.name} was added as {client.number}."
    db.session.commit()
    flash(said, "success")
    return redirect(address)


@bp.route("/<uuid:client_id>/edit", methods=["GET", "POST"])
def edit(client_id: UUID) -> ResponseReturnValue:
    client = find(client_id)
    if client.archived_at is not None and request.method == "GET":
        flash("Bring the client back before you change the details.", "info")
        return redirect(url_for(".page", client_id=client.id))
    form = ClientForm(obj=client)
    if not form.is_submitted():
        return _form(form, client)
    try:
        checked(dict(form.details()), client)
        alike = _duplicates(form, client) if client.archived_at is None else []
        if alike:
            return _form(form, client, alike), 422
        actions.edit_client(client, **form.details())
    except WrongState as problem:
        return show(client, problem)
    except Problem as problem:
        status = form.show(problem)
        return _form(form, client), status
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for(".page", client_id=client_id))


def _duplicates(form: ClientForm, client: Client | None) -> list[Duplicate]:
    """Who may be meant, unless the person has said that they know. When editing, only what is changed is looked for: a
    duplicate that has been accepted is not held out again."""
    if request.form.get(ANYWAY):
        return []
    typed = {name: form[name].data or "" for name in ("name", "email")}
    changed = {
        name: value
        for name, value in typed.items()
        if client is None or value != (getattr(client, name) or "")
    }
    return possible_duplicates(**changed, but=client.id if client else None)


def _form(form: ClientForm, client: Client | None = None, duplicates: list[Duplicate] | None = None) -> str:
    form.offer(queries.offices(), client.office_id if client else None)
    lengths: dict[str, Any] = {name: field.longest for name, field in BY_NAME.items()}
    return render_template(
        "clients/form.html",
        form=form,
        client=client,
        duplicates=duplicates or [],
        in_xero=queries.follows_in_xero(client),
        longest=lengths,
    )
