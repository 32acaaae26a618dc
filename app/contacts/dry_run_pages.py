"""The pages of dry runs: what a sync would change now, and doing exactly that."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_viewer
from app.contacts import dry_runs as plans
from app.contacts.blueprint import bp
from app.contacts.overview import SETTINGS
from app.errors import WrongState
from app.extensions import db
from app.models import ContactPlan
from app.sync.connections import live_connection, needed_connection
from app.sync.contacts.fields import BY_NAME


@bp.get(f"{SETTINGS}/dry-runs")
def dry_runs() -> ResponseReturnValue:
    """The latest dry runs, and a button for a new one."""
    return render_template(
        "contacts/dry_runs.html", runs=plans.latest(), connected=live_connection() is not None
    )


@bp.post(f"{SETTINGS}/dry-runs")
def begin_dry_run() -> ResponseReturnValue:
    plan_id = plans.begin(needed_connection(), the_viewer().name).id
    db.session.commit()
    return redirect(url_for("contacts.dry_run", plan_id=plan_id))


@bp.get(f"{SETTINGS}/dry-runs/<uuid:plan_id>")
def dry_run(plan_id: UUID) -> ResponseReturnValue:
    """One dry run, client by client and field by field. Query: what, after or before."""
    return _page(plans.find(plan_id) or abort(404))


@bp.post(f"{SETTINGS}/dry-runs/<uuid:plan_id>/do")
def do_dry_run(plan_id: UUID) -> ResponseReturnValue:
    """Do exactly this; whoever has moved since is left out."""
    plan = plans.find(plan_id, locked=True) or abort(404)
    try:
        plans.do(plan, needed_connection(), the_viewer().name)
    except WrongState as problem:
        db.session.rollback()
        return _page(plans.find(plan_id) or abort(404), problem)
    db.session.commit()
    flash("It is being carried out. Whoever has moved since is left out, and says so here.", "success")
    return redirect(url_for("contacts.dry_run", plan_id=plan_id))


def _page(plan: ContactPlan, problem: WrongState | None = None) -> ResponseReturnValue:
    kind = request.args.get("what") or None
    kind = kind if kind in plans.KINDS or kind == "left_out" else None
    page = plans.list_rows(plan.id, kind, after=request.args.get("after"), before=request.args.get("before"))
    done, left_out = plans.done_and_left_out(plan.id)
    return render_template(
        "contacts/dry_run.html",
        plan=plan,
        page=page,
        kind=kind,
        kinds=plans.KINDS,
        labels={name: field.label for name, field in BY_NAME.items()},
        done=done,
        left_out=left_out,
        trouble=plans.trouble_of(plan) if plan.state in ("reading", "doing") else None,
        problem=problem,
    ), (problem.status if problem else 200)
