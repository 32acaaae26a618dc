"""Settings → Integrations → Xero → Webhooks: whether news arrives, what came, and what was missed."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.demonstration.simulated import send_webhook
from app.errors import WrongState
from app.extensions import db, settings
from app.models import ContactMapping
from app.sync.connections import current_connection
from app.webhooks import queries, words
from app.webhooks.blueprint import bp

ADDRESS = "/api/webhooks/xero"


@bp.get("/settings/integrations/xero/webhooks")
def index() -> ResponseReturnValue:
    """How the webhook stands, and the practice's events, newest first. Query: outcome, category, after, before."""
    outcome, category = request.args.get("outcome"), request.args.get("category")
    filters = queries.EventFilters(
        outcome if outcome in queries.OUTCOMES else None, category if category in queries.CATEGORIES else None
    )
    page = queries.list_events(filters, after=request.args.get("after"), before=request.args.get("before"))
    return render_template(
        "webhooks/index.html",
        address=settings().public_url + ADDRESS,
        receiver=queries.receiver(),
        connection=current_connection(),
        page=page,
        filters=filters,
        gaps=queries.latest_gaps(),
        kept=queries.kept_events(),
        words=words,
        demonstration=settings().demo,
    )


@bp.post("/settings/integrations/xero/webhooks/test")
def test() -> ResponseReturnValue:
    """In the demonstration: have the simulator send news of one of the practice's contacts."""
    if not settings().demo:
        abort(404)
    connection = current_connection()
    if connection is None:
        raise WrongState("This practice is not connected to Xero, so there is nothing to send news of.")
    mapped = select(ContactMapping.xero_contact_id).where(ContactMapping.connection_id == connection.id)
    contact_id = db.session.scalar(mapped.order_by(ContactMapping.contact_name, ContactMapping.id).limit(1))
    xero_tenant_id = connection.xero_tenant_id
    db.session.commit()
    problem = send_webhook(xero_tenant_id, contact_id)
    if problem:
        flash(problem, "error")
    else:
        flash("The simulator sends news of a contact now. Load this page again in a moment.", "success")
    return redirect(url_for("webhooks.index"))
