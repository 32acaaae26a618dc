"""The list of service requests."""

from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.auth.viewer import the_company, the_viewer
from app.catalogue.choices import filter_choices
from app.documents.queries import missing_by_request
from app.extensions import db
from app.models import Client
from app.paging import count_label
from app.requests import queries
from app.requests.checks import today_in
from app.requests.filters import SORTS, read_filters
from app.requests.routes.blueprint import bp


@bp.get("")
def index() -> ResponseReturnValue:
    """Requests, the newest first. Query: q, status, assignee, service, office, client, due, xero, sort
    (created or due), direction (asc or desc), after or before."""
    asked = request.args
    filters = read_filters(asked, the_viewer())
    sort = asked["sort"] if asked.get("sort") in SORTS else "created"
    descending = asked.get("direction", "asc" if sort == "due" else "desc") == "desc"
    count = queries.count_requests(filters)
    page = queries.list_requests(
        filters,
        sort=sort,
        descending=descending,
        after=asked.get("after"),
        before=asked.get("before"),
    )
    return render_template(
        "requests/index.html",
        page=page,
        count=count,
        count_label=count_label(count),
        sort=sort,
        direction="desc" if descending else "asc",
        accountants=queries.accountants(),
        choices=filter_choices(),
        missing=missing_by_request([row.id for row in page.rows]),
        client=_client_name(filters.client_id, page.rows),
        today=today_in(the_company().time_zone),
    )


def _client_name(client_id: UUID | None, rows: list[Any]) -> str | None:
    if client_id is None or rows:
        return rows[0].client if client_id else None
    return db.session.scalar(select(Client.name).where(Client.id == client_id))
