"""The sync log, and what is stuck and why."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import (
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company, the_viewer
from app.checks import one_line
from app.errors import WrongState
from app.extensions import db
from app.models import Operation
from app.paging import count_label
from app.spreadsheets import spreadsheet
from app.sync import operations
from app.synclog import actions, queries, stuck, words
from app.synclog.blueprint import bp
from app.synclog.call_queries import calls_of
from app.synclog.export import csv_lines


@bp.app_context_processor
def _words() -> dict[str, Any]:
    return {"sync_words": words}


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    # At the ends of the calendar a day has no midnight in UTC, or no day after it.
    return day if date.min.year < day.year < date.max.year else None


def _filters() -> queries.LogFilters:
    asked = request.args
    return queries.LogFilters(
        state=asked.get("state") if asked.get("state") in words.STATES else None,
        kind=asked.get("kind") if asked.get("kind") in operations.KINDS else None,
        q=asked.get("q", "")[:100],
        since=_day("since"),
        until=_day("until"),
        error_code=one_line(asked.get("error")) or None,
        time_zone=the_company().time_zone,
    )


@bp.get("")
def index() -> ResponseReturnValue:
    """Operations, newest first. Query: state, kind, q, since, until, error, after or before."""
    filters = _filters()
    page = queries.list_operations(
        filters, after=request.args.get("after"), before=request.args.get("before")
    )
    return render_template(
        "sync/index.html", page=page, filters=filters, count=count_label(queries.count_operations(filters))
    )


@bp.get("/export.csv")
def export() -> ResponseReturnValue:
    """The filtered log as CSV."""
    filters = _filters()
    return spreadsheet("sync-log.csv", csv_lines(queries.every_operation(filters)))


def _found(operation_id: UUID) -> Operation:
    return queries.find_operation(operation_id) or abort(404)


@bp.get("/<uuid:operation_id>")
def operation(operation_id: UUID) -> ResponseReturnValue:
    """One operation with its steps and calls."""
    return _page(_found(operation_id))


def _page(operation: Operation, problem: WrongState | None = None) -> ResponseReturnValue:
    cause = queries.find_cause(operation.cause_id) if operation.cause_id else None
    page = render_template(
        "sync/operation.html",
        operation=operation,
        cause=cause,
        steps=queries.steps_of(operation.id),
        calls=calls_of(operation.id),
        problem=problem,
    )
    return page, problem.status if problem else 200


@bp.post("/<uuid:operation_id>/retry")
def retry(operation_id: UUID) -> ResponseReturnValue:
    found = queries.find_operation(operation_id, locked=True) or abort(404)
    try:
        actions.retry(found, the_viewer().name)
    except WrongState as problem:
        db.session.rollback()
        return _page(_found(operation_id), problem)
    db.session.commit()
    flash(f"{found.subject_label} is being tried again.", "success")
    return redirect(url_for("sync.operation", operation_id=operation_id))


@bp.post("/<uuid:operation_id>/cancel")
def cancel(operation_id: UUID) -> ResponseReturnValue:
    found = queries.find_operation(operation_id, locked=True) or abort(404)
    try:
        actions.cancel(found)
    except WrongState as problem:
        db.session.rollback()
        return _page(_found(operation_id), problem)
    db.session.commit()
    flash(f"{found.subject_label} was cancelled.", "success")
    return redirect(url_for("sync.operation", operation_id=operation_id))


@bp.get("/causes")
def causes() -> ResponseReturnValue:
    """What is stuck: one card a cause, then what has failed, by kind of error."""
    cards = stuck.cards()
    return render_template(
        "sync/causes.html",
        cards=cards,
        blocked=stuck.operations_of(cards),
        failed=[(group, queries.failed_examples(group.error_code)) for group in queries.failed_groups()],
    )


@bp.post("/causes/retry")
def retry_group() -> ResponseReturnValue:
    """Try again everything that failed with one error."""
    again, left = actions.retry_group(one_line(request.form.get("error")), the_viewer().name)
    db.session.commit()
    more = " There are more: press it again when these are through." if left else ""
    flash(f"{again} {'is' if again == 1 else 'are'} being tried again.{more}", "success")
    return redirect(url_for("sync.causes"))
