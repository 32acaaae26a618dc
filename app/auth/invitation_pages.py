"""The page behind an invitation's link."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth import invitations, person, throttle
from app.auth.arrival import let_in
from app.auth.forms import JoinForm
from app.auth.gate import change_scope
from app.auth.link_secrets import hash_of
from app.auth.routes import bp
from app.auth.sessions import TOO_MANY, choose_company
from app.auth.viewer import current_viewer
from app.errors import Problem
from app.extensions import db
from app.lookups import invitation_by
from app.models import Invitation

FOLLOWED, WINDOW_SECONDS = 60, 300


@bp.route("/invitations/<secret>", methods=["GET", "POST"])
def invitation(secret: str) -> ResponseReturnValue:
    """Looking changes nothing: mail programs look, too."""
    throttle.count(
        f"invitation:{throttle.address()}", FOLLOWED, WINDOW_SECONDS, TOO_MANY.partition(",")[0] + "."
    )
    found = invitation_by(db.session, hash_of(secret))
    if found is None:
        return render_template("auth/invitation_gone.html", invitation=None), 410
    change_scope(found[0])
    asked = invitations.find_invitation(secret)
    if asked is None or asked.state != "open":
        return render_template("auth/invitation_gone.html", invitation=asked), 410
    form = JoinForm()
    if not form.is_submitted():
        return _page(form, asked, secret)
    try:
        if current_viewer() is None and person.user_of(asked.email) is not None:
            return redirect(url_for("auth.sign_in", next=url_for("auth.invitation", secret=secret)))
        target = _accept(form, asked, secret)
    except Problem as problem:
        status = form.show(problem)
        again = invitations.find_invitation(secret)
        if again is None or again.state != "open":
            return render_template("auth/invitation_gone.html", invitation=again), 410
        return _page(form, again, secret), status
    name = invitations.inviting_company().name
    db.session.commit()
    flash(f"Welcome to {name}.", "success")
    return redirect(target)


def _accept(form: JoinForm, asked: Invitation, secret: str) -> str:
    viewer = current_viewer()
    if viewer is not None:
        invitations.accept(secret, person.find_user(viewer.user_id))
        choose_company(viewer.session_id, asked.company_id)
        return url_for("dashboard.index")
    user = invitations.accept_as_new(
        secret, form.name.data or "", form.password.data or "", form.again.data or ""
    )
    return let_in(user, None)


def _page(form: JoinForm, asked: Invitation, secret: str) -> str:
    viewer = current_viewer()
    known = viewer is not None or person.user_of(asked.email) is not None
    return render_template(
        "auth/invitation.html",
        form=form,
        invitation=asked,
        practice=invitations.inviting_company().name,
        known=known,
        theirs=viewer is not None and viewer.email.lower() == asked.email.lower(),
        secret=secret,
    )
