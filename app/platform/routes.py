"""The platform: every practice's health, and a super admin's reasoned, timed and visible way into one."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.audit import record as audit
from app.auth.gate import change_scope
from app.auth.sessions import choose_company
from app.auth.viewer import Viewer, the_viewer
from app.errors import Problem
from app.extensions import db
from app.lookups import CompanyHealth
from app.platform import actions, queries
from app.platform.forms import EntryForm

bp = Blueprint("platform", __name__, url_prefix="/platform")


@bp.get("")
def index() -> ResponseReturnValue:
    """Practices by name. Query: q."""
    rows = queries.list_practices(request.args.get("q", ""))
    return render_template("platform/index.html", rows=rows)


@bp.route("/practices/<uuid:company_id>/enter", methods=["GET", "POST"])
def enter(company_id: UUID) -> ResponseReturnValue:
    practice = queries.find_practice(company_id) or abort(404)
    form = EntryForm()
    if not form.is_submitted():
        return _door(form, practice)
    try:
        visit = actions.ask_for_visit(form.reason.data or "", form.minutes.data or "", bool(form.writes.data))
    except Problem as problem:
        status = form.show(problem)
        return _door(form, practice), status
    viewer = the_viewer()
    if viewer.entry:
        actions.leave(viewer.user_id)
        audit.record("visit.ended", _visit_of(viewer))
        db.session.commit()
    change_scope(company_id)
    entry = actions.enter(viewer.user_id, visit)
    actor = audit.Actor(viewer.user_id, viewer.name, "super", entry.id)
    why = {"reason": visit.reason, "minutes": visit.minutes, "writes": visit.writes}
    audit.record("visit.begun", _visit_of(viewer), None, why, by=actor)
    choose_company(viewer.session_id, company_id)
    db.session.commit()
    return redirect(url_for("dashboard.index"))


def _visit_of(viewer: Viewer) -> audit.Subject:
    return audit.Subject("person", viewer.user_id, viewer.name)


def _door(form: EntryForm, practice: CompanyHealth) -> str:
    return render_template("platform/enter.html", form=form, practice=practice)


@bp.post("/leave")
def leave() -> ResponseReturnValue:
    """End the visit, if it has not ended by itself, and go back to the list."""
    viewer = the_viewer()
    if viewer.entry:
        actions.leave(viewer.user_id)
        audit.record("visit.ended", _visit_of(viewer))
    choose_company(viewer.session_id, None)
    db.session.commit()
    if viewer.entry and viewer.company:
        flash(f"You have left {viewer.company.name}.", "success")
    return redirect(url_for("platform.index"))
