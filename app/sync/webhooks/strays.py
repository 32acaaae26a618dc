"""Events that were kept because nobody had their organisation connected: handed on when somebody connects it."""

from uuid import UUID

from flask import Flask
from sqlalchemy import delete, select

from app import lookups
from app.extensions import db
from app.models import StrayEvent, now
from app.models.webhook import KEEP_EVENTS
from app.sync.webhooks.arrivals import Arrival
from app.sync.webhooks.sorting import locked_stream
from app.sync.webhooks.taking import take
from app.tenancy import company_scope
from app.xero.webhooks import Event

AT_ONCE = 500


def hand_on(app: Flask) -> int:
    """Give practices the kept events of organisations that they have connected meanwhile; how many events. Needs no
    context, and is safe to run twice."""
    with app.app_context():
        found = lookups.strays_to_hand_on(db.session, now() - KEEP_EVENTS, 1000)
        db.session.rollback()
    return sum(_hand_on_all(app, *organisation) for organisation in found)


def _hand_on_all(app: Flask, xero_tenant_id: str, company_id: UUID, connection_id: UUID) -> int:
    total = 0
    while count := _hand_on_some(app, xero_tenant_id, company_id, connection_id):
        total += count
    return total


def _hand_on_some(app: Flask, xero_tenant_id: str, company_id: UUID, connection_id: UUID) -> int:
    with app.app_context():
        if locked_stream() is None:
            db.session.rollback()
            return 0  # deliveries are being sorted; the clock comes again
        kept = db.session.scalars(
            select(StrayEvent)
            .where(StrayEvent.xero_tenant_id == xero_tenant_id, StrayEvent.received_at >= now() - KEEP_EVENTS)
            .order_by(StrayEvent.received_at, StrayEvent.id)
            .limit(AT_ONCE)
        ).all()
        if kept:
            with app.app_context(), company_scope(company_id):
                take(connection_id, [_arrival(stray) for stray in kept])
                db.session.commit()
            db.session.execute(delete(StrayEvent).where(StrayEvent.id.in_([stray.id for stray in kept])))
        db.session.commit()
        return len(kept)


def _arrival(stray: StrayEvent) -> Arrival:
    event = Event(
        category=stray.category,
        type=stray.type,
        resource_id=stray.resource_id,
        resource_url="",
        xero_tenant_id=stray.xero_tenant_id,
        tenant_type="",
        at=stray.at,
    )
    return Arrival(event, stray.received_at, 0)
