"""The usage page."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company
from app.charts import daily_bars
from app.synclog.words import kind_name
from app.usage import api, words  # noqa: F401  api hangs its route on the blueprint
from app.usage.blueprint import bp
from app.usage.report import make_report

SERIES = ("Fine", "Refused by a limit", "Failed")


@bp.get("/usage")
def index() -> ResponseReturnValue:
    """Calls to Xero: used, left, and needed by what waits."""
    report = make_report(the_company().time_zone)
    chart = daily_bars(
        "Calls by day", [(day, counts.parts) for day, counts in report.calls.days], SERIES, noun="call"
    )
    return render_template("usage/index.html", report=report, chart=chart, words=words, kind_name=kind_name)
