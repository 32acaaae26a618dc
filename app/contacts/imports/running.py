"""Check your answers, run, pause, go on, give up, undo."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_viewer
from app.contacts.blueprint import bp
from app.contacts.imports import actions, queries
from app.contacts.imports.found import page_url, the_import
from app.errors import WrongState
from app.extensions import db
from app.integrations.queries import latest_connection
from app.models import ContactImport
from app.sync.connections import governor
from app.sync.contacts import undoing

NAMED = 20
A_SECOND = 300
"""Contacts that are imported in a second, about."""


@bp.get("/settings/integrations/xero/contacts/imports/<uuid:import_id>/check")
def check(import_id: UUID) -> ResponseReturnValue:
    """What would happen: counts, calls, time, and what has moved since the preview. Nothing is changed."""
    found = the_import(import_id)
    if (found.phase, found.state) != ("preview", "ready"):
        return redirect(page_url(import_id))
    counts = queries.counts_of(found.id)
    to_do = sum(counts.choices.get(one, 0) for one in ("import", "match", "ignore"))
    connection = latest_connection()
    moved, examples = queries.moved(found.id, NAMED)
    return render_template(
        "contacts/import_check.html",
        found=found,
        counts=counts,
        to_do=to_do,
        seconds=-(-to_do // A_SECOND),
        moved=moved,
        examples=examples,
        usage=governor().snapshot(connection.xero_tenant_id) if connection and connection.is_live else None,
        connection=connection,
    )


@bp.post("/settings/integrations/xero/contacts/imports/<uuid:import_id>/run")
def run(import_id: UUID) -> ResponseReturnValue:
    """Form: version, of the choices that were shown."""
    version = request.form.get("version", type=int)

    def confirm(found: ContactImport) -> None:
        actions.confirm(found, -1 if version is None else version, the_viewer().name)

    return _act(import_id, confirm, None)


@bp.post("/settings/integrations/xero/contacts/imports/<uuid:import_id>/pause")
def pause(import_id: UUID) -> ResponseReturnValue:
    return _act(import_id, actions.pause, "It stops after the portion under way. Go on whenever you like.")


@bp.post("/settings/integrations/xero/contacts/imports/<uuid:import_id>/resume")
def resume(import_id: UUID) -> ResponseReturnValue:
    return _act(import_id, lambda found: actions.resume(found, the_viewer().name), "It goes on.")


@bp.post("/settings/integrations/xero/contacts/imports/<uuid:import_id>/cancel")
def cancel(import_id: UUID) -> ResponseReturnValue:
    return _act(import_id, actions.cancel, "It was given up. What was done stays done.")


@bp.get("/settings/integrations/xero/contacts/imports/<uuid:import_id>/undo")
def undo_check(import_id: UUID) -> ResponseReturnValue:
    """What an undo would take back, and what would stay and why. Nothing is changed."""
    found = the_import(import_id)
    if not actions.can_undo(found):
        return redirect(page_url(import_id))
    seen = undoing.obstacles(import_id)
    going = {outcome: count for (outcome, reason), count in seen.items() if reason is None}
    staying: dict[str, int] = {}
    for (_, reason), count in seen.items():
        if reason is not None:
            staying[reason] = staying.get(reason, 0) + count
    return render_template(
        "contacts/import_undo.html",
        found=found,
        going=going,
        staying=staying,
        reasons=undoing.REASONS,
        examples=undoing.staying(import_id, 50),
    )


@bp.post("/settings/integrations/xero/contacts/imports/<uuid:import_id>/undo")
def undo(import_id: UUID) -> ResponseReturnValue:
    return _act(import_id, lambda found: actions.undo(found, the_viewer().name), None)


def _act(import_id: UUID, act: Callable[[ContactImport], None], said: str | None) -> ResponseReturnValue:
    found = the_import(import_id, locked=True)
    try:
        act(found)
    except WrongState as problem:
        db.session.rollback()
        flash(problem.message, "error")
        return redirect(page_url(import_id))
    db.session.commit()
    if said:
        flash(said, "success")
    return redirect(page_url(import_id))
