"""The same done to many clients: choose, check, do it."""

from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clients import bulk, queries
from app.clients.filters import ARGUMENTS, read_filters
from app.clients.routes.blueprint import bp
from app.clients.tags import all_tags
from app.errors import Problem, field_problem
from app.extensions import db
from app.forms import NO_ID, as_id

SHOWN = 20
"""How many names a check shows."""
DONE = {
    "tag": "got the tag",
    "untag": "lost the tag",
    "office": "have another office now",
    "archive": "were archived",
}


@bp.post("/bulk")
def check_many() -> ResponseReturnValue:
    """What this would do; nothing is changed. Form: do, and ids or all_matching with the list's filters."""
    try:
        ids = _chosen_ids()
        bulk.check_amount(len(ids))
        if request.form.get("do") not in bulk.ACTS:
            raise field_problem("do", "Choose what to do with these clients.")
    except Problem as problem:
        return _back(problem)
    return _check_page(ids, {})


@bp.post("/bulk/confirmed")
def do_many() -> ResponseReturnValue:
    """Form: do, ids (in one field, with spaces between), value."""
    act, ids = request.form.get("do", ""), _ids(request.form.get("ids", "").split())
    try:
        count = bulk.do_to_many(act, ids, request.form.get("value", ""))
    except Problem as problem:
        db.session.rollback()
        if act not in bulk.ACTS or not ids:
            return _back(problem)
        return _check_page(ids, {"bulk-value": problem.message}), problem.status
    db.session.commit()
    if count:
        flash(f"{count:,} {'client' if count == 1 else 'clients'} {_done(act, count)}.", "success")
    else:
        flash("Nothing had to be changed.", "info")
    return redirect(url_for(".index"))


def _done(act: str, count: int) -> str:
    words = DONE[act]
    return words.replace("have ", "has ").replace("were ", "was ") if count == 1 else words


def _check_page(ids: list[UUID], problems: dict[str, str]) -> str:
    return render_template(
        "clients/bulk.html",
        act=request.form["do"],
        ids=ids,
        names=queries.names_of(ids[:SHOWN]),
        every_tag=all_tags(),
        offices=[office for office in queries.offices() if office.active],
        value=request.form.get("value", ""),
        problems=problems,
    )


def _chosen_ids() -> list[UUID]:
    if request.form.get("all_matching"):
        return queries.matching_ids(read_filters(request.form), bulk.MOST + 1)
    return _ids(request.form.getlist("ids"))


def _ids(texts: list[str]) -> list[UUID]:
    found = (as_id(text) for text in texts)
    return list(dict.fromkeys(one for one in found if one and one != NO_ID))


def _back(problem: Problem) -> ResponseReturnValue:
    """To the list as it was filtered, with what was wrong; nothing was changed."""
    db.session.rollback()
    flash(f"{problem.message} Nothing was changed.", "error")
    filtered = {name: request.form[name] for name in ARGUMENTS if request.form.get(name)}
    return redirect(f"{url_for('.index')}?{urlencode(filtered)}" if filtered else url_for(".index"))
