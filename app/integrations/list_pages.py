"""The pages of what invoices carry: accounts and tax of services, tracking options of offices."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.auth.viewer import the_viewer
from app.errors import Problem
from app.extensions import db
from app.integrations import charges, queries, tracking
from app.integrations.blueprint import bp
from app.models import Company, Connection
from app.sync.connections import needed_connection
from app.sync.lists import planning, seen
from app.sync.lists.words import gone_word
from app.sync.operations import MAKE_TRACKING, READ_LISTS
from app.synclog.queries import latest_of

CHARGES = "/settings/integrations/xero/accounts"
OFFICES = "/settings/integrations/xero/offices"


@bp.route(CHARGES, methods=["GET", "POST"], endpoint="charges")
def charge_mapping() -> ResponseReturnValue:
    """Which account, tax rate and item each service has on invoices."""
    connection = queries.latest_connection()
    if connection is None or connection.connected_at is None:
        return render_template("integrations/charges.html", connection=None, rows=[], problems={})
    if request.method == "GET":
        return _charges(connection)
    try:
        saved = charges.save(connection, request.form, the_viewer().name)
    except Problem as problem:
        db.session.rollback()
        return _charges(connection, request.form, problem)
    db.session.commit()
    flash(_said(saved, "service", "services"), "success")
    return redirect(url_for("integrations.charges"))


def _charges(
    connection: Connection, typed: Mapping[str, str] | None = None, problem: Problem | None = None
) -> ResponseReturnValue:
    lists = charges.lists_of(connection)
    rows = charges.rows(connection, lists)
    shown = {row.field(part): row.choice(part) for row in rows for part in charges.PARTS}
    page = render_template(
        "integrations/charges.html",
        connection=connection,
        lists=lists,
        rows=rows,
        typed={**shown, **(typed or {})},
        problems=_first(problem),
        read_at=queries.lists_read_at(connection),
        reading=latest_of(READ_LISTS, connection.id),
        calls=seen.CALLS,
    )
    return page, problem.status if problem else 200


def _first(problem: Problem | None) -> dict[str, str]:
    return {name: sentences[0] for name, sentences in problem.fields.items()} if problem else {}


@bp.route(OFFICES, methods=["GET", "POST"], endpoint="office_tracking")
def office_mapping() -> ResponseReturnValue:
    """Which tracking option each office is. Query and field `category`: an entry's id."""
    connection = queries.latest_connection()
    if connection is None or connection.connected_at is None:
        return render_template("integrations/tracking.html", connection=None, rows=[], problems={})
    if request.method == "GET":
        return _offices(connection)
    found = tracking.tracking_of(connection, request.form.get("category", ""))
    try:
        saved = tracking.save(connection, found, request.form, the_viewer().name)
    except Problem as problem:
        db.session.rollback()
        return _offices(connection, request.form, problem)
    db.session.commit()
    flash(_said(saved, "office", "offices"), "success")
    return redirect(url_for("integrations.office_tracking"))


@bp.post(f"{OFFICES}/make")
def make_tracking() -> ResponseReturnValue:
    """Make the options in Xero that offices lack. Fields: category (an entry's id), name (of a new category)."""
    connection = needed_connection()
    found = tracking.tracking_of(connection, request.form.get("category", ""))
    try:
        tracking.make_missing(connection, found, request.form.get("name", ""), the_viewer().name)
    except Problem as problem:
        db.session.rollback()
        if not problem.fields:
            raise
        return _offices(connection, request.form, problem)
    db.session.commit()
    flash("The options are being made in Xero. Load this page again in a few seconds.", "success")
    return redirect(url_for("integrations.office_tracking"))


def _offices(
    connection: Connection, typed: Mapping[str, str] | None = None, problem: Problem | None = None
) -> ResponseReturnValue:
    found = tracking.tracking_of(connection, (typed or request.args).get("category", ""))
    rows = tracking.rows(connection, found)
    page = render_template(
        "integrations/tracking.html",
        connection=connection,
        tracking=found,
        rows=rows,
        typed={**{row.field: row.choice for row in rows}, **(typed or {})},
        problems=_first(problem),
        read_at=queries.lists_read_at(connection),
        reading=latest_of(READ_LISTS, connection.id),
        making=latest_of(MAKE_TRACKING, connection.id),
        track_offices=db.session.scalar(select(Company.track_offices)),
        calls=seen.CALLS,
        gone_word=gone_word,
    )
    return page, problem.status if problem else 200


@bp.post("/settings/integrations/xero/lists/read")
def read_lists() -> ResponseReturnValue:
    """Read the organisation's lists again. Field `back`: the page to go back to, offices or accounts."""
    connection = needed_connection()
    planning.plan_read(connection, the_viewer().name)
    db.session.commit()
    flash("The lists are being read from Xero. Load this page again in a few seconds.", "success")
    to_offices = request.form.get("back") == "offices"
    return redirect(url_for("integrations.office_tracking" if to_offices else "integrations.charges"))


def _said(saved: charges.Saved, one: str, many: str) -> str:
    if not saved.changed and not saved.released:
        return "Nothing had changed."
    parts = [f"Saved: {saved.changed} {one if saved.changed == 1 else many}."]
    if saved.taken_over:
        took = "invoice takes" if saved.taken_over == 1 else "invoices take"
        parts.append(f"{saved.taken_over} unsent {took} it over.")
    if saved.released:
        parts.append(f"{saved.released} that waited {'goes' if saved.released == 1 else 'go'} on now.")
    return " ".join(parts)
