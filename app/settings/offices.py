"""Settings → Offices."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import Problem
from app.extensions import db
from app.models import Office
from app.settings import actions, queries
from app.settings.forms import OfficeForm
from app.settings.routes import bp


def _found(office_id: UUID) -> Office:
    return queries.find_office(office_id) or abort(404)


def _list(form: OfficeForm, said: str | None = None, status: int = 200) -> ResponseReturnValue:
    """The list with the form to add one; `said`: why nothing was changed."""
    return render_template(
        "settings/offices.html", form=form, offices=queries.list_offices(), said=said
    ), status


@bp.route("/offices", methods=["GET", "POST"])
def offices() -> ResponseReturnValue:
    form = OfficeForm()
    if not form.is_submitted():
        return _list(form)
    try:
        office = actions.add_office(form.name.data or "")
    except Problem as problem:
        form.show(problem)
        return _list(form, status=problem.status)
    db.session.commit()
    flash(f"The office {office.name} was added.", "success")
    return redirect(url_for("settings.offices"))


@bp.route("/offices/<uuid:office_id>", methods=["GET", "POST"])
def office(office_id: UUID) -> ResponseReturnValue:
    found = _found(office_id)
    form = OfficeForm(obj=found)
    if not form.is_submitted():
        return render_template("settings/office.html", form=form, office=found)
    try:
        actions.rename_office(found, form.name.data or "")
    except Problem as problem:
        status = form.show(problem)
        return render_template("settings/office.html", form=form, office=found), status
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for("settings.offices"))


@bp.post("/offices/<uuid:office_id>/close")
def office_close(office_id: UUID) -> ResponseReturnValue:
    found = _found(office_id)
    try:
        actions.close_office(found)
    except Problem as problem:
        return _list(OfficeForm(formdata=None), problem.message, problem.status)
    db.session.commit()
    flash(f"The office {found.name} is closed. Its clients and requests keep it.", "success")
    return redirect(url_for("settings.offices"))


@bp.post("/offices/<uuid:office_id>/reopen")
def office_reopen(office_id: UUID) -> ResponseReturnValue:
    found = _found(office_id)
    try:
        actions.reopen_office(found)
    except Problem as problem:
        return _list(OfficeForm(formdata=None), problem.message, problem.status)
    db.session.commit()
    flash(f"The office {found.name} is open again.", "success")
    return redirect(url_for("settings.offices"))
