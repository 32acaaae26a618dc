"""The pages of staff and service mapping. Saving writes nothing to Xero."""

from collections.abc import Iterable
from typing import Protocol

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_viewer
from app.errors import Problem
from app.extensions import db
from app.integrations import queries, services, staff
from app.integrations.blueprint import bp


class MappingRow(Protocol):
    """A row of either mapping, as far as the form knows it."""

    @property
    def field(self) -> str: ...
    @property
    def choice(self) -> str: ...


def _typed(rows: Iterable[MappingRow]) -> dict[str, str]:
    """What each row's select showed when the form was sent; a row that was not sent keeps what it has."""
    return {row.field: request.form.get(row.field, row.choice) for row in rows}


@bp.route("/settings/integrations/xero/staff", methods=["GET", "POST"], endpoint="staff")
def staff_mapping() -> ResponseReturnValue:
    connection = queries.latest_connection()
    if connection is None or connection.connected_at is None:
        return render_template("integrations/staff.html", connection=connection, rows=[], people=[])
    people = staff.people_in_xero(connection)
    rows = staff.rows(connection, people)
    shown = {"connection": connection, "rows": rows, "people": people}
    if request.method == "GET":
        return render_template("integrations/staff.html", typed=_choices(rows), problems={}, **shown)
    typed = _typed(rows)
    only_exact = request.form.get("accept") == "exact"
    wanted = {row.membership_id: row.choice if only_exact else typed[row.field] for row in rows}
    if only_exact:
        wanted = {row.membership_id: wanted[row.membership_id] for row in rows if row.exact}
    try:
        changed = staff.save(connection, wanted, the_viewer().name)
    except Problem as problem:
        db.session.rollback()
        problems = {name: sentences[0] for name, sentences in problem.fields.items()}
        page = render_template("integrations/staff.html", typed=typed, problems=problems, **shown)
        return page, problem.status
    db.session.commit()
    flash(_saved(changed, "person", "people"), "success")
    return redirect(url_for("integrations.staff"))


@bp.route("/settings/integrations/xero/services", methods=["GET", "POST"])
def service_mapping() -> ResponseReturnValue:
    lists = services.templates()
    rows = services.rows(lists)
    shown = {"connection": queries.latest_connection(), "rows": rows, "lists": lists}
    if request.method == "GET":
        return render_template("integrations/services.html", typed=_choices(rows), problems={}, **shown)
    typed = _typed(rows)
    try:
        saved = services.save({row.service_id: typed[row.field] for row in rows}, the_viewer().name)
    except Problem as problem:
        db.session.rollback()
        problems = {name: sentences[0] for name, sentences in problem.fields.items()}
        page = render_template("integrations/services.html", typed=typed, problems=problems, **shown)
        return page, problem.status
    db.session.commit()
    went_on = (
        f" {saved.released} waiting {'job goes' if saved.released == 1 else 'jobs go'} on now."
        if saved.released
        else ""
    )
    flash(_saved(saved.changed, "service", "services") + went_on, "success")
    return redirect(url_for("integrations.service_mapping"))


def _choices(rows: Iterable[MappingRow]) -> dict[str, str]:
    return {row.field: row.choice for row in rows}


def _saved(count: int, one: str, many: str) -> str:
    return f"Saved: {count} {one if count == 1 else many}." if count else "Nothing had changed."
