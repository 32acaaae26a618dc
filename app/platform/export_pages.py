"""Exporting everything of a practice for it: with a reason, which the practice reads."""

from uuid import UUID

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.auth.gate import change_scope
from app.errors import Problem
from app.exports import actions as exports
from app.exports.routes import as_download
from app.extensions import db
from app.lookups import CompanyHealth
from app.platform import actions, log, queries
from app.platform.forms import ExportForm
from app.platform.routes import acting, bp, practice_page


@bp.post("/practices/<uuid:company_id>/export")
def export(company_id: UUID) -> ResponseReturnValue:
    found, form, actor = queries.find_practice(company_id) or abort(404), ExportForm(), acting()
    try:
        reason = actions.check_reason(form.why.data or "", "everything is exported", field="why")
        change_scope(company_id)
        asked = exports.ask(actor, reason, by_platform=True)
        log.note("practice.export_asked", found, actor, {"reason": reason})
    except Problem as problem:
        status = form.show(problem)
        return practice_page(found, export_form=form), status
    export_id = asked.id
    db.session.commit()
    exports.ring(company_id, export_id)
    flash("The export is being written. It is offered below when it is finished.", "success")
    return _back(found)


@bp.post("/practices/<uuid:company_id>/export/download")
def export_download(company_id: UUID) -> ResponseReturnValue:
    """The finished file, streamed; the practice's log and the platform's tell it."""
    found, actor = queries.find_practice(company_id) or abort(404), acting()
    change_scope(company_id)
    try:
        path = exports.downloaded(actor)
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "warning")
        return _back(found)
    log.note("practice.export_downloaded", found, actor)
    db.session.commit()
    return as_download(path, found.name)


def _back(found: CompanyHealth) -> ResponseReturnValue:
    return redirect(url_for("platform.practice", company_id=found.id, _anchor="export"))
