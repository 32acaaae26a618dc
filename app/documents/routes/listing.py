"""Documents of all clients: what is to be checked, what is missing, everything."""

from dataclasses import replace
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company
from app.documents import queries, words
from app.documents.asking import today_of
from app.documents.filters import DocumentFilters, read_filters
from app.documents.routes.blueprint import bp
from app.paging import count_label
from app.sync import files


@bp.get("")
def index() -> ResponseReturnValue:
    """What waits to be checked, the longest waiting first. Query: q, client, request, type, year, after or before."""
    filters = replace(_filters(), state="uploaded", filed=None)
    page = queries.list_documents(filters, oldest_first=True, **_place())
    return _list("documents/to_check.html", filters, page=page, count=queries.count_documents(filters))


@bp.get("/missing")
def missing() -> ResponseReturnValue:
    """What was asked for and has not come, by due date. Query: q, client, request, service, type, year, due, required
    (1), after or before."""
    filters = _filters()
    page = queries.list_missing(filters, **_place())
    return _list("documents/missing.html", filters, page=page, count=queries.count_missing(filters))


@bp.get("/all")
def everything() -> ResponseReturnValue:
    """All documents, the newest first. Query: q, client, request, type, year, state, filed, after or before."""
    filters = _filters()
    page = queries.list_documents(filters, **_place())
    return _list(
        "documents/all.html",
        filters,
        page=page,
        count=queries.count_documents(filters),
        not_filed=files.waiting_to_be_filed(),
    )


def _filters() -> DocumentFilters:
    return read_filters(request.args, today_of(the_company()))


def _place() -> dict[str, Any]:
    return {"after": request.args.get("after"), "before": request.args.get("before")}


def _list(template: str, filters: DocumentFilters, *, count: int, **shown: Any) -> str:
    client, found = queries.find_client(filters.client_id), queries.find_request(filters.service_request_id)
    return render_template(
        template,
        count=count,
        count_label=count_label(count),
        to_check=queries.count_documents(DocumentFilters(state="uploaded")),
        missing=queries.count_missing(DocumentFilters()),
        types=[("", "Any type"), *((one, one) for one in queries.types_used())],
        years=[("", "Any year"), *((str(one), str(one)) for one in queries.years_used())],
        client=client.name if client else None,
        reference=found.reference if found else None,
        today=today_of(the_company()),
        words=words,
        **shown,
    )
