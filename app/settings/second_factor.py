"""Settings → Second factor: who of the practice has one, and whether everybody must."""

from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.audit import record as audit
from app.auth import second_factor as factor
from app.auth.second_factor_forms import RuleForm
from app.auth.viewer import the_viewer
from app.companies import locked_company
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import Membership, User
from app.settings import queries
from app.settings.routes import bp


@dataclass(frozen=True)
class Person:
    """Somebody of the practice in active service, staff or client."""

    id: UUID
    name: str
    email: str
    role: str
    has: bool


def people() -> list[Person]:
    """Who is without one comes first."""
    rows = db.session.execute(
        select(Membership.id, User.name, User.email, Membership.role, factor.has_one(User.id).label("has"))
        .join(User, User.id == Membership.user_id)
        .where(Membership.active)
        .order_by("has", User.name)
    )
    return [Person(*row) for row in rows]


def change_rule(*, required: bool) -> None:
    """Whether everybody here must have a second factor. Raises `WrongState` when who switches it on has proved none
    themselves: they would stand outside at once."""
    if required and not the_viewer().second_factor:
        raise WrongState(
            "Set up your own second factor first, then sign in with it: the rule holds for you, too."
        )
    company = locked_company()
    company.second_factor_required = required
    audit.changed("practice.changed", company)


@bp.route("/second-factor", methods=["GET", "POST"])
def second_factor() -> ResponseReturnValue:
    form = RuleForm(data={"required": queries.the_company_row().second_factor_required})
    if not form.is_submitted():
        return _page(form)
    try:
        change_rule(required=bool(form.required.data))
    except Problem as problem:
        status = form.show(problem)
        return _page(form), status
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for("settings.second_factor"))


def _page(form: RuleForm) -> str:
    return render_template("settings/second_factor.html", form=form, people=people())
