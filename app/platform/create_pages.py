"""Adding a practice, sending its first admin's invitation again, and the platform's log."""

from uuid import UUID, uuid4

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.gate import change_scope
from app.errors import Problem
from app.extensions import db
from app.platform import creating, log, queries
from app.platform.forms import PracticeForm
from app.platform.routes import acting, bp


@bp.route("/practices/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """A new practice: its name and place, and who is its first admin."""
    form = PracticeForm()
    if not form.is_submitted():
        return render_template("platform/new.html", form=form)
    actor = acting()
    change_scope(uuid4())
    try:
        company = creating.create(form.wanted(), actor)
    except Problem as problem:
        status = form.show(problem)
        return render_template("platform/new.html", form=form), status
    company_id, name = company.id, company.name
    db.session.commit()
    flash(f"{name} is there, and the invitation is on its way. Its link works for seven days.", "success")
    return redirect(url_for("platform.practice", company_id=company_id))


@bp.post("/practices/<uuid:company_id>/invite-again")
def invite_again(company_id: UUID) -> ResponseReturnValue:
    queries.find_practice(company_id) or abort(404)
    actor = acting()
    change_scope(company_id)
    try:
        email = creating.invite_again(actor).email
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "warning")
        return redirect(url_for("platform.practice", company_id=company_id))
    db.session.commit()
    flash(f"A new link is on its way to {email}; the one before does not work any more.", "success")
    return redirect(url_for("platform.practice", company_id=company_id))


@bp.get("/log")
def acts() -> ResponseReturnValue:
    """What was done with whole practices, newest first. Query: after or before."""
    change_scope(None)  # a visit under way would show its own practice's rows only
    page = log.list_acts(after=request.args.get("after"), before=request.args.get("before"))
    return render_template("platform/log.html", page=page)
