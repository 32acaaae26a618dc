"""The few questions that look across companies, each a reviewed SQL function (migrations/sql/0001_lookups.sql).

The app's database role sees one company at a time. These functions belong to a role of their own that may read just
the columns they need, and they answer ids and counts, never a client's data.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session, scoped_session

AnySession = Session | scoped_session[Any]


@dataclass(frozen=True)
class Place:
    """A company in which a person has an active membership."""

    company_id: UUID
    company_name: str
    role: str
    suspended: bool


@dataclass(frozen=True)
class DueOperation:
    company_id: UUID
    operation_id: UUID
    priority: int


class Parking(Protocol):
    """Companies that cannot go on now (app/sync/parking.py)."""

    @property
    def wholly(self) -> list[UUID]: ...

    @property
    def bulk(self) -> list[UUID]: ...


@dataclass(frozen=True)
class CompanyHealth:
    """What the platform's list shows of a practice: counts and times only."""

    company_id: UUID
    name: str
    suspended_at: datetime | None
    people: int
    clients: int
    open_requests: int
    connection_status: str | None
    organisation_name: str | None
    last_sync_at: datetime | None
    failed: int
    waiting: int


def places_of(session: AnySession, user_id: UUID) -> list[Place]:
    """Where this person may go, by the company's name."""
    rows = session.execute(
        text("select company_id, company_name, role, suspended from lookup_places_of(:user_id)"),
        {"user_id": user_id},
    )
    return [Place(*row) for row in rows]


def due_operations(
    session: AnySession, limit: int, ring_again: float, parking: Parking | None = None
) -> list[DueOperation]:
    """Operations to hand to workers now: due, or held by a worker whose lease ran out, and not rung for
    `ring_again` seconds.

    Fair whatever the order of arrival: every company's first comes before any company's second, small priorities
    first, and no company gets more than it can have under way at once. `parking`: companies to leave alone.
    """
    rows = session.execute(
        text(
            "select company_id, operation_id, priority from lookup_due_operations(:limit, :ring_again,"
            " cast(:wholly as uuid[]), cast(:bulk as uuid[]))"
        ),
        {
            "limit": limit,
            "ring_again": ring_again,
            "wholly": [str(company) for company in parking.wholly] if parking else [],
            "bulk": [str(company) for company in parking.bulk] if parking else [],
        },
    )
    return [DueOperation(*row) for row in rows]


def company_ids(session: AnySession) -> list[UUID]:
    """Every company that is not suspended, for the clock's periodic work."""
    return [row[0] for row in session.execute(text("select company_id from lookup_company_ids()"))]


def company_healths(session: AnySession) -> list[CompanyHealth]:
    """Every company with its health, for super admins."""
    return [CompanyHealth(*row) for row in session.execute(text("select * from lookup_company_healths()"))]


def any_company(session: AnySession) -> bool:
    """Whether the installation has a company at all: the demonstration data is loaded into an empty one only."""
    return bool(session.scalar(text("select lookup_any_company()")))
