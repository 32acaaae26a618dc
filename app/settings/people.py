"""Settings → People: who works here, who was invited, and who from Countinghouse came to visit."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_viewer
from app.errors import Problem
from app.extensions import db
from app.models import Invitation, Membership
from app.settings import invitations, people_actions, people_queries, queries
from app.settings.people_forms import InviteForm, RoleForm
from app.settings.routes import bp


@bp.route("/people", methods=["GET", "POST"])
def people() -> ResponseReturnValue:
    """The people, and the form to invite one."""
    form = InviteForm()
    if not form.is_submitted():
        return _people(form)
    try:
        invited = invitations.invite(form.email.data or "", form.role.data or "", the_viewer().name)
    except Problem as problem:
        status = form.show(problem)
        return _people(form), status
    db.session.commit()
    flash(f"An invitation is on its way to {invited.email}. Its link works for seven days.", "success")
    return redirect(url_for("settings.people"))


def _people(form: InviteForm, said: str | None = None) -> str:
    return render_template(
        "settings/people.html",
        form=form,
        people=queries.list_people(),
        waiting=people_queries.unfinished_invitations(),
        roles=people_actions.ROLE_WORDS,
        said=said,
    )


@bp.get("/people/invitations")
def invitations_sent() -> ResponseReturnValue:
    """Who invited whom, newest first. Query: after or before."""
    found, page = people_queries.list_invitations(
        after=request.args.get("after"), before=request.args.get("before")
    )
    roles = people_actions.ROLE_WORDS
    return render_template("settings/invitations.html", invitations=found, page=page, roles=roles)


@bp.post("/people/invitations/<uuid:invitation_id>/resend")
def invitation_resend(invitation_id: UUID) -> ResponseReturnValue:
    found = people_queries.find_invitation(invitation_id) or abort(404)
    email = found.email
    try:
        invitations.resend(found)
    except Problem as problem:
        return _not_done(found, problem)
    db.session.commit()
    flash(f"A new link is on its way to {email}; the one before does not work any more.", "success")
    return redirect(_place_of(found))


@bp.post("/people/invitations/<uuid:invitation_id>/withdraw")
def invitation_withdraw(invitation_id: UUID) -> ResponseReturnValue:
    found = people_queries.find_invitation(invitation_id) or abort(404)
    try:
        invitations.withdraw(found, the_viewer().name)
    except Problem as problem:
        return _not_done(found, problem)
    db.session.commit()
    flash(f"The invitation of {found.email} was withdrawn.", "success")
    return redirect(_place_of(found))


def _place_of(invitation: Invitation) -> str:
    if invitation.client_id:
        return url_for("settings.client_people", client_id=invitation.client_id)
    return url_for("settings.people")


def _not_done(invitation: Invitation, problem: Problem) -> ResponseReturnValue:
    place = _place_of(invitation)
    db.session.rollback()
    flash(problem.message, "warning")
    return redirect(place)


@bp.route("/people/<uuid:person_id>", methods=["GET", "POST"])
def person(person_id: UUID) -> ResponseReturnValue:
    """One person: role, access, where they came from."""
    found = people_queries.find_person(person_id) or abort(404)
    form = RoleForm(obj=found)
    if not form.is_submitted():
        return _person(found, form)
    try:
        changed = people_actions.change_role(found, form.role.data or "")
    except Problem as problem:
        status = form.show(problem)
        return _person(found, form), status
    db.session.commit()
    if changed:
        flash(f"{found.name} is now {people_actions.ROLE_WORDS[found.role].lower()}.", "success")
    return redirect(_after(found, url_for("settings.person", person_id=person_id)))


def _person(found: Membership, form: RoleForm, problem: Problem | None = None) -> str:
    return render_template(
        "settings/person.html",
        form=form,
        person=found,
        roles=people_actions.ROLE_WORDS,
        invited=people_queries.invitation_of(found),
        open_requests=people_queries.open_requests_of(found.id),
        problem=problem,
    )


def _after(found: Membership, page: str) -> str:
    # Whoever took their own admin's role away cannot see this page any more.
    own = found.id == the_viewer().membership_id
    return url_for("dashboard.index") if own and (found.role != "admin" or not found.active) else page


@bp.post("/people/<uuid:person_id>/deactivate")
def person_deactivate(person_id: UUID) -> ResponseReturnValue:
    found = people_queries.find_person(person_id) or abort(404)
    try:
        people_actions.deactivate(found, the_viewer().name)
    except Problem as problem:
        db.session.rollback()
        return _person(found, RoleForm(formdata=None, obj=found), problem), problem.status
    db.session.commit()
    flash(f"{found.name} has no access to this practice any more.", "success")
    return redirect(_after(found, url_for("settings.person", person_id=person_id)))


@bp.post("/people/<uuid:person_id>/reactivate")
def person_reactivate(person_id: UUID) -> ResponseReturnValue:
    found = people_queries.find_person(person_id) or abort(404)
    try:
        people_actions.reactivate(found)
    except Problem as problem:
        db.session.rollback()
        return _person(found, RoleForm(formdata=None, obj=found), problem), problem.status
    db.session.commit()
    flash(f"{found.name} has access again.", "success")
    return redirect(url_for("settings.person", person_id=person_id))


@bp.get("/visits")
def visits() -> ResponseReturnValue:
    """Super admins' visits, newest first. Query: after or before."""
    found, page = queries.list_visits(after=request.args.get("after"), before=request.args.get("before"))
    return render_template("settings/visits.html", visits=found, page=page)
