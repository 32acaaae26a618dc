"""Gaps of the stream: noticed when deliveries are counted, closed by reading what has changed.

Which organisation a missed event was of nobody can know, so each practice with a live connection reads its changes,
contacts and invoices, one call or few, and keeps the gap with the operation that reads the contacts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update

from app import lookups
from app.extensions import db
from app.models import WebhookGap, WebhookStream, WebhookStreamGap, now
from app.sync.connections import live_connection
from app.sync.contacts.pulling import plan_read_changes
from app.sync.invoices.asking import poll
from app.sync.webhooks.sequence import Count, Missing, count_on, still_missing
from app.tenancy import company_scope

GRACE = timedelta(seconds=20)
"""So long a missing number may only be late: Xero sends several posts at once."""
MOST_MISSED = 1_000_000
"""More than that is shown as that."""


def count(stream: WebhookStream, posts: Iterable[tuple[int, int, datetime]]) -> None:
    """Count deliveries on the locked stream, opening and narrowing gaps (not committed). A post: its first and last
    number, and when the latest of it happened.

    Those that are counted together may have overtaken one another: they are put in order first.
    """
    rows = db.session.scalars(select(WebhookStreamGap).where(WebhookStreamGap.state == "open")).all()
    present = now()
    gaps = {_missing(row): row.noticed_at for row in rows}
    counted = Count(stream.highest, stream.highest_at)
    for first, last, at in sorted(posts):
        gaps = {
            left: noticed_at for gap, noticed_at in gaps.items() for left in still_missing(gap, first, last)
        }
        counted, missing = count_on(counted, first, last, at)
        if missing:
            gaps[missing] = present
    stream.highest, stream.highest_at = counted.highest, counted.at
    for row in rows:
        if gaps.pop(_missing(row), None) is None:
            row.state = "arrived"
    db.session.add_all(_row(missing, noticed_at) for missing, noticed_at in gaps.items())


def _missing(row: WebhookStreamGap) -> Missing:
    return Missing(row.first_sequence, row.last_sequence, row.after, row.before)


def _row(missing: Missing, noticed_at: datetime) -> WebhookStreamGap:
    return WebhookStreamGap(
        first_sequence=missing.first,
        last_sequence=missing.last,
        after=missing.after,
        before=missing.before,
        noticed_at=noticed_at,
        state="open",
    )


def any_due() -> bool:
    """Whether a gap has outlived its grace (in an app context)."""
    due = select(WebhookStreamGap.id).where(
        WebhookStreamGap.state == "open", WebhookStreamGap.noticed_at <= now() - GRACE
    )
    return db.session.scalar(due.limit(1)) is not None


def hand_on(app: Flask) -> int:
    """Plan a read of changes in every connected practice for the gaps that outlived their grace; how many gaps."""
    with app.app_context():
        due = db.session.scalars(
            select(WebhookStreamGap).where(
                WebhookStreamGap.state == "open", WebhookStreamGap.noticed_at <= now() - GRACE
            )
        ).all()
        company_ids = lookups.company_ids(db.session) if due else []
        db.session.expunge_all()
        db.session.rollback()
    handed_on = set(due)
    for company_id in company_ids:
        handed_on -= set(_close_in(app, company_id, due))
    if handed_on:
        with app.app_context():
            gone = WebhookStreamGap.id.in_([gap.id for gap in handed_on])
            db.session.execute(update(WebhookStreamGap).where(gone).values(state="handed_on"))
            db.session.commit()
    return len(handed_on)


def _close_in(app: Flask, company_id: UUID, due: Sequence[WebhookStreamGap]) -> Sequence[WebhookStreamGap]:
    """Plan the company's read; the gaps for which that must be tried again."""
    with app.app_context(), company_scope(company_id):
        connection = live_connection()
        if connection is None:
            return []
        ids = [gap.id for gap in due]
        known = set(
            db.session.scalars(select(WebhookGap.stream_gap_id).where(WebhookGap.stream_gap_id.in_(ids)))
        )
        new = [gap for gap in due if gap.id not in known]
        if not new:
            return []
        operation, invoices = plan_read_changes(connection), poll(connection)
        if "running" in {operation.state, invoices.state if invoices else ""}:
            # It may have asked Xero before the gap arose: the next look plans another.
            db.session.rollback()
            return new
        for gap in new:
            missed = min(gap.last_sequence - gap.first_sequence + 1, MOST_MISSED)
            db.session.add(
                WebhookGap(
                    stream_gap_id=gap.id,
                    missed=missed,
                    after=gap.after,
                    before=gap.before,
                    operation_id=operation.id,
                )
            )
        db.session.commit()
        return []
