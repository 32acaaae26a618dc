"""Billing many completed requests: choose, check what will be written, press once, watch it."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company, the_viewer
from app.catalogue.choices import filter_choices
from app.documents.asking import today_of
from app.errors import Problem
from app.extensions import db
from app.invoices import billable, bulk, preview, queries, sending, words
from app.invoices.drafting import PRICE, TIME, WHAT
from app.invoices.routes.blueprint import bp
from app.invoices.routes.sending import picked, tell_refused
from app.paging import MOST_COUNTED, count_label
from app.sync.connections import current_connection

LIST_ARGUMENTS = ("q", "service", "office", "client", "since")


@bp.get("/bill")
def bill() -> ResponseReturnValue:
    """Completed requests without an invoice that counts. Query: q, service, office, client, since (a day), after or
    before."""
    asked = request.args
    filters = billable.read_filters(asked, the_company().time_zone)
    count, worth = billable.count_billable(filters)
    return render_template(
        "invoices/bill.html",
        page=billable.list_billable(filters, after=asked.get("after"), before=asked.get("before")),
        count=count,
        count_label=count_label(count),
        worth=worth if count <= MOST_COUNTED else None,
        choices=filter_choices(),
        connected=current_connection() is not None,
        most=sending.MOST,
        words=words,
    )


@bp.post("/bill")
def check_bill() -> ResponseReturnValue:
    """What billing these would write and send; nothing is changed. Form: ids, or all_matching with the list's filters;
    what (price, time or both)."""
    what = _what()
    try:
        plan = preview.of_requests(
            _chosen_ids(), the_viewer(), with_time=what != PRICE, with_price=what != TIME
        )
    except Problem as problem:
        return _back(problem)
    return render_template(
        "invoices/check_bill.html", plan=plan, what=what, ids=plan.request_ids, words=words
    )


@bp.post("/bill/confirmed")
def bill_many() -> ResponseReturnValue:
    """Form: ids (of requests), what, send (1: send the drafts too)."""
    what, send = _what(), request.form.get("send") == "1"
    try:
        done = bulk.bill_many(
            picked("ids"), the_viewer(), with_time=what != PRICE, with_price=what != TIME, send=send
        )
    except Problem as problem:
        return _back(problem)
    db.session.commit()
    tell_refused(done.refused)
    if not done.drafted:
        return redirect(url_for(".bill"))
    return redirect(url_for(".sent", drafted=done.at.isoformat()))


@bp.get("/sent")
def sent() -> ResponseReturnValue:
    """What became of invoices that were drafted or sent in one go, live. Query: drafted or asked: the instant that they
    carry."""
    drafted, asked = _instant("drafted"), _instant("asked")
    rows = queries.drafted_at(drafted, sending.MOST) if drafted else []
    rows = queries.asked_at(asked, sending.MOST) if asked else rows
    return render_template(
        "invoices/sent.html",
        rows=rows,
        moving=sum(row.push_state == "to_send" for row in rows),
        done=sum(row.push_state == "sent" for row in rows),
        asked=sum(row.push_state != "new" for row in rows),
        today=today_of(the_company()),
    )


def _instant(name: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _what() -> str:
    what = request.form.get("what", PRICE)
    return what if what in WHAT else PRICE


def _chosen_ids() -> list[UUID]:
    if request.form.get("all_matching"):
        filters = billable.read_filters(request.form, the_company().time_zone)
        return billable.matching_ids(filters, sending.MOST + 1)
    return picked("ids")


def _back(problem: Problem) -> ResponseReturnValue:
    """To the list as it was filtered, with what was wrong; nothing was changed."""
    said = " ".join(sentences[0] for sentences in problem.fields.values()) or problem.message
    db.session.rollback()
    flash(f"{said} Nothing was changed.", "error")
    filtered = {name: request.form[name] for name in LIST_ARGUMENTS if request.form.get(name)}
    return redirect(f"{url_for('.bill')}?{urlencode(filtered)}" if filtered else url_for(".bill"))
