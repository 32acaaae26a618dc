"""All imports, and beginning one."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_viewer
from app.contacts.blueprint import bp
from app.contacts.imports import actions, queries, words
from app.errors import WrongState
from app.extensions import db
from app.integrations.queries import latest_connection


@bp.app_context_processor
def _words() -> dict[str, Any]:
    return {"import_words": words}


@bp.get("/settings/integrations/xero/contacts/imports")
def imports() -> ResponseReturnValue:
    """Imports, newest first. Query: after or before."""
    return _page()


@bp.post("/settings/integrations/xero/contacts/imports")
def begin() -> ResponseReturnValue:
    """Form: archived (1: archived contacts too)."""
    connection = latest_connection()
    try:
        made = actions.begin(
            connection, the_viewer().name, include_archived=request.form.get("archived") == "1"
        )
    except WrongState as problem:
        db.session.rollback()
        flash(problem.message, "error")
        return redirect(url_for("contacts.imports"))
    db.session.commit()
    return redirect(url_for("contacts.import_page", import_id=made.id))


def _page() -> str:
    connection = latest_connection()
    page = queries.list_imports(after=request.args.get("after"), before=request.args.get("before"))
    ongoing = queries.open_import(connection.id) if connection else None
    return render_template(
        "contacts/imports.html", page=page, connection=connection, ongoing=ongoing, state_of=words.state_of
    )
