"""Tags of one client, given and taken on its page."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from app.clients.forms import TagForm
from app.clients.routes.blueprint import bp
from app.clients.routes.page import find, show
from app.clients.tags import add_tag, find_tag, remove_tag
from app.errors import Problem
from app.extensions import db


@bp.post("/<uuid:client_id>/tags")
def tag(client_id: UUID) -> ResponseReturnValue:
    client, form = find(client_id), TagForm()
    try:
        add_tag(client, form.tag.data)
    except Problem as problem:
        return show(client, problem, form)
    db.session.commit()
    return redirect(url_for(".page", client_id=client_id, _anchor="tags"))


@bp.post("/<uuid:client_id>/tags/<uuid:tag_id>/remove")
def untag(client_id: UUID, tag_id: UUID) -> ResponseReturnValue:
    client = find(client_id)
    try:
        remove_tag(client, find_tag(tag_id))
    except Problem as problem:
        return show(client, problem)
    db.session.commit()
    return redirect(url_for(".page", client_id=client_id, _anchor="tags"))
