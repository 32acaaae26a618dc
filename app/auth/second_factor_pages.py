"""The pages of the second factor: the code after the password, and setting it up."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth import passkeys, trail
from app.auth import second_factor as factor
from app.auth import second_factor_app as app_codes
from app.auth import second_factor_codes as recovery
from app.auth import sign_in_steps as steps
from app.auth.arrival import let_in
from app.auth.person import find_user
from app.auth.routes import bp
from app.auth.second_factor_forms import CodeForm, PasswordAndCodeForm, PasswordForm, tell
from app.auth.sessions import check_password
from app.auth.viewer import the_viewer
from app.errors import Problem, WrongState
from app.extensions import db


def layout() -> str:
    """Which frame the person's own pages have: without navigation while every link would lead back here."""
    viewer = the_viewer()
    if viewer.owes_second_factor or viewer.company is None:
        return "plain"
    return "portal" if viewer.role == "client" else "app"


def again(password: str | None) -> None:
    """The person types their password once more. Raises `Problem` on `password`."""
    try:
        check_password(the_viewer().email, password or "")
    except Problem as wrong:
        said = wrong.message if wrong.status == 429 else "This is not your password."
        raise Problem(said, status=wrong.status, fields={"password": [said]}) from None


@bp.route("/sign-in/code", methods=["GET", "POST"])
def code() -> ResponseReturnValue:
    """After the password. Who comes here without one is sent to begin."""
    step = steps.waiting("code")
    if step is None or step[1] is None:
        flash("Sign in from the beginning: the code was waited for too long.", "warning")
        return redirect(url_for("auth.sign_in"))
    (waiting, user), form = (step[0], step[1]), CodeForm()
    if not form.is_submitted():
        return render_template("auth/code.html", form=form, standing=factor.standing(user.id))
    try:
        kind = factor.check_code(user.id, form.typed())
    except Problem as problem:
        status = tell(form, problem)
        return render_template("auth/code.html", form=form, standing=factor.standing(user.id)), status
    target = waiting.note
    steps.forget("code")
    target = let_in(user, target, second_factor=True)
    left = recovery.left(user.id)
    db.session.commit()
    if kind == "app":
        return redirect(target)
    flash(_few(left), "warning")
    return redirect(url_for("auth.second_factor"))


def _few(left: int) -> str:
    codes = {0: "none is left", 1: "one is left"}.get(left, f"{left} are left")
    return f"You signed in with a recovery code, which is used up; {codes}. Make new ones below."


@bp.get("/account/second-factor")
def second_factor() -> ResponseReturnValue:
    return factor_page()


def factor_page(
    problems: dict[str, str] | None = None, status: int = 200, form: PasswordForm | None = None
) -> ResponseReturnValue:
    """Everything about the person's second factor. `problems`: why nothing was changed."""
    user_id = the_viewer().user_id
    return render_template(
        "auth/second_factor.html",
        layout=layout(),
        standing=factor.standing(user_id),
        passkeys=passkeys.mine(user_id),
        problems=problems or {},
        form=form or PasswordForm(formdata=None),
        has_password=bool(find_user(user_id).password_hash),
    ), status


@bp.post("/account/second-factor/app")
def second_factor_begin() -> ResponseReturnValue:
    """A new secret, after the password."""
    viewer, form = the_viewer(), PasswordForm()
    try:
        again(form.password.data)
        if factor.standing(viewer.user_id).app:
            raise WrongState("An authenticator app is set up already. Switch it off first to change it.")
    except Problem as problem:
        return factor_page(status=tell(form, problem), form=form)
    app_codes.offer(viewer.user_id)
    db.session.commit()
    return redirect(url_for("auth.second_factor_app"))


@bp.get("/account/second-factor/app")
def second_factor_app() -> ResponseReturnValue:
    """The secret as picture and text, as long as no code has confirmed it."""
    if not factor.standing(the_viewer().user_id).offered:
        return redirect(url_for("auth.second_factor"))
    return _app_page(CodeForm(formdata=None))


def _app_page(form: CodeForm) -> str:
    viewer = the_viewer()
    row = factor.find(viewer.user_id)
    assert row is not None
    secret = app_codes.secret_of(row)
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return render_template(
        "auth/second_factor_app.html",
        layout=layout(),
        form=form,
        secret=groups,
        picture=app_codes.picture(viewer.email, secret),
        address=app_codes.address(viewer.email, secret),
    )


@bp.post("/account/second-factor/app/confirm")
def second_factor_confirm() -> ResponseReturnValue:
    viewer, form = the_viewer(), CodeForm()
    if not factor.standing(viewer.user_id).offered:
        return redirect(url_for("auth.second_factor"))
    try:
        codes = factor.confirm_app(viewer.user_id, viewer.session_id, form.typed())
    except Problem as problem:
        status = tell(form, problem)
        return _app_page(form), status
    db.session.commit()
    return shown_once(codes, "Your second factor is on")


def shown_once(codes: list[str], title: str) -> str:
    return render_template("auth/recovery_codes_shown.html", layout=layout(), codes=codes, title=title)


@bp.route("/account/second-factor/recovery-codes", methods=["GET", "POST"])
def recovery_codes() -> ResponseReturnValue:
    """Ten new codes in place of the old, after password and code."""
    viewer, form = the_viewer(), PasswordAndCodeForm()
    if not factor.is_on(viewer.user_id):
        return redirect(url_for("auth.second_factor"))
    if not form.is_submitted():
        return render_template("auth/recovery_codes.html", layout=layout(), form=form)
    try:
        again(form.password.data)
        factor.check_code(viewer.user_id, form.typed())
    except Problem as problem:
        status = tell(form, problem)
        return render_template("auth/recovery_codes.html", layout=layout(), form=form), status
    codes = recovery.make(viewer.user_id)
    trail.told("person.codes_made", viewer.user_id)
    db.session.commit()
    return shown_once(codes, "Your new recovery codes")


@bp.route("/account/second-factor/app/off", methods=["GET", "POST"])
def second_factor_off() -> ResponseReturnValue:
    """Switch the app off, after password and code."""
    viewer, form = the_viewer(), PasswordAndCodeForm()
    if not factor.standing(viewer.user_id).app:
        return redirect(url_for("auth.second_factor"))
    if not form.is_submitted():
        return render_template("auth/second_factor_off.html", layout=layout(), form=form)
    try:
        again(form.password.data)
        factor.check_code(viewer.user_id, form.typed())
    except Problem as problem:
        status = tell(form, problem)
        return render_template("auth/second_factor_off.html", layout=layout(), form=form), status
    factor.switch_off_app(viewer.user_id)
    db.session.commit()
    flash("Your authenticator app is switched off.", "success")
    return redirect(url_for("auth.second_factor"))
