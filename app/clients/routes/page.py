"""The page of one client, archiving and bringing back."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company
from app.clients import actions, queries
from app.clients.attention import needing_attention
from app.clients.forms import FOUND_BY_WORDS, KIND_WORDS, TagForm
from app.clients.history import history_of
from app.clients.routes.blueprint import bp
from app.clients.tags import all_tags, tags_of
from app.documents import queries as documents
from app.documents import words as paper_words
from app.documents.asking import today_of
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import Client
from app.sync.contacts.shown import standing_of


def find(client_id: UUID) -> Client:
    """The client of this company; 404 for another's, exactly as for one that does not exist."""
    return queries.find_client(client_id) or abort(404)


@bp.get("/<uuid:client_id>")
def page(client_id: UUID) -> ResponseReturnValue:
    client = find(client_id)
    if client.merged_into_id is not None:
        flash(f"{client.name} ({client.number}) was merged into this client.", "info")
        return redirect(url_for(".page", client_id=client.merged_into_id))
    return show(client)


def show(client: Client, problem: Problem | None = None, form: TagForm | None = None) -> ResponseReturnValue:
    """The client's page; with a problem at the tag that was typed, or above everything."""
    client_id = client.id
    if problem is not None:
        db.session.rollback()
    status = form.show(problem) if problem and form else problem.status if problem else 200
    return render_template(
        "clients/page.html",
        client=client,
        kind=KIND_WORDS[client.kind],
        attention=needing_attention(client),
        standing=standing_of(client_id),
        requests=queries.requests_of(client_id),
        invoices=queries.invoices_of(client_id),
        today=today_of(the_company()),
        tags=tags_of([client_id])[client_id],
        every_tag=all_tags(),
        tag_form=form or TagForm(formdata=None),
        people=queries.portal_people(client_id),
        contacts=queries.contacts_of(client_id),
        found_by=FOUND_BY_WORDS,
        history=history_of(client_id),
        asks=documents.open_asks_of_client(client_id),
        papers=documents.documents_of_client(client_id),
        paper_words=paper_words,
        form=form,
        problem=None if form else problem,
    ), status


@bp.post("/<uuid:client_id>/archive")
def archive(client_id: UUID) -> ResponseReturnValue:
    client = find(client_id)
    try:
        actions.archive_client(client)
    except WrongState as problem:
        return show(client, problem)
    db.session.commit()
    flash(f"{client.name} was archived.", "success")
    return redirect(url_for(".page", client_id=client.id))


@bp.post("/<uuid:client_id>/unarchive")
def unarchive(client_id: UUID) -> ResponseReturnValue:
    client = find(client_id)
    try:
        actions.unarchive_client(client)
    except WrongState as problem:
        return show(client, problem)
    db.session.commit()
    flash(f"{client.name} is back among the clients.", "success")
    return redirect(url_for(".page", client_id=client.id))
