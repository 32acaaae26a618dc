"""Sorting deliveries: to whose organisation does each event belong? Then that company takes it, behind its wall.

One sorts at a time: whoever holds the stream's row. A company's events are committed in a transaction of their own
before the delivery is marked as sorted, so a sorter that dies is followed by one that does it again, and an event
that was taken already is taken only once.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app import lookups
from app.extensions import db
from app.models import StrayEvent, WebhookDelivery, WebhookStream, database_now
from app.sync.webhooks import gaps
from app.sync.webhooks.arrivals import Arrival, by_key, by_organisation
from app.sync.webhooks.taking import take
from app.tenancy import company_scope
from app.xero.webhooks import Delivery, UnreadableWebhookError, read

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Deliveries in one go."""
LIVE = {"connected", "reconnect_needed"}
"""Connections whose events are acted on. One that nobody has confirmed yet may be a mistake: its events are kept."""


def sort(app: Flask) -> int:
    """Sort all that wait, then close gaps that are due; how many deliveries were sorted. Needs no context.

    Returns at once while somebody else sorts.
    """
    done, reached = 0, 0
    while True:
        sorted_now, reached_now = _sort_some(app, reached)
        done += sorted_now
        if reached_now == reached:
            break
        reached = reached_now
    gaps.hand_on(app)
    return done


def _sort_some(app: Flask, after: int) -> tuple[int, int]:
    """Sort some of the deliveries numbered above `after`: how many, and the number that was reached."""
    with app.app_context():
        stream = locked_stream()
        waiting = _waiting(after) if stream else []
        if stream is None or not waiting:
            db.session.rollback()
            return 0, after
        failed = _hand_out(app, _read_all(stream, waiting))
        done = [row.id for row in waiting if row.id not in failed]
        marked = update(WebhookDelivery).where(WebhookDelivery.id.in_(done))
        db.session.execute(marked.values(sorted_at=database_now()))
        db.session.commit()
        return len(done), waiting[-1].id


def locked_stream() -> WebhookStream | None:
    """The stream's row, locked until the transaction ends; None while somebody else has it."""
    return db.session.scalar(select(WebhookStream).with_for_update(skip_locked=True))


def _waiting(after: int) -> Sequence[WebhookDelivery]:
    waiting = select(WebhookDelivery).where(WebhookDelivery.sorted_at.is_(None), WebhookDelivery.id > after)
    return db.session.scalars(waiting.order_by(WebhookDelivery.id).limit(AT_ONCE)).all()


def _read_all(stream: WebhookStream, waiting: Sequence[WebhookDelivery]) -> list[Arrival]:
    """The events of these deliveries, which are counted."""
    arrivals, posts = list[Arrival](), list[tuple[int, int, datetime]]()
    for row in waiting:
        delivery = _read(row)
        if delivery is None:
            continue
        if not delivery.events:
            stream.verified_at = _later(stream.verified_at, row.received_at)
            continue
        posts.append((delivery.first_sequence, delivery.last_sequence, _moment(delivery, row)))
        arrivals += [Arrival(event, row.received_at, row.id) for event in delivery.events]
    stream.last_delivery_at = _later(stream.last_delivery_at, max(row.received_at for row in waiting))
    gaps.count(stream, posts)
    return arrivals


def _read(row: WebhookDelivery) -> Delivery | None:
    try:
        return read(row.body)
    except UnreadableWebhookError as problem:
        row.problem = str(problem)
        return None


def _later(known: datetime | None, other: datetime) -> datetime:
    return other if known is None else max(known, other)


def _moment(delivery: Delivery, row: WebhookDelivery) -> datetime:
    return max((event.at for event in delivery.events if event.at), default=row.received_at)


def _hand_out(app: Flask, arrivals: Sequence[Arrival]) -> set[int]:
    """Give every company its events, and keep those of nobody's; the deliveries for which that went wrong."""
    organisations = by_organisation(arrivals)
    owners = lookups.organisations(db.session, organisations) if organisations else {}
    failed: set[int] = set()
    for xero_tenant_id, theirs in organisations.items():
        owner = owners.get(xero_tenant_id)
        if owner is None or owner.status not in LIVE:
            _keep(theirs)
        elif not _give(app, owner.company_id, owner.connection_id, theirs):
            failed |= {arrival.delivery_id for arrival in theirs}
    return failed


def _give(app: Flask, company_id: UUID, connection_id: UUID, arrivals: Sequence[Arrival]) -> bool:
    try:
        with app.app_context(), company_scope(company_id):
            take(connection_id, arrivals)
            db.session.commit()
    except Exception:
        # One company's trouble is nobody else's: these deliveries stay and are tried again.
        log.exception("Webhooks of company %s could not be taken", company_id)
        return False
    return True


def _keep(arrivals: Iterable[Arrival]) -> None:
    rows = [
        {**came[0].columns, "id": uuid4(), "xero_tenant_id": came[0].event.xero_tenant_id}
        for came in by_key(arrivals).values()
    ]
    db.session.execute(insert(StrayEvent).values(rows).on_conflict_do_nothing(index_elements=["key"]))
