"""The periodic table: what runs by the clock, and how often. Each entry takes no argument and is safe to run twice."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import ColumnElement, Delete, and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app import lookups
from app.api import idempotency
from app.clients.csv import handing_over
from app.clients.csv import imports as client_files
from app.documents import erasing as erasures
from app.documents import tidying
from app.extensions import db
from app.models import (
    Alert,
    Company,
    Consent,
    Grant,
    Mail,
    PeriodicRun,
    SignInStep,
    StrayEvent,
    User,
    UserLink,
    UserSession,
    WebhookDelivery,
    WebhookEvent,
    WebhookGap,
    WebhookStreamGap,
    XeroCall,
    now,
)
from app.models.operation import BULK
from app.models.webhook import KEEP_DELIVERIES, KEEP_EVENTS
from app.platform import sizes
from app.sync import operations, successes
from app.sync.connections import grant_source, live_connection
from app.sync.contacts import pulling
from app.sync.invoices import asking
from app.sync.lists import planning as lists
from app.sync.webhooks import strays
from app.tasks import erasing, exports
from app.tenancy import company_scope, current_company_id
from app.xero.errors import XeroError

log = logging.getLogger(__name__)

BY_THE_CLOCK = "Countinghouse, by the clock"
KEEP_ENDED = timedelta(days=30)
KEEP_ALERTS = timedelta(days=90)
KEEP_RECORD = timedelta(days=400)
"""The tax office's framework asks for twelve months."""
NIGHT = range(1, 5)
"""Hours of a practice's own clock in which everything is compared."""
LONG_AGO = timedelta(hours=36)
"""A night was missed, or there was none yet: then at any hour."""


@dataclass(frozen=True)
class Entry:
    name: str
    every: timedelta
    run: Callable[[Flask], None]


def _in_each_company(app: Flask, work: Callable[[], None]) -> None:
    """Run in the scope of each company that is not suspended; one that fails does not stop the others."""
    with app.app_context():
        company_ids: list[UUID] = lookups.company_ids(db.session)
        db.session.rollback()
    for company_id in company_ids:
        try:
            with app.app_context(), company_scope(company_id):
                work()
                db.session.commit()
        except Exception:
            log.exception("Periodic work failed for company %s", company_id)


def _plan_for_connection(kind: str) -> None:
    connection = live_connection()
    if connection is not None:
        operations.plan(kind, connection.id, connection.organisation_name, BY_THE_CLOCK, BULK)


def check_connections(app: Flask) -> None:
    _in_each_company(app, lambda: _plan_for_connection(operations.CHECK_CONNECTION))


def read_staff(app: Flask) -> None:
    _in_each_company(app, lambda: _plan_for_connection(operations.READ_STAFF))


def read_lists(app: Flask) -> None:
    """Accounts, tax rates, items, tracking: daily, and hourly while invoices wait to be sent."""
    _in_each_company(app, _read_lists)


def _read_lists() -> None:
    connection = live_connection()
    if connection is not None:
        lists.plan_due(connection)


def read_changed_contacts(app: Flask) -> None:
    _in_each_company(app, lambda: _plan_for_connection(operations.READ_CHANGES))


def read_changed_invoices(app: Flask) -> None:
    """What a webhook told of and did not arrive, and what no webhook tells of."""
    _in_each_company(app, _read_changed_invoices)


def _read_changed_invoices() -> None:
    connection = live_connection()
    if connection is not None:
        asking.poll(connection)


def reconcile_contacts(app: Flask) -> None:
    """Once a night of each practice's own: some changes in Xero move no date."""
    _in_each_company(app, _reconcile_at_night)


def _reconcile_at_night() -> None:
    company, connection = db.session.scalars(select(Company)).one(), live_connection()
    if connection is None:
        return
    done = successes.last_of(connection.id).get(operations.RECONCILE_CONTACTS)
    since = now() - done.succeeded_at if done and done.succeeded_at else LONG_AGO
    at_night = now().astimezone(ZoneInfo(company.time_zone)).hour in NIGHT
    if since > LONG_AGO or (at_night and since > timedelta(hours=12)) or done is None:
        pulling.plan_reconcile(connection)
        if company.contact_groups != "off":
            pulling.plan_groups(connection)


def take_up_lost_refreshes(app: Flask) -> None:
    """A process that died between Xero's answer and our commit left a refresh without its result: within 30 minutes
    Xero still takes the token it began with, whether or not anybody calls meanwhile."""
    _in_each_company(app, _take_up_lost_refreshes)


def _take_up_lost_refreshes() -> None:
    begun = select(Grant).where(Grant.refresh_started_at.is_not(None), Grant.tokens.is_not(None))
    for grant in db.session.scalars(begun).all():
        try:
            grant_source(grant).current()
        except XeroError as problem:
            log.warning("A lost refresh could not be taken up yet: %s", problem.code)


def prune_logs(app: Flask) -> None:
    """Calls to Xero are kept as long as the practice says; mails, their links, consents that were never finished and
    sign-ins that are over go after a month."""
    _in_each_company(app, _prune_company)
    with app.app_context():
        db.session.execute(delete(UserSession).where(_long_over()))
        db.session.execute(delete(UserLink).where(UserLink.expires_at < now() - KEEP_ENDED))
        db.session.execute(_old_mail(None))
        db.session.execute(delete(SignInStep).where(SignInStep.expires_at < now()))
        _prune_webhooks()
        db.session.commit()


