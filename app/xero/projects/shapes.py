"""Projects, their tasks, time and people as plain data (facts 5)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.xero.dates import instant
from app.xero.money import money
from app.xero.shapes import Record, record, text, whole


@dataclass(frozen=True)
class Amount:
    """Money as Projects writes it; the currency is the organisation's own."""

    currency: str
    value: Decimal


@dataclass(frozen=True)
class Project:
    """status is INPROGRESS, CLOSED or a new word; minutes_logged counts all time entries."""

    id: str
    contact_id: str
    name: str
    status: str
    currency: str
    deadline: datetime | None
    estimate: Amount | None
    minutes_logged: int
    total_invoiced: Amount | None


@dataclass(frozen=True)
class ProjectUser:
    """Somebody who may log time.

    Whether the id equals Accounting's UserID is not promised: match by e-mail.
    """

    id: str
    name: str
    email: str


@dataclass(frozen=True)
class Task:
    """charge_type is TIME, FIXED or NON_CHARGEABLE, status ACTIVE, INVOICED or LOCKED, or new words."""

    id: str
    project_id: str
    name: str
    charge_type: str
    status: str
    rate: Amount | None
    estimate_minutes: int | None
    total_minutes: int


@dataclass(frozen=True)
class TimeEntry:
    """Minutes somebody worked on a task. status is ACTIVE, LOCKED, INVOICED or a new word."""

    id: str
    project_id: str
    task_id: str
    user_id: str
    minutes: int
    at: datetime | None
    description: str
    status: str


def amount_of(value: Any) -> Amount | None:
    """An amount out of {currency, value}; None when there is no value."""
    found = record(value)
    amount = money(found.get("value"))
    return None if amount is None else Amount(text(found, "currency"), amount)


def project_of(row: Record) -> Project:
    """A project out of a reply."""
    return Project(
        id=text(row, "projectId"),
        contact_id=text(row, "contactId"),
        name=text(row, "name"),
        status=text(row, "status"),
        currency=text(row, "currencyCode"),
        deadline=instant(row.get("deadlineUtc")),
        estimate=amount_of(row.get("estimate") or row.get("estimateAmount")),
        minutes_logged=whole(row, "minutesLogged"),
        total_invoiced=amount_of(row.get("totalInvoiced")),
    )


def task_of(row: Record) -> Task:
    """A task out of a reply."""
    return Task(
        id=text(row, "taskId"),
        project_id=text(row, "projectId"),
        name=text(row, "name"),
        charge_type=text(row, "chargeType"),
        status=text(row, "status"),
        rate=amount_of(row.get("rate")),
        estimate_minutes=whole(row, "estimateMinutes") if row.get("estimateMinutes") is not None else None,
        total_minutes=whole(row, "totalMinutes"),
    )


def time_of(row: Record) -> TimeEntry:
    """A time entry out of a reply."""
    return TimeEntry(
        id=text(row, "timeEntryId"),
        project_id=text(row, "projectId"),
        task_id=text(row, "taskId"),
        user_id=text(row, "userId"),
        minutes=whole(row, "duration"),
        at=instant(row.get("dateUtc")),
        description=text(row, "description"),
        status=text(row, "status"),
    )
