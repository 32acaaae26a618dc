"""Which invoices a list shows, and how that is written in its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_

from app.checks import one_line
from app.forms import as_id
from app.invoices import search
from app.models import Invoice, InvoiceLine
from app.paging import Rows

NONE = "none"
LATE, WEEK = "late", "week"
WEEK_DAYS = 7
OWED = ("owed", "unpaid", "part_paid", "overdue")
"""States of invoices that are approved and not paid in full."""
STATUSES = (
    *("new", "to_send", "stuck", "blocked", "refused", "draft", "submitted"),
    *OWED,
    *("paid", "counted", "ended"),
)
"""Values of the filter. stuck: blocked or refused. counted: approved or paid, which is revenue. ended: voided,
deleted or discarded."""


@dataclass(frozen=True)
class InvoiceFilters:
    """`status`: one of `STATUSES`. `office_id`, `service_id`: of a line; `no_office`, `no_service`: a line without.
    `due`: late, or due within a week of `today`, of what is owed. `issued_from`, `issued_to`: days, both included."""

    q: str = ""
    status: str | None = None
    client_id: UUID | None = None
    office_id: UUID | None = None
    service_id: UUID | None = None
    no_office: bool = False
    no_service: bool = False
    due: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    today: date = date.min

    @property
    def by_due(self) -> bool:
        """Whether the list is in the order of due dates: of what is owed, the oldest debt comes first."""
        return self.status in OWED or self.due is not None


def read_filters(arguments: Mapping[str, str], today: date) -> InvoiceFilters:
    """The filters of a page's address; a value that is not one of ours narrows nothing."""
    office, service = arguments.get("office"), arguments.get("service")
    return InvoiceFilters(
        q=one_line(arguments.get("q"))[:100],
        status=_known(arguments.get("status"), STATUSES),
        client_id=as_id(arguments.get("client")),
        office_id=None if office == NONE else as_id(office),
        service_id=None if service == NONE else as_id(service),
        no_office=office == NONE,
        no_service=service == NONE,
        due=_known(arguments.get("due"), (LATE, WEEK)),
        issued_from=_day(arguments.get("from")),
        issued_to=_day(arguments.get("to")),
        today=today,
    )


def _known(value: str | None, words: tuple[str, ...]) -> str | None:
    return value if value in words else None


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        return None


def narrowed(statement: Rows, filters: InvoiceFilters) -> Rows:
    """The statement, which selects from invoices, with the filters."""
    for condition in _conditions(filters):
        statement = statement.where(condition)
    return statement


def _conditions(filters: InvoiceFilters) -> list[ColumnElement[bool]]:
    found = [_in_status(filters.status, filters.today)]
    if filters.client_id:
        found.append(Invoice.client_id == filters.client_id)
    if filters.office_id or filters.no_office:
        found.append(_has_line(InvoiceLine.office_id == filters.office_id))
    if filters.service_id or filters.no_service:
        found.append(_has_line(InvoiceLine.service_id == filters.service_id))
    if filters.due:
        week = DUE.between(filters.today, filters.today + timedelta(days=WEEK_DAYS))
        found.append(and_(APPROVED, filters.today > DUE if filters.due == LATE else week))
    if filters.issued_from:
        found.append(Invoice.issued_on >= filters.issued_from)
    if filters.issued_to:
        found.append(Invoice.issued_on <= filters.issued_to)
    if filters.q:
        found.append(search.matching(filters.q))
    return found


DUE = func.coalesce(Invoice.xero_due_on, Invoice.due_on)
"""When it is due: as Xero says, once it is there."""
APPROVED = and_(Invoice.xero_status == "AUTHORISED", Invoice.ended_at.is_(None))
_LIVE = Invoice.ended_at.is_(None)
_NOTHING_PAID = func.coalesce(Invoice.xero_paid, 0) + func.coalesce(Invoice.xero_credited, 0) == 0


def _in_status(status: str | None, today: date) -> ColumnElement[bool]:
    match status:
        case "new" | "to_send" | "blocked" | "refused":
            return and_(Invoice.push_state == status, _LIVE)
        case "stuck":
            return and_(Invoice.push_state.in_(("blocked", "refused")), _LIVE)
        case "draft" | "submitted":
            return and_(Invoice.xero_status == status.upper(), _LIVE)
        case "owed":
            return APPROVED
        case "unpaid" | "part_paid":
            return and_(APPROVED, _NOTHING_PAID if status == "unpaid" else ~_NOTHING_PAID)
        case "overdue":
            return and_(APPROVED, today > DUE)
        case "paid":
            return Invoice.xero_status == "PAID"
        case "counted":
            return Invoice.xero_status.in_(("AUTHORISED", "PAID"))
        case "ended":
            return Invoice.ended_at.is_not(None)
    # What was given up before it was ever sent is no news to anybody; it is under "ended".
    return or_(_LIVE, Invoice.push_state == "sent")


def _has_line(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        InvoiceLine.company_id == Invoice.company_id, InvoiceLine.invoice_id == Invoice.id, condition
    )
