"""Tags and the contact groups of Xero: which belong together, and what a person must say of one that is left alone."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.auth.viewer import the_viewer
from app.contacts import grouping
from app.contacts.blueprint import bp
from app.contacts.overview import SETTINGS
from app.errors import Problem
from app.extensions import db
from app.models import Company
from app.sync.connections import current_connection, needed_connection


@bp.get(f"{SETTINGS}/groups")
def groups() -> ResponseReturnValue:
    """Every tag with its group."""
    return _page()


@bp.post(f"{SETTINGS}/groups/<uuid:group_id>")
def decide_group(group_id: UUID) -> ResponseReturnValue:
    """What becomes of the one that is left alone. Field: do (delete, again or apart)."""
    mapping = grouping.find(group_id) or abort(404)
    try:
        said = grouping.decide(mapping, request.form.get("do", ""), needed_connection(), the_viewer().name)
    except Problem as problem:
        db.session.rollback()
        return _page(problem)
    db.session.commit()
    flash(said, "success")
    return redirect(url_for("contacts.groups"))


def _page(problem: Problem | None = None) -> ResponseReturnValue:
    connection = current_connection()
    return render_template(
        "contacts/groups.html",
        connection=connection,
        setting=db.session.scalars(select(Company.contact_groups)).one(),
        rows=grouping.rows(connection.id) if connection else [],
        problem=problem,
    ), (problem.status if problem else 200)
