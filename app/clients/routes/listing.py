"""The list of clients."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.clients import queries
from app.clients.filters import order_of, read_filters
from app.clients.forms import KIND_WORDS
from app.clients.routes.blueprint import bp
from app.clients.tags import all_tags, tags_of
from app.paging import count_label


@bp.get("")
def index() -> ResponseReturnValue:
    """Clients, by name. Query: q, office, tag, kind, xero (yes, no), requests (yes, no), archived (1), sort (name,
    number or created), direction (asc or desc), after or before."""
    asked = request.args
    filters = read_filters(asked)
    sort, descending = order_of(asked)
    page = queries.list_clients(
        filters, sort=sort, descending=descending, after=asked.get("after"), before=asked.get("before")
    )
    count = queries.count_clients(filters)
    return render_template(
        "clients/index.html",
        page=page,
        tags=tags_of(row.id for row in page.rows),
        survivors=queries.survivors_of(page.rows),
        sort=sort,
        direction="desc" if descending else "asc",
        count=count,
        count_label=count_label(count),
        offices=queries.offices(),
        every_tag=all_tags(),
        kinds=KIND_WORDS,
    )
