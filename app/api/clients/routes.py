"""`/api/clients`."""

from uuid import UUID

from flask import Blueprint, abort

from app.api.clients import shapes
from app.api.endpoint import endpoint
from app.api.shapes import Named
from app.clients import actions, queries
from app.extensions import db
from app.models import Client

bp = Blueprint("api_clients", __name__, url_prefix="/api/clients")
TAG = "Clients"


@bp.get("")
@endpoint(summary="List clients", tag=TAG, query=shapes.ClientQuery, answer=shapes.ClientPage)
def index(query: shapes.ClientQuery) -> shapes.ClientPage:
    """By name. `q` looks for the beginning of a word of the name, of the number or of the e-mail address."""
    filters = queries.ClientFilters(
        q=query.q or "", office_id=query.office_id, kind=query.kind, archived=query.archived
    )
    page = queries.list_clients(filters, after=query.cursor, size=query.limit)
    items = [
        shapes.Client.model_validate(
            {**row._mapping, "office": Named(id=row.office_id, name=row.office) if row.office_id else None}
        )
        for row in page.rows
    ]
    return shapes.ClientPage(items=items, next_cursor=page.next)


@bp.post("")
@endpoint(summary="Add a client", tag=TAG, body=shapes.NewClient, answer=shapes.Client, status=201)
def create(body: shapes.NewClient) -> shapes.Client:
    """The contact in Xero is found or made when the client's first request is assigned."""
    client = actions.create_client(**body.model_dump())
    db.session.commit()
    return shapes.Client.model_validate(client)


@bp.get("/<uuid:client_id>")
@endpoint(summary="Read a client", tag=TAG, answer=shapes.Client)
def show(client_id: UUID) -> shapes.Client:
    return shapes.Client.model_validate(_find(client_id))


@bp.patch("/<uuid:client_id>")
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
    return shapes.Client.model_validate(client)


def _find(client_id: UUID) -> Client:
    return queries.find_client(client_id) or abort(404)
