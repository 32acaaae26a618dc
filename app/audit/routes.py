"""Settings → Audit log: what people did here and what they looked at, one entry with its before and after, exports."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from app.audit import queries, words
from app.audit.diff import lines_of
from app.audit.export import csv_lines, json_lines
from app.auth.viewer import the_company
from app.paging import count_label
from app.tenancy import company_scope

bp = Blueprint("audit", __name__, url_prefix="/settings/audit")


@bp.app_context_processor
def _words() -> dict[str, Any]:
    return {"audit_words": words}


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _id(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def _filters(known: Iterable[str]) -> queries.AuditFilters:
    asked = request.args
    who, what = asked.get("who", ""), asked.get("what", "")
    groups = {f"{slug.split('.')[0]}." for slug in known}
    return queries.AuditFilters(
        who=_id("who") or (who if who in words.ROLES else None),
        what=what if what in known or what in groups else None,
        subject=asked.get("subject", "")[:100],
        subject_id=_id("subject_id"),
        since=_day("since"),
        until=_day("until"),
        time_zone=the_company().time_zone,
    )


@bp.get("")
def index() -> ResponseReturnValue:
    """What was done, newest first. Query: who, what, subject, subject_id, since, until, after or before."""
    filters = _filters(words.ACTS)
    page = queries.list_events(filters, after=request.args.get("after"), before=request.args.get("before"))
    return render_template(
        "audit/index.html",
        page=page,
        filters=filters,
        people=queries.people_to_choose(),
        count=count_label(queries.count_events(filters)),
    )


@bp.get("/views")
def views() -> ResponseReturnValue:
    """What was looked at, newest first. Query: as `index`."""
    filters = _filters(words.LOOKS)
    page = queries.list_views(filters, after=request.args.get("after"), before=request.args.get("before"))
    return render_template(
        "audit/views.html",
        page=page,
        filters=filters,
        people=queries.people_to_choose(),
        count=count_label(queries.count_views(filters)),
    )


@bp.get("/<uuid:event_id>")
def entry(event_id: UUID) -> ResponseReturnValue:
    """One entry with what changed."""
    event = queries.find_event(event_id) or abort(404)
    names = queries.names_of(event.before or {}) | queries.names_of(event.after or {})
    return render_template(
        "audit/entry.html",
        event=event,
        lines=lines_of(event.before, event.after, names),
        together=queries.together_with(event),
    )


@bp.get("/export.csv")
def export_csv() -> ResponseReturnValue:
    """The filtered log for a spreadsheet, streamed."""
    return _file("csv", "text/csv", lambda rows, _company: csv_lines(rows))


@bp.get("/export.jsonl")
def export_json() -> ResponseReturnValue:
    """The filtered log as JSON lines, streamed."""
    return _file("jsonl", "application/jsonl", json_lines)


def _file(
    suffix: str, mimetype: str, write: Callable[[Iterable[Row[Any]], UUID], Iterator[str]]
) -> ResponseReturnValue:
    filters, company_id = _filters(words.ACTS), the_company().id
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def lines() -> Iterator[str]:
        # The request, its session and its scope are over when the server begins to read.
        with app.app_context(), company_scope(company_id):
            yield from write(queries.every_event(filters), company_id)

    return Response(
        lines(),
        mimetype=mimetype,
        headers={
            "Content-Disposition": f'attachment; filename="audit-log.{suffix}"',
            "Cache-Control": "no-store",
        },
    )
