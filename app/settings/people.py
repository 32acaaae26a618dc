"""Settings → People, and who from Countinghouse came to visit."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.settings import queries
from app.settings.routes import bp


@bp.get("/people")
def people() -> ResponseReturnValue:
    return render_template("settings/people.html", people=queries.list_people())


@bp.get("/visits")
def visits() -> ResponseReturnValue:
    """Super admins' visits, newest first. Query: after or before."""
    found, page = queries.list_visits(after=request.args.get("after"), before=request.args.get("before"))
    return render_template("settings/visits.html", visits=found, page=page)
