"""Deleting a practice for good, and taking that back before the day."""

from uuid import UUID

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.auth.gate import change_scope
from app.errors import Problem, WrongState
from app.extensions import db
from app.platform import closing, queries
from app.platform.forms import CloseForm
from app.platform.routes import acting, bp, practice_page


@bp.post("/practices/<uuid:company_id>/close")
def close(company_id: UUID) -> ResponseReturnValue:
    found, form, actor = queries.find_practice(company_id) or abort(404), CloseForm(), acting()
    change_scope(company_id)
    try:
        closing.close(form.typed.data or "", form.because.data or "", actor)
    except Problem as problem:
        status = form.show(problem)
        return practice_page(found, close_form=form), status
    db.session.commit()
    flash(f"{found.name} is closed. Its admins are told by mail, with the day.", "success")
    return redirect(url_for("platform.practice", company_id=company_id))


@bp.post("/practices/<uuid:company_id>/keep")
def keep(company_id: UUID) -> ResponseReturnValue:
    found, actor = queries.find_practice(company_id) or abort(404), acting()
    change_scope(company_id)
    try:
        closing.keep(actor)
    except WrongState as problem:
        db.session.rollback()
        return practice_page(found, said=problem.message), problem.status
    db.session.commit()
    flash(f"{found.name} is kept. It stands as it stood before, and its admins are told.", "success")
    return redirect(url_for("platform.practice", company_id=company_id))
