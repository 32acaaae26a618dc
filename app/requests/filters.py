"""Which requests a list shows, and how that is written in its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import and_, or_

from app.auth.viewer import Viewer
from app.checks import one_line
from app.forms import NO_ID, as_id
from app.models import Operation, ServiceRequest
from app.models.service_request import OPEN_STATUSES, STATUSES
from app.narrowing import where_equal
from app.paging import Rows
from app.requests import search
from app.requests.checks import today_in
from app.sync.operations import CREATE_JOB

OPEN, ME, NOBODY = "open", "me", "nobody"
LATE, WEEK = "late", "week"
WEEK_DAYS = 7
XERO_STATES = ("none", "moving", "waiting", "failed", "done")
"""No job yet; queued, being sent or to be tried again; waiting for a cause; failed; in Xero."""
SORTS = ("created", "due")


@dataclass(frozen=True)
class RequestFilters:
    """`status`: one of `STATUSES` or "open". `due_before` is exclusive and, like `due_from`, means open work
    only. `xero`: one of `XERO_STATES`. `q`: the beginning of a reference, its number, or what
    a client is found by (`app.clients.search`)."""

    status: str | None = None
    assignee_id: UUID | None = None
    unassigned: bool = False
    service_id: UUID | None = None
    office_id: UUID | None = None
    client_id: UUID | None = None
    due_from: date | None = None
    due_before: date | None = None
    xero: str | None = None
    q: str = ""


def read_filters(arguments: Mapping[str, str], viewer: Viewer) -> RequestFilters:
    """The filters of a page's address; a value that is not one of ours narrows nothing."""
    due_from, due_before = _due(arguments.get("due"), viewer)
    return RequestFilters(
        status=_known(arguments.get("status"), (OPEN, *STATUSES)),
        assignee_id=_assignee(arguments.get("assignee"), viewer),
        unassigned=arguments.get("assignee") == NOBODY,
        service_id=as_id(arguments.get("service")),
        office_id=as_id(arguments.get("office")),
        client_id=as_id(arguments.get("client")),
        due_from=due_from,
        due_before=due_before,
        xero=_known(arguments.get("xero"), XERO_STATES),
        q=one_line(arguments.get("q"))[:100],
    )


def _known(value: str | None, words: tuple[str, ...]) -> str | None:
    return value if value in words else None


def _assignee(value: str | None, viewer: Viewer) -> UUID | None:
    if value == ME:
        # A super admin inside a company has no membership: "mine" is then nothing, never everything.
        return viewer.membership_id or NO_ID
    return None if value == NOBODY else as_id(value)


def _due(value: str | None, viewer: Viewer) -> tuple[date | None, date | None]:
    if value not in {LATE, WEEK} or viewer.company is None:
        return None, None
    today = today_in(viewer.company.time_zone)
    return (None, today) if value == LATE else (today, today + timedelta(days=WEEK_DAYS))


def narrowed(statement: Rows, filters: RequestFilters) -> Rows:
    """The statement, which selects from service requests joined with their jobs, with the filters."""
    equal = {
        ServiceRequest.assignee_id: filters.assignee_id,
        ServiceRequest.service_id: filters.service_id,
        ServiceRequest.office_id: filters.office_id,
        ServiceRequest.client_id: filters.client_id,
    }
    statement = where_equal(statement, equal)
    if filters.unassigned:
        statement = statement.where(ServiceRequest.assignee_id.is_(None))
    if filters.q:
        statement = statement.where(search.matching(filters.q))
    return _by_job(_by_due(_by_status(statement, filters), filters), filters)


def _by_status(statement: Rows, filters: RequestFilters) -> Rows:
    if filters.status == OPEN:
        return statement.where(ServiceRequest.status.in_(OPEN_STATUSES))
    return statement.where(ServiceRequest.status == filters.status) if filters.status else statement


def _by_due(statement: Rows, filters: RequestFilters) -> Rows:
    if filters.due_from or filters.due_before:
        statement = statement.where(ServiceRequest.status.in_(OPEN_STATUSES))
    if filters.due_from:
        statement = statement.where(ServiceRequest.due_on >= filters.due_from)
    return statement.where(ServiceRequest.due_on < filters.due_before) if filters.due_before else statement


def _by_job(statement: Rows, filters: RequestFilters) -> Rows:
    in_xero = ServiceRequest.xero_job_id.is_not(None)
    match filters.xero:
        case "none":
            over = or_(Operation.id.is_(None), Operation.state == "cancelled")
            return statement.where(~in_xero, over)
        case "moving":
            return statement.where(Operation.state.in_(("queued", "running", "retry")))
        case "waiting" | "failed":
            return statement.where(Operation.state == filters.xero)
        case "done":
            return statement.where(Operation.state == "done")
    return statement


JOB_OF_REQUEST = and_(
    Operation.company_id == ServiceRequest.company_id,
    Operation.subject_id == ServiceRequest.id,
    Operation.kind == CREATE_JOB,
)
"""How a request and the operation that makes its job belong together: there is one for ever."""
