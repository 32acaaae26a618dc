"""Time that was worked on requests' jobs and is not billed yet, and the lines that bill it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, or_, select, update

from app.extensions import db
from app.invoices.lines import Line, LineDetails
from app.models import Invoice, InvoiceLine, ServiceRequest, TimeEntry
from app.sync.invoices.money import CENT

BY_TIME = "TIME"
"""The charge type of tasks that are billed by the hour; a fixed price is in the request's."""
BILLED_IN_XERO = "INVOICED"
HOURS = Decimal("0.0001")
MOST_SHOWN = 50
_BILLED_BY = and_(Invoice.id == TimeEntry.invoice_id, Invoice.company_id == TimeEntry.company_id)


def _free() -> ColumnElement[bool]:
    """Whether nothing that counts bills it."""
    nobody = or_(Invoice.id.is_(None), Invoice.ended_at.is_not(None))
    return and_(TimeEntry.xero_status != BILLED_IN_XERO, nobody)


def unbilled_by_request(request_ids: Collection[UUID]) -> dict[UUID, list[TimeEntry]]:
    """The time of these requests that can be billed by the hour and that no invoice that counts has billed, oldest
    first. Requests without any are left out."""
    rows = db.session.scalars(
        select(TimeEntry)
        .outerjoin(Invoice, _BILLED_BY)
        .where(
            TimeEntry.service_request_id.in_(request_ids),
            TimeEntry.charge_type == BY_TIME,
            TimeEntry.rate.is_not(None),
            TimeEntry.minutes > 0,
            _free(),
        )
        .order_by(TimeEntry.worked_on, TimeEntry.task_name, TimeEntry.id)
        .with_for_update(of=TimeEntry)
    )
    found: dict[UUID, list[TimeEntry]] = {}
    for entry in rows:
        found.setdefault(entry.service_request_id, []).append(entry)
    return found


@dataclass(frozen=True)
class Worked:
    """Time on one request's job. `entries`: newest first. `billable`: what the time that no invoice bills comes to;
    `minutes`: of it."""

    entries: list[Row[Any]]
    minutes: int
    billable: Decimal


def time_of_request(request_id: UUID, most: int = MOST_SHOWN) -> Worked:
    """Row: task_name, person_name, worked_on, minutes, rate, charge_type, description, billed (by an invoice that
    counts, or in Xero)."""
    rows: list[Any] = list(
        db.session.execute(
            select(
                TimeEntry.task_name,
                TimeEntry.person_name,
                TimeEntry.worked_on,
                TimeEntry.minutes,
                TimeEntry.rate,
                TimeEntry.charge_type,
                TimeEntry.description,
                (~_free()).label("billed"),
            )
            .outerjoin(Invoice, _BILLED_BY)
            .where(TimeEntry.service_request_id == request_id)
            .order_by(TimeEntry.worked_on.desc(), TimeEntry.task_name, TimeEntry.id)
        )
    )
    free_ones = [
        row for row in rows if not row.billed and row.charge_type == BY_TIME and row.rate is not None
    ]
    sums = [
        (hours(minutes) * rate).quantize(CENT, ROUND_HALF_UP)
        for (_, rate), minutes in _by_task(free_ones).items()
    ]
    return Worked(rows[:most], sum(row.minutes for row in free_ones), sum(sums, Decimal(0)))


def _by_task(entries: Iterable[Any]) -> dict[tuple[str, Decimal], int]:
    """Minutes by task and rate, as lines are made of them."""
    found: dict[tuple[str, Decimal], int] = {}
    for entry in entries:
        key = (entry.task_name, entry.rate)
        found[key] = found.get(key, 0) + entry.minutes
    return found


def lines_of(entries: Iterable[TimeEntry], service_request: ServiceRequest) -> list[LineDetails]:
    """A line for each task and rate: its hours at its rate."""
    groups: dict[tuple[str, Decimal], list[TimeEntry]] = {}
    for entry in entries:
        groups.setdefault((entry.task_name, entry.rate or Decimal(0)), []).append(entry)
    return [
        {
            "description": f"{task}: {hours_in_words(sum(one.minutes for one in some))}",
            "quantity": hours(sum(one.minutes for one in some)),
            "unit_amount": rate,
            "service_id": service_request.service_id,
            "office_id": service_request.office_id,
            "time_entry_ids": [one.id for one in some],
        }
        for (task, rate), some in groups.items()
    ]


def hours(minutes: int) -> Decimal:
    """Hours with four decimals at most, as quantities have."""
    return (Decimal(minutes) / 60).quantize(HOURS, ROUND_HALF_UP).normalize() + Decimal(0)


def hours_in_words(minutes: int) -> str:
    """`3 h 20 min`."""
    whole, rest = divmod(minutes, 60)
    return " ".join([*([f"{whole} h"] if whole else []), *([f"{rest} min"] if rest or not whole else [])])


def bill(invoice_id: UUID, line_id: UUID, line: Line) -> None:
    """Say of the time in this line which invoice bills it."""
    if line.time_entry_ids:
        mine = TimeEntry.id.in_(line.time_entry_ids)
        values: dict[str, Any] = {"invoice_id": invoice_id, "invoice_line_id": line_id}
        db.session.execute(update(TimeEntry).where(mine).values(values))


def free(line_ids: Collection[UUID]) -> None:
    """The time in these lines, which are taken away, may be billed again."""
    if line_ids:
        theirs = TimeEntry.invoice_line_id.in_(line_ids)
        db.session.execute(update(TimeEntry).where(theirs).values(invoice_id=None, invoice_line_id=None))


def free_all(invoice_id: UUID) -> None:
    """All time that this invoice bills may be billed again."""
    lines = select(InvoiceLine.id).where(InvoiceLine.invoice_id == invoice_id)
    db.session.execute(
        update(TimeEntry)
        .where(or_(TimeEntry.invoice_id == invoice_id, TimeEntry.invoice_line_id.in_(lines)))
        .values(invoice_id=None, invoice_line_id=None)
        .execution_options(synchronize_session=False)
    )
