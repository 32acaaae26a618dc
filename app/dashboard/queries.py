"""What the dashboard reads: few statements, plain rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, func, literal, select, union_all

from app.extensions import db
from app.models import Membership, Operation, ServiceRequest, User, now
from app.models.service_request import OPEN_STATUSES
from app.paging import Page
from app.requests.filters import JOB_OF_REQUEST, WEEK_DAYS, RequestFilters
from app.requests.queries import list_requests
from app.sync.operations import CREATE_JOB

WEEKS = 12
SHOWN = 6


@dataclass(frozen=True)
class Figures:
    """How many open requests there are, and how many of them need somebody."""

    open: int
    unassigned: int
    late: int
    due_soon: int
    waiting_for_client: int


def figures(today: date) -> Figures:
    soon = and_(ServiceRequest.due_on >= today, ServiceRequest.due_on < today + timedelta(days=WEEK_DAYS))
    row = db.session.execute(
        select(
            func.count(ServiceRequest.id),
            func.count(ServiceRequest.id).filter(ServiceRequest.assignee_id.is_(None)),
            func.count(ServiceRequest.id).filter(ServiceRequest.due_on < today),
            func.count(ServiceRequest.id).filter(soon),
            func.count(ServiceRequest.id).filter(ServiceRequest.status == "waiting"),
        ).where(ServiceRequest.status.in_(OPEN_STATUSES))
    ).one()
    return Figures(*row)


def oldest_unassigned() -> list[Row[Any]]:
    """The requests nobody has yet, the longest waiting first."""
    return list_requests(RequestFilters(status="open", unassigned=True), descending=False, size=SHOWN).rows


def latest_due(today: date) -> list[Row[Any]]:
    """The requests that are late, the longest overdue first."""
    return list_requests(RequestFilters(due_before=today), sort="due", descending=False, size=SHOWN).rows


def work_of(membership_id: Any, most: int = 200) -> Page:
    """A person's open requests by due date."""
    filters = RequestFilters(status="open", assignee_id=membership_id)
    return list_requests(filters, sort="due", descending=False, size=most)


def failed_jobs() -> list[Row[Any]]:
    """Jobs that could not be made, newest first. Row: id and reference of the request, error, whose_move."""
    return list(
        db.session.execute(
            select(ServiceRequest.id, ServiceRequest.reference, Operation.error, Operation.whose_move)
            .select_from(Operation)
            .join(ServiceRequest, JOB_OF_REQUEST)
            .where(Operation.kind == CREATE_JOB, Operation.state == "failed")
            .order_by(Operation.created_at.desc())
            .limit(SHOWN)
        )
    )


def jobs_made() -> list[Row[Any]]:
    """The latest jobs in Xero. Row: id and reference of the request, xero_job_name, xero_job_url,
    xero_synced_at, assignee."""
    return list(
        db.session.execute(
            select(
                ServiceRequest.id,
                ServiceRequest.reference,
                ServiceRequest.xero_job_name,
                ServiceRequest.xero_job_url,
                ServiceRequest.xero_synced_at,
                User.name.label("assignee"),
            )
            .select_from(Operation)
            .join(ServiceRequest, JOB_OF_REQUEST)
            .outerjoin(ServiceRequest.assignee)
            .outerjoin(User, User.id == Membership.user_id)
            .where(Operation.kind == CREATE_JOB, Operation.state == "done")
            .order_by(Operation.created_at.desc(), Operation.id)
            .limit(SHOWN)
        )
    )


def weeks(time_zone: str) -> list[tuple[date, Sequence[int]]]:
    """For each of the last weeks, oldest first: its Monday, requests received, requests completed."""
    today = now().astimezone(ZoneInfo(time_zone)).date()
    first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    begin = datetime.combine(first, time.min, ZoneInfo(time_zone))
    kinds = [("received", ServiceRequest.created_at), ("completed", ServiceRequest.completed_at)]
    counted = []
    for kind, instant in kinds:
        monday = func.date_trunc("week", func.timezone(time_zone, instant))
        counted.append(
            select(
                literal(kind).label("kind"),
                monday.label("monday"),
                func.count(ServiceRequest.id).label("many"),
            )
            .where(instant >= begin)
            .group_by(monday)
        )
    found = {(row.kind, row.monday.date()): row.many for row in db.session.execute(union_all(*counted))}
    mondays = [first + timedelta(weeks=week) for week in range(WEEKS)]
    return [
        (monday, (found.get(("received", monday), 0), found.get(("completed", monday), 0)))
        for monday in mondays
    ]
