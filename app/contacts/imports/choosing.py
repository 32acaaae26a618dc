"""Choosing what happens to contacts: row by row, or all of a kind."""

from uuid import UUID

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from app.contacts.blueprint import bp
from app.contacts.imports import actions, words
from app.contacts.imports.found import page_url, the_import
from app.contacts.imports.page import show
from app.errors import Problem, WrongState
from app.extensions import db
from app.forms import NO_ID, as_id

KEPT = ("kind", "choice", "q", "after", "before")


@bp.post("/settings/integrations/xero/contacts/imports/<uuid:import_id>/choices")
def choose(import_id: UUID) -> ResponseReturnValue:
    """Form: `row-<id>` of each row that was shown; the query is the list's."""
    found = the_import(import_id, locked=True)
    try:
        changed = actions.choose_rows(found, _choices())
    except Problem as problem:
        db.session.rollback()
        if isinstance(problem, WrongState):
            flash(problem.message, "error")
            return redirect(page_url(import_id))
        return show(the_import(import_id), problem)
    db.session.commit()
    said = (
        f"Saved: {changed} {'choice' if changed == 1 else 'choices'}." if changed else "Nothing had changed."
    )
    flash(said, "success")
    return redirect(_back(import_id))


@bp.post("/settings/integrations/xero/contacts/imports/<uuid:import_id>/choices/all")
def choose_all(import_id: UUID) -> ResponseReturnValue:
    """Form: of (a kind), choose (a choice); the query is the list's."""
    found = the_import(import_id, locked=True)
    kind, choice = request.form.get("of", ""), request.form.get("choose", "")
    try:
        if kind not in words.KINDS:
            raise WrongState("There is no such kind of contact.")
        changed = actions.choose_all(found, kind, choice)
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "error")
        return redirect(_back(import_id))
    db.session.commit()
    flash(f"{words.CHOSEN.get(choice or 'none')}: {changed:,} {words.KINDS[kind].lower()}.", "success")
    return redirect(_back(import_id))


def _choices() -> dict[UUID, str]:
    found = {}
    for name, value in request.form.items():
        row_id = as_id(name.removeprefix("row-")) if name.startswith("row-") else None
        if row_id not in {None, NO_ID}:
            found[row_id] = value
    return found


def _back(import_id: UUID) -> str:
    return page_url(import_id, **{name: request.args[name] for name in KEPT if request.args.get(name)})
