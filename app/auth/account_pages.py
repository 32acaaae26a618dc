"""A person's own account: name, taste, password, e-mail address, sign-ins."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.auth import devices, person, trail
from app.auth.forms import ChangePasswordForm, DetailsForm, EmailForm
from app.auth.reset import link_gone
from app.auth.routes import bp
from app.auth.sessions import end_all_sessions
from app.auth.viewer import current_viewer, the_viewer
from app.errors import Problem
from app.extensions import db
from app.models.user_link import EMAIL_CHANGE


@bp.route("/account", methods=["GET", "POST"])
def account() -> ResponseReturnValue:
    user = person.find_user(the_viewer().user_id)
    form = DetailsForm(obj=user)
    if not form.is_submitted():
        return _account(form)
    try:
        person.change_details(
            user,
            form.name.data or "",
            form.theme.data or "",
            # The portal has no shortcuts, and its form does not ask.
            shortcuts=bool(form.shortcuts.data) if the_viewer().role != "client" else user.shortcuts,
        )
    except Problem as problem:
        status = form.show(problem)
        return _account(form), status
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for("auth.account"))


def _account(form: DetailsForm) -> str:
    viewer = the_viewer()
    return render_template(
        "auth/account.html", form=form, devices=devices.list_devices(viewer.user_id, viewer.session_id)
    )


@bp.route("/account/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    form, viewer = ChangePasswordForm(), the_viewer()
    user = person.find_user(viewer.user_id)
    if not form.is_submitted():
        return render_template("auth/password.html", form=form, has_password=bool(user.password_hash))
    try:
        person.change_password(
            user,
            form.current.data or "",
            form.password.data or "",
            form.again.data or "",
            viewer.session_id,
        )
    except Problem as problem:
        status = form.show(problem)
        return render_template("auth/password.html", form=form, has_password=True), status
    db.session.commit()
    flash("Your password was changed. You are signed out everywhere else.", "success")
    return redirect(url_for("auth.account"))


@bp.route("/account/email", methods=["GET", "POST"])
def email() -> ResponseReturnValue:
    form = EmailForm()
    user = person.find_user(the_viewer().user_id)
    if not form.is_submitted():
        return render_template("auth/email.html", form=form, has_password=bool(user.password_hash))
    try:
        new = person.ask_for_email(user, form.email.data or "", form.current.data or "")
    except Problem as problem:
        status = form.show(problem)
        return render_template("auth/email.html", form=form, has_password=True), status
    db.session.commit()
    flash(f"A link was sent to {new}. Your address changes when you follow it, within 24 hours.", "success")
    return redirect(url_for("auth.account"))


@bp.route("/account/email/<secret>", methods=["GET", "POST"])
def confirm_email(secret: str) -> ResponseReturnValue:
    """Opened from the mail, in whatever browser; the change is made by the button, not by looking."""
    link = person.open_link(secret, EMAIL_CHANGE)
    if link is None:
        return link_gone("auth.account", "Go to your account")
    if request.method == "GET":
        return render_template("auth/confirm_email.html", secret=secret, email=link.email)
    try:
        user = person.confirm_email(secret)
    except Problem:
        db.session.rollback()
        return link_gone("auth.account", "Go to your account")
    db.session.commit()
    flash(f"Your e-mail address is now {user.email}. Sign in with it from now on.", "success")
    return redirect(url_for("auth.account" if current_viewer() else "auth.sign_in"))


@bp.post("/account/sessions/<uuid:session_id>/end")
def end_session_of(session_id: UUID) -> ResponseReturnValue:
    viewer = the_viewer()
    if not devices.end_device(viewer.user_id, session_id):
        abort(404)
    db.session.commit()
    if session_id == viewer.session_id:
        session.clear()
        flash("You are signed out.", "success")
        return redirect(url_for("auth.sign_in"))
    flash("That sign-in has ended.", "success")
    return redirect(url_for("auth.account"))


@bp.post("/account/sessions/end-others")
def end_other_sessions() -> ResponseReturnValue:
    viewer = the_viewer()
    ended = end_all_sessions(viewer.user_id, viewer.session_id)
    if ended:
        trail.told("person.sessions_ended", viewer.user_id, {"count": ended})
    db.session.commit()
    flash(
        f"{ended} other sign-in{'' if ended == 1 else 's'} ended." if ended else "There was no other.",
        "success",
    )
    return redirect(url_for("auth.account"))
