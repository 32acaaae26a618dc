"""The pages of passkeys. Without JavaScript nothing leads here."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import PasswordField, StringField

from app.auth import passkeys
from app.auth import sign_in_steps as steps
from app.auth.addresses import own_path
from app.auth.arrival import let_in
from app.auth.passkeys import NotTaken
from app.auth.routes import bp
from app.auth.second_factor_pages import again, factor_page, layout, shown_once
from app.auth.viewer import the_viewer
from app.errors import Problem
from app.extensions import db
from app.forms import PageForm, as_id
from app.models import User


class PasskeyForm(PageForm):
    name = StringField("Name of the passkey")
    password = PasswordField("Your password")


@bp.post("/sign-in/passkey")
def passkey() -> ResponseReturnValue:
    """Ask the browser for a passkey, before or after the password."""
    waiting = steps.waiting("code")
    user = waiting[1] if waiting else None
    following = waiting[0].note if waiting else own_path(request.form.get("next"))
    options = passkeys.begin_sign_in(following, user)
    db.session.commit()
    return render_template("auth/passkey.html", options=options)


@bp.post("/sign-in/passkey/answer")
def passkey_answer() -> ResponseReturnValue:
    try:
        user, following = passkeys.take_sign_in(request.form.get("credential", ""))
    except NotTaken as refused:
        db.session.commit()
        flash(refused.message, "error")
        return redirect(url_for("auth.sign_in"))
    steps.forget("code")
    target = let_in(user, following, second_factor=True)
    db.session.commit()
    return redirect(target)


@bp.route("/account/passkeys/new", methods=["GET", "POST"])
def passkey_new() -> ResponseReturnValue:
    """A name and the password; then the browser is asked."""
    viewer, form = the_viewer(), PasskeyForm()
    if not form.is_submitted():
        return render_template("auth/passkey_new.html", layout=layout(), form=form)
    try:
        again(form.password.data)
        user = db.session.scalars(select(User).where(User.id == viewer.user_id)).one()
        options = passkeys.begin_making(user, form.name.data or "")
    except Problem as problem:
        status = form.show(problem)
        shown = render_template("auth/passkey_new.html", layout=layout(), form=form)
        return shown, 422 if status == 401 else status
    db.session.commit()
    return render_template("auth/passkey_make.html", layout=layout(), options=options)


@bp.post("/account/passkeys")
def passkey_keep() -> ResponseReturnValue:
    viewer = the_viewer()
    try:
        codes = passkeys.keep(viewer.user_id, viewer.session_id, request.form.get("credential", ""))
    except NotTaken as refused:
        db.session.commit()
        return factor_page({"": refused.message}, refused.status)
    db.session.commit()
    if codes:
        return shown_once(codes, "Your passkey is registered")
    flash("The passkey is registered. From now on it signs you in.", "success")
    return redirect(url_for("auth.second_factor"))


@bp.post("/account/passkeys/remove")
def passkey_remove() -> ResponseReturnValue:
    """Form: passkey_id, password."""
    viewer = the_viewer()
    try:
        again(request.form.get("password"))
        name = passkeys.remove(viewer.user_id, as_id(request.form.get("passkey_id")) or viewer.user_id)
    except Problem as problem:
        db.session.rollback()
        return factor_page({"": problem.message}, 422 if problem.status == 401 else problem.status)
    db.session.commit()
    flash(f"The passkey {name} is removed.", "success")
    return redirect(url_for("auth.second_factor"))
