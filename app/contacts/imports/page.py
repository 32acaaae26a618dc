"""The page of one import: how far it is, what to choose, what became of each contact."""

from uuid import UUID

from flask import make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.contacts.blueprint import bp
from app.contacts.imports import actions, queries, words
from app.contacts.imports.found import page_url, read_filters, the_import
from app.contacts.imports.rows import views
from app.errors import Problem
from app.integrations.queries import latest_connection
from app.models import ContactImport
from app.paging import count_label


@bp.get("/settings/integrations/xero/contacts/imports/<uuid:import_id>")
def import_page(import_id: UUID) -> ResponseReturnValue:
    """Query: kind, choice, outcome, q, after or before."""
    return show(the_import(import_id))


@bp.get("/settings/integrations/xero/contacts/imports/<uuid:import_id>/progress")
def import_progress(import_id: UUID) -> ResponseReturnValue:
    """How far it is, for the page that asks again and again; when it has come to rest, the page is loaded anew."""
    found = the_import(import_id)
    if request.headers.get("HX-Request") != "true":
        return redirect(page_url(found.id))
    moving = is_moving(found)
    response = make_response(
        render_template(
            "contacts/import_progress.html",
            found=found,
            moving=moving,
            counts=queries.counts_of(found.id) if found.phase != "preview" else queries.Counts(),
        )
    )
    if not moving:
        response.headers["HX-Redirect"] = page_url(found.id)
    return response


def is_moving(found: ContactImport) -> bool:
    """At work, with an operation that sees to it."""
    return found.state == "working" and not actions.can_resume(found)


def show(found: ContactImport, problem: Problem | None = None) -> ResponseReturnValue:
    """The page; with a problem, what was typed and the sentences at their rows."""
    filters = read_filters()
    asked = request.args
    page = queries.list_rows(found.id, filters, after=asked.get("after"), before=asked.get("before"))
    problems = {name: sentences[0] for name, sentences in problem.fields.items()} if problem else {}
    body = render_template(
        "contacts/import.html",
        found=found,
        page=page,
        rows=views(page.rows),
        filters=filters,
        counts=queries.counts_of(found.id),
        count=count_label(queries.count_rows(found.id, filters)),
        state=words.state_of(found),
        moving=is_moving(found),
        can_resume=actions.can_resume(found),
        can_undo=actions.can_undo(found),
        connection=latest_connection(),
        problems=problems,
        typed=request.form if problem else {},
    )
    return body, problem.status if problem else 200
