"""Signing in and out, choosing the practice, the theme."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import update

from app.auth import demonstration, second_factor, trail
from app.auth import sign_in_steps as steps
from app.auth.addresses import own_path
from app.auth.arrival import let_in
from app.auth.forms import SignInForm
from app.auth.sessions import check_password, choose_company, end_session, lengthen_session
from app.auth.viewer import current_viewer, the_viewer
from app.checks import Checks
from app.errors import Problem
from app.extensions import db, settings
from app.forms import as_id
from app.lookups import Place, places_of
from app.models import User
from app.models.user import THEMES

bp = Blueprint("auth", __name__)


@bp.app_context_processor
def _who_looks() -> dict[str, Any]:
    """What every page knows: the person and whether this is the demonstration."""
    return {"viewer": current_viewer(), "demo": settings().demo}


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """The form. Query: next, a path of ours to go on to; `as`, a demonstration account to fill in."""
    if current_viewer() is not None:
        return redirect(own_path(request.args.get("next")) or url_for("dashboard.index"))
    form = SignInForm(next=own_path(request.args.get("next")) or "")
    account = demonstration.account(request.args.get("as")) if settings().demo else None
    if account:
        form.fill(account.email, demonstration.PASSWORD)
    return _sign_in_page(form)


def _sign_in_page(form: SignInForm) -> str:
    accounts = demonstration.ACCOUNTS if settings().demo else ()
    return render_template("auth/sign_in.html", form=form, accounts=accounts)


@bp.post("/sign-in")
def sign_in_check() -> ResponseReturnValue:
    form = SignInForm()
    try:
        user = _checked(form.email.data or "", form.password.data or "")
    except Problem as problem:
        status = form.show(problem)
        return _sign_in_page(form), status
    if second_factor.is_on(user.id):
        steps.begin("code", user, note=own_path(form.next.data))
        target = url_for("auth.code")
    else:
        target = let_in(user, own_path(form.next.data))
    db.session.commit()
    return redirect(target)


def _checked(email: str, password: str) -> User:
    """The person. Raises `Problem`, on the field to look at; what is left empty is no try."""
    checks = Checks()
    if not email.strip():
        checks.wrong("email", "The e-mail address is missing. Write the one of your account.")
    if not password:
        checks.wrong("password", "The password is missing. Write it.")
    checks.finish()
    try:
        return check_password(email, password)
    except Problem as wrong:
        raise Problem(wrong.message, status=wrong.status, fields={"email": [wrong.message]}) from None


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    end_session(the_viewer().session_id)
    trail.signed_out(the_viewer())
    db.session.commit()
    session.clear()
    flash("You are signed out.", "success")
    return redirect(url_for("auth.sign_in"))


@bp.post("/session/longer")
def longer() -> ResponseReturnValue:
    """For the portal's warning before a sign-in ends (js/session.js): JSON, `ends`, an ISO instant."""
    ends = lengthen_session(the_viewer().session_id)
    db.session.commit()
    return jsonify(ends=ends.isoformat())


@bp.get("/companies")
def companies() -> ResponseReturnValue:
    """The practices a person may go to. Query: next, a path of ours to go on to."""
    following = own_path(request.args.get("next"))
    return render_template("auth/companies.html", places=_places(), following=following)


@bp.post("/companies")
def choose() -> ResponseReturnValue:
    company_id = as_id(request.form.get("company_id"))
    place = next((one for one in _places() if one.company_id == company_id), None)
    if place is None or place.suspended:
        said = "Choose one of the practices in the list."
        if place:
            said = f"{place.company_name} is suspended. {place.suspension_reason or ''}".rstrip()
        return render_template("auth/companies.html", places=_places(), following=None, problem=said), 422
    choose_company(the_viewer().session_id, place.company_id)
    trail.opened(the_viewer(), place)
    db.session.commit()
    return redirect(own_path(request.form.get("next")) or url_for("dashboard.index"))


def _places() -> list[Place]:
    return places_of(db.session(), the_viewer().user_id)


@bp.post("/theme")
def theme() -> ResponseReturnValue:
    """Keep the person's theme: auto, light or dark; then back to the page they were on."""
    chosen = request.form.get("theme")
    if chosen not in THEMES:
        raise Problem("Choose auto, light or dark.", fields={"theme": ["Choose auto, light or dark."]})
    db.session.execute(update(User).where(User.id == the_viewer().user_id).values(theme=chosen))
    db.session.commit()
    return redirect(own_path(request.form.get("next")) or url_for("dashboard.index"))


from app.auth import (  # noqa: E402  their pages belong to this blueprint
    account_pages,  # noqa: F401
    invitation_pages,  # noqa: F401
    mailed_code_pages,  # noqa: F401
    passkey_pages,  # noqa: F401
    reset,  # noqa: F401
    second_factor_pages,  # noqa: F401
)
