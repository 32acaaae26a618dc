"""`/api/requests`: list, add, read, change, history, comments. Assigning is in `assign`."""

from uuid import UUID

from flask import Blueprint, abort

from app.api.endpoint import endpoint
from app.api.requests import queries, shapes
from app.api.requests.answers import request_answer
from app.auth.viewer import the_company, the_viewer
from app.extensions import db
from app.models import ServiceRequest
from app.requests import actions
from app.requests.filters import RequestFilters
from app.requests.queries import find_request

bp = Blueprint("api_requests", __name__, url_prefix="/api/requests")
TAG = "Service requests"


@bp.get("")
@endpoint(summary="List requests", tag=TAG, query=shapes.RequestQuery, answer=shapes.RequestPage)
def index(query: shapes.RequestQuery) -> shapes.RequestPage:
    """Newest first. `q` looks for a reference, its number, a client's number or the beginning of a word of
    their name."""
    given = query.model_dump(exclude={"limit", "cursor", "job", "q"})
    filters = RequestFilters(**given, xero=query.job, q=query.q or "")
    page = queries.list_requests(filters, after=query.cursor, size=query.limit)
    return shapes.RequestPage(items=[request_answer(row) for row in page.rows], next_cursor=page.next)


@bp.post("")
@endpoint(summary="Add a request", tag=TAG, body=shapes.NewRequest, answer=shapes.Request, status=201)
def create(body: shapes.NewRequest) -> shapes.Request:
    """The request is new and nobody's; assign it to have its job made in Xero."""
    made = actions.create_request(the_company(), **body.model_dump(), by=the_viewer())
    made_id = made.id
    db.session.commit()
    return shown(made_id)


@bp.get("/<uuid:request_id>")
@endpoint(summary="Read a request", tag=TAG, answer=shapes.Request)
def show(request_id: UUID) -> shapes.Request:
    """With where its job stands in Xero (`job`), in a word for programs and a sentence for people."""
    return shown(request_id)


@bp.patch("/<uuid:request_id>")
@endpoint(summary="Change a request", tag=TAG, body=shapes.RequestChange, answer=shapes.Request)
def change(request_id: UUID, body: shapes.RequestChange) -> shapes.Request:
    """Its details, its status, or both (then all of it or nothing)."""
    service_request, viewer = found(request_id), the_viewer()
    details = body.model_dump(exclude_unset=True)
    status = details.pop("status", service_request.status)
    if details:
        actions.edit(service_request, viewer, **details)
    if status != service_request.status:
        actions.move(service_request, status, viewer)
    db.session.commit()
    return shown(request_id)


@bp.get("/<uuid:request_id>/history")
@endpoint(summary="Read a request's history", tag=TAG, query=shapes.EventQuery, answer=shapes.EventPage)
def history(request_id: UUID, query: shapes.EventQuery) -> shapes.EventPage:
    """What happened and what was said, newest first."""
    found(request_id)
    page = queries.list_events(request_id, after=query.cursor, size=query.limit)
    items = [shapes.Event.model_validate(row) for row in page.rows]
    return shapes.EventPage(items=items, next_cursor=page.next)


@bp.post("/<uuid:request_id>/comments")
@endpoint(summary="Comment on a request", tag=TAG, body=shapes.NewComment, answer=shapes.Event, status=201)
def comment(request_id: UUID, body: shapes.NewComment) -> shapes.Event:
    """Among the staff, or with `"internal": false` for the client's portal as well."""
    event = actions.comment(found(request_id), body.text, the_viewer(), body.internal)
    db.session.commit()
    return shapes.Event.model_validate(event)


def found(request_id: UUID) -> ServiceRequest:
    """The request, or 404."""
    return find_request(request_id) or abort(404)


def shown(request_id: UUID) -> shapes.Request:
    """The request as it is now, or 404."""
    return request_answer(queries.one_row(request_id) or abort(404))
