"""The list of invoices."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.auth.viewer import the_company
from app.catalogue.choices import filter_choices
from app.documents.asking import today_of
from app.extensions import db
from app.invoices import queries, words
from app.invoices.filters import InvoiceFilters, read_filters
from app.invoices.routes.blueprint import bp
from app.models import Client
from app.paging import count_label
from app.sync.connections import current_connection


@bp.get("")
def index() -> ResponseReturnValue:
    """Invoices, the newest first; what is owed by its due date. Query: q, status, client, office, service, due (late or
    week), from and to (days of issue), after or before."""
    asked = request.args
    filters = read_filters(asked, today_of(the_company()))
    count = queries.count_invoices(filters)
    page = queries.list_invoices(filters, after=asked.get("after"), before=asked.get("before"))
    return render_template(
        "invoices/index.html",
        page=page,
        count=count,
        count_label=count_label(count),
        owed=queries.owed(filters),
        choices=filter_choices(),
        client=_client_name(filters, page.rows),
        connected=bool(page.rows) or current_connection() is not None,
        today=filters.today,
        words=words,
    )


def _client_name(filters: InvoiceFilters, rows: list[Any]) -> str | None:
    if filters.client_id is None or rows:
        return rows[0].client if filters.client_id else None
    return db.session.scalar(select(Client.name).where(Client.id == filters.client_id))
