"""The call log: every request sent to Xero, for admins."""

from uuid import UUID

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from app.spreadsheets import spreadsheet
from app.synclog import call_queries as queries
from app.synclog.blueprint import bp
from app.synclog.export import call_lines


def _filters() -> queries.CallFilters:
    outcome = request.args.get("outcome")
    return queries.CallFilters(
        outcome=outcome if outcome in {"ok", "failed", "limited"} else None,
        q=request.args.get("q", "")[:200],
    )


@bp.get("/calls")
def calls() -> ResponseReturnValue:
    """Every call to Xero, newest first. Query: outcome, q (part of the path, or a correlation id)."""
    filters = _filters()
    page = queries.list_calls(filters, after=request.args.get("after"), before=request.args.get("before"))
    return render_template("sync/calls.html", page=page, filters=filters)


@bp.get("/calls/export.csv")
def export_calls() -> ResponseReturnValue:
    """The filtered call log as CSV, without bodies."""
    filters = _filters()
    return spreadsheet("calls-to-xero.csv", call_lines(queries.every_call(filters)))


@bp.get("/calls/<uuid:call_id>")
def call(call_id: UUID) -> ResponseReturnValue:
    """One call with what was sent and answered, secrets removed."""
    return render_template("sync/call.html", call=queries.find_call(call_id) or abort(404))
