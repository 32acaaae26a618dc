"""The ignore list: contacts that imports pass over, until somebody takes them off it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.contacts.blueprint import bp
from app.contacts.imports import actions, queries
from app.extensions import db
from app.forms import NO_ID, as_id
from app.integrations.queries import latest_connection
from app.paging import Page, count_label


@bp.get("/settings/integrations/xero/contacts/ignored")
def ignored() -> ResponseReturnValue:
    """Query: q, after or before."""
    connection, asked = latest_connection(), request.args
    page, count = Page([], None, None), 0
    if connection is not None:
        page, count = queries.list_ignored(
            connection.id, asked.get("q", "")[:100], after=asked.get("after"), before=asked.get("before")
        )
    return render_template(
        "contacts/ignored.html",
        page=page,
        count=count_label(count),
        q=asked.get("q", ""),
        connection=connection,
    )


@bp.post("/settings/integrations/xero/contacts/ignored")
def take_back() -> ResponseReturnValue:
    """Form: ids, of those to take off the list."""
    ids = [one for text in request.form.getlist("ids") if (one := as_id(text)) not in {None, NO_ID}]
    taken = actions.no_longer_ignore(ids)
    db.session.commit()
    if taken:
        flash(
            f"{taken} {'contact is' if taken == 1 else 'contacts are'} looked at again by the next import.",
            "success",
        )
    else:
        flash("Choose at least one contact. Nothing was changed.", "error")
    return redirect(url_for("contacts.ignored"))
