"""Signing in with a code sent by mail: ask for it, type it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth import mailed_code, second_factor
from app.auth import sign_in_steps as steps
from app.auth.addresses import own_path
from app.auth.arrival import let_in
from app.auth.forms import MailedCodeForm
from app.auth.routes import bp
from app.auth.second_factor_forms import CodeForm, tell
from app.auth.sessions import LONGEST_EMAIL
from app.auth.viewer import current_viewer
from app.errors import Problem, field_problem
from app.extensions import db


@bp.route("/sign-in/mail", methods=["GET", "POST"])
def mail() -> ResponseReturnValue:
    """Ask for a code. Query: next, a path of ours to go on to."""
    if current_viewer() is not None:
        return redirect(own_path(request.args.get("next")) or url_for("dashboard.index"))
    form = MailedCodeForm()
    if not form.is_submitted():
        form.next.data = own_path(request.args.get("next")) or ""
        return render_template("auth/mailed_code_ask.html", form=form)
    email = (form.email.data or "").strip()
    try:
        if "@" not in email or len(email) > LONGEST_EMAIL:
            raise field_problem("email", "Write your e-mail address, like name@example.com.")
        mailed_code.ask(email, own_path(form.next.data))
    except Problem as problem:
        status = form.show(problem)
        return render_template("auth/mailed_code_ask.html", form=form), status
    db.session.commit()
    return redirect(url_for("auth.mail_code"))


@bp.route("/sign-in/mail/code", methods=["GET", "POST"])
def mail_code() -> ResponseReturnValue:
    """Type it, in the browser that asked. Who comes here otherwise is sent to ask."""
    form = CodeForm()
    if steps.waiting(mailed_code.KIND) is None:
        return _again()
    if not form.is_submitted():
        return render_template("auth/mailed_code.html", form=form)
    try:
        user, following = mailed_code.check(form.typed())
    except Problem as problem:
        status = tell(form, problem)
        return _again() if status == 410 else (render_template("auth/mailed_code.html", form=form), status)
    if second_factor.is_on(user.id):
        steps.begin("code", user, note=following)
        target = url_for("auth.code")
    else:
        target = let_in(user, following)
    db.session.commit()
    return redirect(target)


def _again() -> ResponseReturnValue:
    flash("No code is waited for in this browser any more. Have a new one sent.", "warning")
    return redirect(url_for("auth.mail"))
