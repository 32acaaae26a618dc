"""What has the organisation's lists read (a new connection, a person, the clock), and tracking options made."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import exists, select

from app.errors import WrongState
from app.extensions import db
from app.models import Connection, Invoice, Operation, now
from app.models.base import Json
from app.models.operation import BULK, INTERACTIVE
from app.sync import operations, successes
from app.sync.operations import MAKE_TRACKING, READ_LISTS

BY_THE_CLOCK = "Countinghouse, by the clock"
DAILY, WHILE_INVOICES_WAIT = timedelta(hours=24), timedelta(hours=1)


def plan_read(connection: Connection, by: str, priority: int = INTERACTIVE) -> Operation:
    """Have all lists read: six calls (not committed)."""
    return operations.plan(READ_LISTS, connection.id, connection.organisation_name, by, priority)


def plan_due(connection: Connection) -> Operation | None:
    """The clock's question: once a day, and hourly while invoices wait to be sent (not committed)."""
    last = successes.last_of(connection.id).get(READ_LISTS)
    age = now() - last.succeeded_at if last and last.succeeded_at else DAILY
    # The clock asks hourly, give or take: a minute early is as good as an hour late would be bad.
    if age < WHILE_INVOICES_WAIT - timedelta(minutes=1):
        return None
    if age < DAILY - timedelta(minutes=1) and not _invoices_wait(connection):
        return None
    return plan_read(connection, BY_THE_CLOCK, BULK)


def _invoices_wait(connection: Connection) -> bool:
    waiting = exists().where(
        Invoice.connection_id == connection.id,
        Invoice.company_id == connection.company_id,
        Invoice.push_state.in_(("to_send", "blocked")),
        Invoice.ended_at.is_(None),
    )
    return bool(db.session.scalar(select(waiting)))


MOST_ACTIVE = 2
"""Tracking categories that an organisation may have active (facts 4.2)."""


@dataclass(frozen=True)
class Wish:
    """What is wanted. `category_id`: Xero's id of the category the options go into; None: one named `category` is found
    or made. `offices`: ids, as text."""

    category: str
    category_id: str | None
    offices: tuple[str, ...]


def plan_making(connection: Connection, wish: Wish, by: str) -> Operation:
    """Have the options made (not committed). Raises `WrongState` while others are being made."""
    existing = operations.latest(MAKE_TRACKING, connection.id)
    if existing is not None and existing.is_open:
        if existing.result.get("wish") == _as_json(wish):
            return existing
        raise WrongState(
            "Tracking options are being made in Xero already. Wait until that is done, and press it again."
        )
    label = f"{connection.organisation_name}: {wish.category}"
    operation = operations.plan(MAKE_TRACKING, connection.id, label, by, INTERACTIVE)
    operation.result = {"wish": _as_json(wish)}
    return operation


def _as_json(wish: Wish) -> Json:
    return {**asdict(wish), "offices": list(wish.offices)}


def wish_of(operation: Operation) -> Wish:
    """What an operation that was planned here is to make."""
    told = operation.result["wish"]
    return Wish(told["category"], told["category_id"], tuple(told["offices"]))
