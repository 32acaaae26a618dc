"""`/api/clients` and `/api/tags`."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort
from sqlalchemy import Row

from app.api.clients import shapes
from app.api.endpoint import endpoint
from app.api.shapes import Named
from app.clients import actions, merge, queries
from app.clients.filters import ClientFilters
from app.clients.tags import add_tag, all_tags, find_tag, remove_tag, tags_of
from app.errors import field_problem
from app.extensions import db
from app.models import Client

bp = Blueprint("api_clients", __name__, url_prefix="/api")
TAG = "Clients"


@bp.get("/clients")
@endpoint(summary="List clients", tag=TAG, query=shapes.ClientQuery, answer=shapes.ClientPage)
def index(query: shapes.ClientQuery) -> shapes.ClientPage:
    """By name, by number, or the newest first. `q` looks for the beginnings of words of the name, of the number, the
    e-mail address or a phone number: each word must begin one."""
    given = query.model_dump(exclude={"limit", "cursor", "sort", "q"})
    newest = query.sort == "created"
    page = queries.list_clients(
        ClientFilters(q=query.q or "", **given),
        sort=query.sort,
        descending=newest,
        after=query.cursor,
        size=query.limit,
    )
    return shapes.ClientPage(items=_answers(page.rows), next_cursor=page.next)


@bp.post("/clients")
@endpoint(summary="Add a client", tag=TAG, body=shapes.NewClient, answer=shapes.Client, status=201)
def create(body: shapes.NewClient) -> shapes.Client:
    """The contact in Xero is found or made when the client's first request is assigned, or at once where the practice
    wants that."""
    client_id = actions.create_client(**body.model_dump()).id
    db.session.commit()
    return _shown(client_id)


@bp.get("/clients/<uuid:client_id>")
@endpoint(summary="Read a client", tag=TAG, answer=shapes.Client)
def show(client_id: UUID) -> shapes.Client:
    """One who was merged into another is shown as they were, with that one's id in `merged_into_id`."""
    return _shown(client_id)


@bp.patch("/clients/<uuid:client_id>")
@endpoint(summary="Change a client", tag=TAG, body=shapes.ClientChange, answer=shapes.Client)
def change(client_id: UUID, body: shapes.ClientChange) -> shapes.Client:
    """An archived client is brought back with `"archived": false`, alone or with other changes."""
    client = _find(client_id)
    details = body.model_dump(exclude_unset=True)
    archived = details.pop("archived", None)
    if archived is False and client.archived_at:
        actions.unarchive_client(client)
    if details:
        actions.edit_client(client, **details)
    if archived and not client.archived_at:
        actions.archive_client(client)
    db.session.commit()
    return _shown(client_id)


@bp.post("/clients/<uuid:client_id>/archive")
@endpoint(summary="Archive a client", tag=TAG, answer=shapes.Client, errors=(409,))
def archive(client_id: UUID) -> shapes.Client:
    """Takes the client out of lists and choices; requests and history stay."""
    actions.archive_client(_find(client_id))
    db.session.commit()
    return _shown(client_id)


@bp.post("/clients/<uuid:client_id>/restore")
@endpoint(summary="Bring a client back", tag=TAG, answer=shapes.Client, errors=(409,))
def restore(client_id: UUID) -> shapes.Client:
    """The opposite of archiving; not for one who was merged into another."""
    actions.unarchive_client(_find(client_id))
    db.session.commit()
    return _shown(client_id)


@bp.post("/clients/<uuid:client_id>/merge")
@endpoint(
    summary="Merge another client into one", tag=TAG, body=shapes.Merging, answer=shapes.Client, errors=(409,)
)
def merge_into(client_id: UUID, body: shapes.Merging) -> shapes.Client:
    """The other one's requests, people, tags and, where this one has none, contact move here; the other one is
    archived for good. Contacts are merged in Xero's own pages only. It cannot be undone."""
    survivor, other = _find(client_id), queries.find_client(body.other_id)
    if other is None:
        raise field_problem("other_id", "There is no such client.")
    merge.check_pair(survivor, other)
    take = merge.gaps(survivor, other) if body.take is None else set(body.take)
    merge.merge(survivor, other, take)
    db.session.commit()
    return _shown(client_id)


@bp.post("/clients/<uuid:client_id>/tags")
@endpoint(summary="Give a client a tag", tag=TAG, body=shapes.NewTag, answer=shapes.Client)
def tag(client_id: UUID, body: shapes.NewTag) -> shapes.Client:
    """A tag that there is not yet is made; one that the client has stays as it is."""
    add_tag(_find(client_id), body.name)
    db.session.commit()
    return _shown(client_id)


@bp.delete("/clients/<uuid:client_id>/tags/<uuid:tag_id>")
@endpoint(summary="Take a tag from a client", tag=TAG, answer=shapes.Client)
def untag(client_id: UUID, tag_id: UUID) -> shapes.Client:
    """The tag itself stays."""
    client = _find(client_id)
    if tag_id not in {row.id for row in all_tags()}:
        abort(404)
    remove_tag(client, find_tag(tag_id))
    db.session.commit()
    return _shown(client_id)


@bp.get("/tags")
@endpoint(summary="List tags", tag=TAG, answer=shapes.TagPage)
def tags() -> shapes.TagPage:
    """All of the practice's."""
    return shapes.TagPage(items=[Named.model_validate(row) for row in all_tags()])


def _find(client_id: UUID) -> Client:
    return queries.find_client(client_id) or abort(404)


def _shown(client_id: UUID) -> shapes.Client:
    """The client as they are now, or 404."""
    return _answers([queries.one_row(client_id) or abort(404)])[0]


def _answers(rows: list[Row[Any]]) -> list[shapes.Client]:
    tags = tags_of(row.id for row in rows)
    return [
        shapes.Client.model_validate(
            {
                **row._mapping,
                "office": Named(id=row.office_id, name=row.office) if row.office_id else None,
                "tags": [Named.model_validate(one) for one in tags[row.id]],
            }
        )
        for row in rows
    ]
