"""A forgotten password: ask for a link, follow it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth import person, throttle
from app.auth.forms import ForgotForm, NewPasswordForm
from app.auth.routes import bp
from app.auth.sessions import LONGEST_EMAIL, TOO_MANY
from app.errors import Problem, field_problem
from app.extensions import db
from app.models.user_link import PASSWORD_RESET

HOUR = 3600
MAILS_AN_HOUR, ASKED_AN_HOUR = 3, 20


@bp.route("/password/forgot", methods=["GET", "POST"])
def forgot() -> ResponseReturnValue:
    """The answer is the same whether the address is known or not."""
    form = ForgotForm()
    if not form.is_submitted():
        return render_template("auth/forgot.html", form=form)
    email = (form.email.data or "").strip()
    try:
        throttle.count(
            f"reset-from:{throttle.address()}", ASKED_AN_HOUR, HOUR, TOO_MANY.partition(",")[0] + "."
        )
        if "@" not in email or len(email) > LONGEST_EMAIL:
            raise field_problem("email", "Write your e-mail address, like name@example.com.")
    except Problem as problem:
        status = form.show(problem)
        return render_template("auth/forgot.html", form=form), status
    # Too many for one address are left out without a word: the links sent before still work.
    if throttle.take(f"reset:{throttle.name(email)}", MAILS_AN_HOUR, HOUR):
        person.ask_for_reset(email)
        db.session.commit()
    return render_template("auth/forgot_sent.html", email=email)


@bp.route("/password/reset/<secret>", methods=["GET", "POST"])
def reset(secret: str) -> ResponseReturnValue:
    form = NewPasswordForm()
    link = person.open_link(secret, PASSWORD_RESET)
    if link is None:
        return link_gone("auth.forgot", "Ask for a new link")
    if not form.is_submitted():
        return _page(form, secret)
    try:
        person.reset_password(secret, form.password.data or "", form.again.data or "")
    except Problem as problem:
        status = form.show(problem)
        if status != 422:
            return link_gone("auth.forgot", "Ask for a new link")
        return _page(form, secret), status
    db.session.commit()
    flash("Your password was changed, and every sign-in has ended. Sign in with the new password.", "success")
    return redirect(url_for("auth.sign_in"))


def _page(form: NewPasswordForm, secret: str) -> str:
    return render_template("auth/reset.html", form=form, secret=secret)


def link_gone(endpoint: str, label: str) -> ResponseReturnValue:
    """The page for a link that was used, has expired or never was: the same for all three."""
    return render_template("auth/link_gone.html", url=url_for(endpoint), label=label), 410