def _prune_webhooks() -> None:
    """What of them is no company's. A delivery that nobody has sorted stays until somebody has."""
    sorted_ = WebhookDelivery.sorted_at.is_not(None)
    old = delete(WebhookDelivery).where(sorted_, WebhookDelivery.received_at < now() - KEEP_DELIVERIES)
    db.session.execute(old)
    db.session.execute(delete(StrayEvent).where(StrayEvent.received_at < now() - KEEP_EVENTS))
    db.session.execute(delete(WebhookStreamGap).where(WebhookStreamGap.noticed_at < now() - KEEP_EVENTS))


def _long_over() -> ColumnElement[bool]:
    """A super admin's sign-ins stand in no practice's log, so these rows are their record."""
    ours = UserSession.user_id.in_(select(User.id).where(User.super_admin))
    ended = func.least(UserSession.expires_at, UserSession.ended_at)
    return or_(ended < now() - KEEP_RECORD, and_(ended < now() - KEEP_ENDED, ~ours))


def _old_mail(company_id: UUID | None) -> Delete:
    return delete(Mail).where(Mail.company_id == company_id, Mail.created_at < now() - KEEP_ENDED)


def _prune_company() -> None:
    days = db.session.scalars(select(Company.call_log_days)).one()
    db.session.execute(delete(XeroCall).where(XeroCall.at < now() - timedelta(days=days)))
    db.session.execute(_old_mail(current_company_id()))
    db.session.execute(delete(Alert).where(Alert.created_at < now() - KEEP_ALERTS))
    client_files.prune()
    db.session.execute(delete(Consent).where(Consent.expires_at < now() - KEEP_ENDED))
    db.session.execute(delete(WebhookEvent).where(WebhookEvent.received_at < now() - KEEP_EVENTS))
    db.session.execute(delete(WebhookGap).where(WebhookGap.created_at < now() - KEEP_EVENTS))


def hand_on_strays(app: Flask) -> None:
    """Events kept for an organisation that nobody had connected, now that somebody has."""
    strays.hand_on(app)


def prune_replies(app: Flask) -> None:
    """Answers of the JSON API are kept for a day under their keys."""
    _in_each_company(app, idempotency.prune)


def tidy_documents(app: Flask) -> None:
    """Uploads that nobody finished, and bytes that belong to nothing."""
    _in_each_company(app, tidying.tidy)


def scan_documents(app: Flask) -> None:
    """What ClamAV could not look through when it came."""
    _in_each_company(app, tidying.scan_again)


def finish_erasures(app: Flask) -> None:
    """Documents that were to be erased, where whoever began was interrupted."""
    _in_each_company(app, erasures.finish_all)


def ring_client_files(app: Flask) -> None:
    """Files of clients that somebody confirmed and no worker has written."""
    _in_each_company(app, handing_over.ring_again)


def count_stored(app: Flask) -> None:
    """How much each practice has stored, for the platform's list."""
    _in_each_company(app, sizes.count_stored)


TABLE = (
    Entry("take up lost refreshes", timedelta(minutes=5), take_up_lost_refreshes),
    Entry("hand on kept webhooks", timedelta(minutes=1), hand_on_strays),
    Entry("check connections", timedelta(hours=1), check_connections),
    Entry("read changed contacts", timedelta(minutes=15), read_changed_contacts),
    Entry("read changed invoices", timedelta(minutes=10), read_changed_invoices),
    Entry("compare all contacts", timedelta(hours=1), reconcile_contacts),
    Entry("read staff", timedelta(days=1), read_staff),
    Entry("read lists", timedelta(hours=1), read_lists),
    Entry("exports", timedelta(seconds=30), exports.sweep),
    Entry("files of clients", timedelta(minutes=1), ring_client_files),
    Entry("erase documents", timedelta(minutes=1), finish_erasures),
    Entry("delete practices", timedelta(hours=1), erasing.ring_due),
    Entry("left files", timedelta(days=1), exports.remove_left_files),
    Entry("prune replies", timedelta(hours=1), prune_replies),
    Entry("prune logs", timedelta(days=1), prune_logs),
    Entry("tidy documents", timedelta(hours=6), tidy_documents),
    Entry("scan documents", timedelta(minutes=5), scan_documents),
    Entry("count stored", timedelta(hours=12), count_stored),
)


def run_due(app: Flask) -> list[str]:
    """Run the entries whose period has passed; their names. Two clocks at once run each entry once: the row decides,
    by the database's time. An entry missed while the clock was down runs at the next start."""
    ran = []
    for entry in TABLE:
        if not _take(app, entry):
            continue
        error = None
        try:
            entry.run(app)
        except Exception as problem:
            log.exception("Periodic entry %s failed", entry.name)
            error = type(problem).__name__
        _note_end(app, entry, error)
        ran.append(entry.name)
    return ran


def _take(app: Flask, entry: Entry) -> bool:
    with app.app_context():
        taken = db.session.scalar(
            insert(PeriodicRun)
            .values(name=entry.name, started_at=func.now())
            .on_conflict_do_update(
                index_elements=["name"],
                set_={"started_at": func.now(), "finished_at": None, "error": None},
                where=PeriodicRun.started_at
                <= func.now() - text(f"interval '{int(entry.every.total_seconds())} s'"),
            )
            .returning(PeriodicRun.name)
        )
        db.session.commit()
        return taken is not None


def _note_end(app: Flask, entry: Entry, error: str | None) -> None:
    with app.app_context():
        db.session.execute(
            update(PeriodicRun).where(PeriodicRun.name == entry.name).values(finished_at=now(), error=error)
        )
        db.session.commit()
