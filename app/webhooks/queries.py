"""What the pages about webhooks read: plain rows, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select

from app import lookups
from app.extensions import db, settings
from app.lookups import Owner
from app.models import (
    Client,
    Connection,
    Operation,
    StrayEvent,
    WebhookDelivery,
    WebhookEvent,
    WebhookGap,
    WebhookStream,
)
from app.paging import Page, Rows, counted, page_of

GAPS = 5
KEPT = 5
"""How many of the latest are shown beside the list."""


@dataclass(frozen=True)
class Receiver:
    """How the installation's webhook stands. `key_set`: whether a signing key is; the key itself is told to nobody."""

    key_set: bool
    verified_at: datetime | None
    last_delivery_at: datetime | None


def receiver() -> Receiver:
    row = db.session.execute(select(WebhookStream.verified_at, WebhookStream.last_delivery_at)).one()
    return Receiver(bool(settings().webhook_keys), row.verified_at, row.last_delivery_at)


@dataclass(frozen=True)
class EventFilters:
    """Which events. `outcome`: a key of `OUTCOMES`; `category` as Xero writes it."""

    outcome: str | None = None
    category: str | None = None


def _handed_on(*states: str) -> ColumnElement[bool]:
    return and_(WebhookEvent.state == "handed_on", Operation.state.in_(states))


OUTCOMES: dict[str, ColumnElement[bool]] = {
    "read": _handed_on("done"),
    "reading": _handed_on("queued", "running", "retry", "waiting"),
    "failed": _handed_on("failed", "cancelled"),
    "echo": WebhookEvent.state == "echo",
    "no_client": WebhookEvent.state == "no_client",
    "not_used": WebhookEvent.state == "not_used",
}
CATEGORIES = ("CONTACT", "INVOICE", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT", "SUBSCRIPTION")


def list_events(filters: EventFilters, *, after: str | None = None, before: str | None = None) -> Page:
    """The practice's events, newest first, with the client each is about and the operation that reads it."""
    statement: Rows = (
        select(
            WebhookEvent.id,
            WebhookEvent.received_at,
            WebhookEvent.at,
            WebhookEvent.category,
            WebhookEvent.type,
            WebhookEvent.resource_id,
            WebhookEvent.state,
            WebhookEvent.told,
            WebhookEvent.operation_id,
            WebhookEvent.subject_id,
            Operation.state.label("operation_state"),
            Client.name.label("client_name"),
        )
        .outerjoin(
            Operation,
            and_(Operation.company_id == WebhookEvent.company_id, Operation.id == WebhookEvent.operation_id),
        )
        .outerjoin(
            Client, and_(Client.company_id == WebhookEvent.company_id, Client.id == WebhookEvent.subject_id)
        )
    )
    if filters.outcome:
        statement = statement.where(OUTCOMES[filters.outcome])
    if filters.category:
        statement = statement.where(WebhookEvent.category == filters.category)
    keys = (WebhookEvent.received_at, WebhookEvent.id)
    return page_of(statement, keys, after=after, before=before, descending=True)


def latest_gaps() -> list[Row[Any]]:
    """The practice's gaps, newest first, each with the operation that closes it."""
    statement = (
        select(
            WebhookGap.id,
            WebhookGap.missed,
            WebhookGap.after,
            WebhookGap.before,
            WebhookGap.created_at.label("noticed_at"),
            WebhookGap.operation_id,
            Operation.state,
            Operation.finished_at,
        )
        .join(
            Operation,
            and_(Operation.company_id == WebhookGap.company_id, Operation.id == WebhookGap.operation_id),
        )
        .order_by(WebhookGap.created_at.desc(), WebhookGap.id.desc())
    )
    return list(db.session.execute(statement.limit(GAPS)))


@dataclass(frozen=True)
class Kept:
    """Events of an organisation of the practice's own that is not connected: how many (10,001: more than 10,000)."""

    organisation: str
    status: str
    count: int
    latest: list[Row[Any]]


def kept_events() -> list[Kept]:
    """What came for the practice's organisations while they were not connected and confirmed."""
    own = db.session.execute(
        select(Connection.xero_tenant_id, Connection.organisation_name, Connection.status).where(
            Connection.status.in_(("disconnected", "to_confirm"))
        )
    ).all()
    found = []
    for xero_tenant_id, organisation, status in own:
        statement: Rows = select(StrayEvent.id, StrayEvent.received_at, StrayEvent.category, StrayEvent.type)
        theirs = statement.where(StrayEvent.xero_tenant_id == xero_tenant_id)
        latest = list(
            db.session.execute(
                theirs.order_by(StrayEvent.received_at.desc(), StrayEvent.id.desc()).limit(KEPT)
            )
        )
        if latest:
            found.append(Kept(organisation, status, counted(theirs), latest))
    return found


@dataclass(frozen=True)
class Strays:
    """Kept events with whose organisation each was."""

    page: Page
    owners: dict[str, Owner]
    unsorted: int
    """Deliveries that wait to be sorted."""
    unreadable: list[Row[Any]]
    """The latest deliveries that could not be read though their signature was right."""


def list_strays(*, after: str | None = None, before: str | None = None) -> Strays:
    """For super admins: events of organisations that nobody has connected, newest first."""
    statement: Rows = select(
        StrayEvent.id,
        StrayEvent.received_at,
        StrayEvent.xero_tenant_id,
        StrayEvent.category,
        StrayEvent.type,
        StrayEvent.resource_id,
    )
    keys = (StrayEvent.received_at, StrayEvent.id)
    page = page_of(statement, keys, after=after, before=before, descending=True)
    owners = lookups.organisations(db.session, {row.xero_tenant_id for row in page.rows})
    waiting: Rows = select(WebhookDelivery.id).where(WebhookDelivery.sorted_at.is_(None))
    unreadable = db.session.execute(
        select(WebhookDelivery.id, WebhookDelivery.received_at, WebhookDelivery.problem)
        .where(WebhookDelivery.problem.is_not(None))
        .order_by(WebhookDelivery.id.desc())
        .limit(KEPT)
    )
    return Strays(page, owners, counted(waiting), [*unreadable])
