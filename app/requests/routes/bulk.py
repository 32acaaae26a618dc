"""Assigning many requests: choose, check what will happen, do it, watch it."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_viewer
from app.errors import Problem, field_problem
from app.extensions import db
from app.forms import NO_ID, as_id
from app.requests import bulk, preview, queries
from app.requests.filters import read_filters
from app.requests.routes.blueprint import bp

LIST_ARGUMENTS = (
    "q",
    "status",
    "assignee",
    "service",
    "office",
    "client",
    "due",
    "xero",
    "sort",
    "direction",
)
NAMED = 20
"""How many refused requests a message names; the page before it has named them all."""


@bp.post("/assign")
def check_many() -> ResponseReturnValue:
    """What assigning these would do; nothing is changed. Form: ids, or all_matching with the list's filters;
    accountant_id."""
    try:
        ids = _chosen_ids()
        bulk.check_amount(len(ids))
        plan = preview.preview(ids, _accountant_id())
    except Problem as problem:
        return _back(problem)
    return render_template("requests/check.html", plan=plan)


@bp.post("/assign/confirmed")
def assign_many() -> ResponseReturnValue:
    """Form: ids, accountant_id."""
    try:
        ids = _picked_ids()
        result = bulk.assign_many(ids, _accountant_id(), the_viewer())
    except Problem as problem:
        return _back(problem)
    db.session.commit()
    _tell(result)
    if not result.of(bulk.ASSIGNED):
        return redirect(url_for(".index"))
    return redirect(url_for(".assigned", accountant=result.accountant_id, at=result.at.isoformat()))


@bp.get("/assigned")
def assigned() -> ResponseReturnValue:
    """What became of a bulk assignment, live. Query: accountant, at: the instant its requests carry."""
    try:
        at = datetime.fromisoformat(request.args.get("at", ""))
        rows = queries.assigned_at(as_id(request.args.get("accountant")), at) if at.tzinfo else []
    except ValueError:
        rows = []
    moving = sum(row.job_state in {"queued", "running", "retry"} for row in rows)
    made = sum(row.job_state == "done" for row in rows)
    planned = sum(row.job_state is not None for row in rows)
    return render_template("requests/assigned.html", rows=rows, moving=moving, made=made, planned=planned)


def _chosen_ids() -> list[UUID]:
    if request.form.get("all_matching"):
        return queries.matching_ids(read_filters(request.form, the_viewer()), bulk.MOST + 1)
    return _picked_ids()


def _picked_ids() -> list[UUID]:
    return [one for text in request.form.getlist("ids") if (one := as_id(text)) not in {None, NO_ID}]


def _accountant_id() -> UUID:
    accountant_id = as_id(request.form.get("accountant_id"))
    if accountant_id is None:
        raise field_problem("accountant_id", "Choose an accountant.")
    return accountant_id


def _back(problem: Problem) -> ResponseReturnValue:
    """To the list as it was filtered, with what was wrong; nothing was changed."""
    said = " ".join(sentences[0] for sentences in problem.fields.values()) or problem.message
    db.session.rollback()
    flash(f"{said} Nothing was changed.", "error")
    filtered = {name: request.form[name] for name in LIST_ARGUMENTS if request.form.get(name)}
    return redirect(f"{url_for('.index')}?{urlencode(filtered)}" if filtered else url_for(".index"))


def _tell(result: bulk.Result) -> None:
    given, same, refused = (result.of(one) for one in (bulk.ASSIGNED, bulk.UNCHANGED, bulk.REFUSED))
    if given:
        what = "1 request is" if len(given) == 1 else f"{len(given)} requests are"
        flash(f"{what} assigned to {result.accountant_name}.", "success")
    if same:
        what = "1 was" if len(same) == 1 else f"{len(same)} were"
        flash(f"{what} {result.accountant_name}’s already.", "info")
    for one in refused[:NAMED]:
        flash(one.sentence, "warning")
    if len(refused) > NAMED:
        flash(f"{len(refused) - NAMED} more could not be assigned, for the same reasons.", "warning")
