"""The few questions that look across companies, each a reviewed SQL function (migrations/sql).

The app's database role sees one company at a time. These functions belong to a role of their own that may read just
the columns they need, and they answer ids and counts, never a client's data.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    suspension_reason: str | None = None


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
    suspension_reason: str | None
    people: int
    clients: int
    open_requests: int
    connection_status: str | None
    organisation_name: str | None
    xero_tenant_id: str | None
    last_sync_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    consecutive_errors: int | None
    failed: int
    waiting: int
    cause_kinds: list[str]
    """What operations wait for: the kind of each cause, so a kind may stand twice."""
    stored_rows: int | None
    stored_bytes: int | None
    stored_counted_at: datetime | None
    """When its rows were counted last; None: not yet."""

    @property
    def id(self) -> UUID:
        return self.company_id

    @property
    def awaited(self) -> bool:
        """Nobody has a place in it yet: its first admin was invited and has not come."""
        return self.people == 0


@dataclass(frozen=True)
class Named:
    """A company by its name, and nothing else of it."""

    company_id: UUID
    name: str
    suspended: bool


@dataclass(frozen=True)
class Owner:
    """Who has an organisation of Xero connected or, where nobody has, who let go of it last (`status` disconnected)."""

    xero_tenant_id: str
    company_id: UUID
    company_name: str
    connection_id: UUID
    status: str


def places_of(session: AnySession, user_id: UUID) -> list[Place]:
    """Where this person may go, by the company's name."""
    rows = session.execute(
        text("select * from lookup_places_of(:user_id)"),
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


def company_healths(
    session: AnySession, *, words: str = "", after: UUID | None = None, up_to: int = 50
) -> list[CompanyHealth]:
    """Companies with their health by name, for super admins: those with the words in their own or their
    organisation's name, from the one that comes behind `after` on."""
    return _healths(session, None, words, after, up_to)


def company_health(session: AnySession, company_id: UUID) -> CompanyHealth | None:
    """One company's health."""
    return next(iter(_healths(session, company_id, "", None, 1)), None)


def _healths(
    session: AnySession, only: UUID | None, words: str, after: UUID | None, up_to: int
) -> list[CompanyHealth]:
    rows = session.execute(
        text("select * from lookup_company_healths(:only, :words, :after, :up_to)"),
        {"only": only, "words": words, "after": after, "up_to": up_to},
    )
    return [CompanyHealth(*row) for row in rows]


def companies_named(session: AnySession, words: str, up_to: int | None = None) -> list[Named]:
    """Companies with these words in their name, by name; None: all there are."""
    rows = session.execute(
        text("select * from lookup_companies(:words, :up_to)"), {"words": words, "up_to": up_to}
    )
    return [Named(*row) for row in rows]


def companies_visited(session: AnySession, user_id: UUID, up_to: int) -> list[Named]:
    """The companies that this super admin entered last, the latest first."""
    rows = session.execute(
        text("select * from lookup_companies_visited(:user_id, :up_to)"), {"user_id": user_id, "up_to": up_to}
    )
    return [Named(*row) for row in rows]


def due_mails(session: AnySession, limit: int, ring_again: timedelta) -> list[tuple[UUID | None, UUID]]:
    """Mails to send now, not rung for `ring_again`: company (None for a person's own) and mail, oldest first."""
    rows = session.execute(
        text("select company_id, mail_id from lookup_due_mails(:limit, now() - :ring_again)"),
        {"limit": limit, "ring_again": ring_again},
    )
    return [(row[0], row[1]) for row in rows]


def due_exports(session: AnySession, ring_again: float) -> list[tuple[UUID, UUID, bool]]:
    """Exports that wait for a worker and were not rung for in `ring_again` seconds, or whose worker is gone; and those
    whose time is over: company, export, whether it is over."""
    rows = session.execute(text("select * from lookup_due_exports(:ring_again)"), {"ring_again": ring_again})
    return [(row[0], row[1], row[2]) for row in rows]


@dataclass(frozen=True)
class Closing:
    """A practice that is to be deleted for good, when, and whether that is now."""

    company_id: UUID
    erase_after: datetime
    due: bool


def closings(session: AnySession) -> list[Closing]:
    """Practices that are to be deleted, the nearest first."""
    return [Closing(*row) for row in session.execute(text("select * from lookup_closings()"))]


def belong_nowhere(session: AnySession, people: list[UUID]) -> list[UUID]:
    """Who of these people has no place in any practice."""
    named = {"people": [str(one) for one in people]}
    rows = session.execute(text("select person from lookup_belong_nowhere(cast(:people as uuid[]))"), named)
    return [row[0] for row in rows]


def erase_logs(session: AnySession, company_id: UUID, up_to: int) -> int:
    """Delete so many rows of each of the logs of a practice whose time is over, in its scope; how many went."""
    gone = session.scalar(
        text("select erase_logs(:company, :up_to)"), {"company": company_id, "up_to": up_to}
    )
    return int(gone or 0)


def erase_company(session: AnySession, company_id: UUID) -> None:
    """Delete the row of a practice of which nothing else is left, in its scope, and write the platform's record."""
    session.execute(text("select erase_company(:company)"), {"company": company_id})


def mail_counts(session: AnySession) -> tuple[int, int]:
    """How many mails wait to be sent, and how many were given up: for super admins."""
    row = session.execute(text("select queued, failed from lookup_mail_counts()")).one()
    return row[0], row[1]


def invitation_by(session: AnySession, token_hash: str) -> tuple[UUID, UUID] | None:
    """The company and the invitation of a link, known by the hash of its secret."""
    row = session.execute(
        text("select company_id, invitation_id from lookup_invitation(:hash)"), {"hash": token_hash}
    ).one_or_none()
    return (row[0], row[1]) if row else None


def organisations(session: AnySession, xero_tenant_ids: Collection[str]) -> dict[str, Owner]:
    """Whose these organisations of Xero are; those that no practice ever had are left out."""
    rows = session.execute(
        text("select * from lookup_organisations(cast(:wanted as text[]))"),
        {"wanted": list(xero_tenant_ids)},
    )
    return {row.xero_tenant_id: Owner(*row) for row in rows}


def strays_to_hand_on(session: AnySession, since: datetime, up_to: int) -> list[tuple[str, UUID, UUID]]:
    """Organisations with events kept since then that a practice has connected meanwhile: organisation, company,
    connection."""
    rows = session.execute(
        text("select * from lookup_strays_to_hand_on(:since, :up_to)"), {"since": since, "up_to": up_to}
    )
    return [(row[0], row[1], row[2]) for row in rows]


def any_company(session: AnySession) -> bool:
    """Whether the installation has a company at all: the demonstration data is loaded into an empty one only."""
    return bool(session.scalar(text("select lookup_any_company()")))
