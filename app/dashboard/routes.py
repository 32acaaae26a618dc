"""The first page after signing in, by role: what needs me, what is late, what is stuck and why."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import Viewer, the_viewer
from app.charts import weekly_bars
from app.dashboard import queries
from app.dashboard.guide import guide, read_progress
from app.errors import answer_error
from app.integrations.queries import jobless
from app.requests.checks import today_in
from app.requests.filters import WEEK_DAYS
from app.synclog.stuck import cards

bp = Blueprint("dashboard", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Staff see their dashboard; clients are sent to the portal, people without a practice to choose one."""
    viewer = the_viewer()
    if viewer.company is None:
        return redirect(url_for("platform.index" if viewer.super_admin else "auth.companies"))
    if viewer.company.suspended and viewer.role != "super":
        return answer_error(403, "suspended", viewer.company.why_suspended)
    if viewer.role == "client":
        return redirect(url_for("portal.index"))
    if viewer.role == "accountant":
        return _accountant(viewer, today_in(viewer.company.time_zone))
    return _admin(viewer.company.time_zone) if viewer.is_admin else abort(404)


def _admin(time_zone: str) -> str:
    today = today_in(time_zone)
    numbers, progress = queries.figures(today), read_progress()
    return render_template(
        "dashboard/admin.html",
        today=today,
        numbers=numbers,
        guide=guide(progress),
        jobless=jobless() if progress.status == "connected" else None,
        unassigned=queries.oldest_unassigned() if numbers.unassigned else [],
        late=queries.latest_due(today) if numbers.late else [],
        stuck=cards(),
        failed=queries.failed_jobs(),
        made=queries.jobs_made(),
        chart=weekly_bars(
            "Requests received and completed",
            queries.weeks(time_zone),
            ("Received", "Completed"),
            side_by_side=True,
        ),
    )


@dataclass
class Pile:
    """Requests of one urgency."""

    title: str
    text: str
    rows: list[Any] = field(default_factory=list)


def _accountant(viewer: Viewer, today: date) -> str:
    page = queries.work_of(viewer.membership_id)
    stuck = [row for row in page.rows if row.job_state in {"waiting", "failed"}]
    piles = _piles(page.rows, today)
    return render_template(
        "dashboard/accountant.html",
        today=today,
        piles=piles,
        stuck=stuck,
        count=len(page.rows),
        more=page.next,
    )


def _piles(rows: list[Any], today: date) -> list[Pile]:
    late = Pile("Late", "Past the due date, and not waiting for the client.")
    week = Pile("This week", "Due in the next 7 days.")
    later = Pile("Later", "Due after that.")
    waiting = Pile("Waiting for the client", "Nothing to do until they answer.")
    for row in rows:
        if row.status == "waiting":
            waiting.rows.append(row)
        elif row.due_on < today:
            late.rows.append(row)
        else:
            (week if row.due_on < today + timedelta(days=WEEK_DAYS) else later).rows.append(row)
    return [pile for pile in (late, week, later, waiting) if pile.rows]
