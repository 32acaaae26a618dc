"""The page of open conflicts, and deciding them: on it, or on a client's own page."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_viewer
from app.contacts import deciding
from app.contacts.blueprint import bp
from app.contacts.deciding import Choice
from app.contacts.overview import ROOT
from app.errors import Problem
from app.extensions import db
from app.forms import as_id
from app.paging import count_label
from app.sync.connections import needed_connection
from app.sync.contacts import shown
from app.sync.contacts.fields import BY_NAME, FIELDS

SIDES = ("ours", "theirs")


@bp.get(f"{ROOT}/conflicts")
def conflicts() -> ResponseReturnValue:
    """Fields that were changed on both sides. Query: field, after or before."""
    return _page()


@bp.post(f"{ROOT}/conflicts")
def decide() -> ResponseReturnValue:
    """Decide those that were chosen. Fields: `choice-` and `seen-` with a conflict's id; all (a side for everything
    shown); rule (`field:side`, from now on); client_id (the page to go back to)."""
    try:
        said = _decide()
    except Problem as problem:
        db.session.rollback()
        return _page(problem)
    flash(said, "success")
    client_id = as_id(request.form.get("client_id"))
    if client_id is not None:
        return redirect(url_for("clients.page", client_id=client_id))
    return redirect(url_for("contacts.conflicts", field=request.args.get("field")))


def _decide() -> str:
    connection, by = needed_connection(), the_viewer().name
    field, _, side = request.form.get("rule", "").partition(":")
    if field:
        if field not in BY_NAME or side not in SIDES:
            raise Problem("Choose a field and whose value counts for it from now on.")
        deciding.make_rule(field, side, connection, by)
        db.session.commit()
        whose = "what stands here" if side == "ours" else "what stands in Xero"
        return f"From now on {whose} counts for “{BY_NAME[field].label}”. Open conflicts of it are being settled."
    choices = _choices()
    if not choices:
        raise Problem("Choose a side for at least one of the fields.")
    decided = deciding.decide(choices, connection, by)
    db.session.commit()
    return _said(decided)


def _said(decided: deciding.Decided) -> str:
    said = f"{decided.done} {'field is' if decided.done == 1 else 'fields are'} decided."
    if decided.moved:
        said += (
            f" {decided.moved} had moved since you looked and {'is' if decided.moved == 1 else 'are'} left as"
            " they stand now."
        )
    return said


def _choices() -> list[Choice]:
    everything = request.form.get("all", "")
    found = []
    for name, seen in request.form.items():
        conflict_id = name.removeprefix("seen-")
        side = everything or request.form.get(f"choice-{conflict_id}", "")
        if name.startswith("seen-") and side in SIDES and (known := as_id(conflict_id)):
            found.append(Choice(UUID(str(known)), side, seen))
    return found


def _page(problem: Problem | None = None) -> ResponseReturnValue:
    field = request.args.get("field") or None
    field = field if field in BY_NAME else None
    page = shown.list_conflicts(field, after=request.args.get("after"), before=request.args.get("before"))
    return render_template(
        "contacts/conflicts.html",
        page=page,
        conflicts=shown.shown(page.rows),
        count=count_label(shown.count_conflicts(field)),
        field=field,
        options=[(one.name, one.label) for one in FIELDS],
        problem=problem,
    ), (problem.status if problem else 200)
