"""The platform: every practice's health, stopping one, and a super admin's reasoned, timed and visible way into one."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.audit import record as audit
from app.auth.addresses import own_path
from app.auth.gate import change_scope
from app.auth.sessions import choose_company
from app.auth.viewer import Viewer, the_viewer
from app.errors import Problem, WrongState
from app.exports.queries import exports_shown
from app.extensions import db
from app.lookups import CompanyHealth, closings
from app.models import Company
from app.platform import actions, queries
from app.platform.closing import find_closing
from app.platform.forms import CloseForm, EntryForm, ExportForm, SuspendForm
from app.webhooks import queries as news
from app.webhooks import words

bp = Blueprint("platform", __name__, url_prefix="/platform")


@bp.get("")
def index() -> ResponseReturnValue:
    """Practices by name. Query: q, after."""
    rows, following = queries.list_practices(request.args.get("q", ""), _id("after"))
    mail = queries.mail_health()
    closing = {one.company_id: one.erase_after for one in closings(db.session())}
    return render_template("platform/index.html", rows=rows, following=following, mail=mail, closing=closing)


@bp.get("/webhooks")
def webhooks() -> ResponseReturnValue:
    """News from Xero that no practice could take. Query: after, before."""
    strays = news.list_strays(after=request.args.get("after"), before=request.args.get("before"))
    return render_template("platform/webhooks.html", strays=strays, receiver=news.receiver(), words=words)


def _id(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


@bp.get("/switch")
def switch() -> ResponseReturnValue:
    """Quickly to another practice's door. Query: q; when it fits one practice only, go there at once."""
    recent, found = queries.practices_to_switch_to(the_viewer().user_id, request.args.get("q", ""))
    if len(found) == 1:
        return redirect(url_for("platform.enter", company_id=found[0].company_id))
    return render_template("platform/switch.html", recent=recent, found=found, most=queries.FOUND)


@bp.get("/practices/<uuid:company_id>")
def practice(company_id: UUID) -> ResponseReturnValue:
    """One practice's health, and stopping it."""
    return practice_page(queries.find_practice(company_id) or abort(404))


def practice_page(
    found: CompanyHealth,
    form: SuspendForm | None = None,
    said: str | None = None,
    export_form: ExportForm | None = None,
    close_form: CloseForm | None = None,
) -> str:
    """The practice's page, with whatever form was rejected."""
    usage = queries.usage_of(found)
    # What stands in the practice's own tables is read in its scope; no client's data is among it.
    change_scope(found.company_id)
    newest, ready = exports_shown()
    return render_template(
        "platform/practice.html",
        practice=found,
        usage=usage,
        form=form or SuspendForm(formdata=None),
        export_form=export_form or ExportForm(formdata=None),
        close_form=close_form or CloseForm(formdata=None),
        closing=find_closing(),
        said=said,
        newest=newest,
        ready=ready,
        invited=queries.first_invitation() if found.awaited else None,
    )


def acting() -> audit.Actor:
    """The super admin as the logs call them, outside any visit."""
    viewer = the_viewer()
    return audit.Actor(viewer.user_id, viewer.name, "super")


@bp.post("/practices/<uuid:company_id>/suspend")
def suspend(company_id: UUID) -> ResponseReturnValue:
    found, form = queries.find_practice(company_id) or abort(404), SuspendForm()
    try:
        reason = actions.check_reason(form.reason.data or "", "the practice is suspended")
    except Problem as problem:
        status = form.show(problem)
        return practice_page(found, form), status
    return _stop_or_go(found, lambda by: actions.suspend(reason, by), "{} is suspended. Its people see why.")


@bp.post("/practices/<uuid:company_id>/resume")
def resume(company_id: UUID) -> ResponseReturnValue:
    found = queries.find_practice(company_id) or abort(404)
    return _stop_or_go(found, actions.resume, "{} goes on where it stopped.")


def _stop_or_go(
    found: CompanyHealth, change: Callable[[audit.Actor], Company], said: str
) -> ResponseReturnValue:
    actor = acting()
    # Not a visit: nothing of the practice is seen, so no entry is asked for; its audit log tells who did it.
    change_scope(found.company_id)
    try:
        change(actor)
    except WrongState as problem:
        db.session.rollback()
        return practice_page(found, said=problem.message), problem.status
    db.session.commit()
    flash(said.format(found.name), "success")
    return redirect(url_for("platform.practice", company_id=found.company_id))


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


@bp.post("/write")
def write() -> ResponseReturnValue:
    """From reading to writing, without leaving: a visit of its own in the practice's list. Form: next."""
    viewer = the_viewer()
    following = own_path(request.form.get("next")) or url_for("dashboard.index")
    if viewer.entry is None:
        return redirect(url_for("platform.index"))
    entry = actions.choose_writing(viewer.user_id)
    if entry.id != viewer.entry.id:
        why = {"reason": entry.reason, "writes": True}
        actor = audit.Actor(viewer.user_id, viewer.name, "super", entry.id)
        audit.record("visit.writing", _visit_of(viewer), {"writes": False}, why, by=actor)
    db.session.commit()
    return redirect(following)


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


from app.platform import closing_pages, create_pages, export_pages  # noqa: E402, F401  they share this blueprint
