"""A super admin's way into a practice and out of it, and stopping a practice for a time. Nothing here commits."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.audit.record import Actor, record
from app.checks import Checks
from app.companies import locked_company
from app.errors import WrongState
from app.extensions import db
from app.models import Company, CompanyClosing, CompanyEntry, now
from app.platform import log

LEAST_REASON, LONGEST_REASON = 10, 500
LENGTHS = {"15": "15 minutes", "60": "1 hour", "240": "4 hours"}
"""How many minutes a visit may last."""


@dataclass(frozen=True)
class Visit:
    """A visit as it was asked for, checked: why, how many minutes, whether anything may be changed."""

    reason: str
    minutes: int
    writes: bool


def check_reason(reason: str, why: str, field: str = "reason") -> str:
    """A reason in words. `why`: what it is for, as the sentence goes on. Raises `Problem` 422 on `field`."""
    checks = Checks()
    said = check_reason_of(checks, reason, why, field)
    checks.finish()
    return said


def check_reason_of(checks: Checks, reason: str, why: str, field: str = "reason") -> str:
    """`check_reason` among other checks."""
    said = checks.required(field, reason, "The reason", LONGEST_REASON)
    if said and len(said) < LEAST_REASON:
        checks.wrong(field, f"Say in at least {LEAST_REASON} characters why {why}. The practice reads it.")
    return said


def suspend(reason: str, by: Actor) -> Company:
    """Stop the company of the scope: its people see the reason on every page, and its work for Xero pauses.

    Raises `WrongState` when it is suspended already.
    """
    company = locked_company()
    if company.suspended_at is not None:
        raise WrongState(f"{company.name} is suspended already.")
    company.suspended_at, company.suspension_reason = now(), reason
    record("practice.suspended", company, None, {"reason": reason}, by=by)
    log.note("practice.suspended", company, by, {"reason": reason})
    return company


def resume(by: Actor) -> Company:
    """Let the company of the scope go on where it stopped. Raises `WrongState` when it is not suspended."""
    company = locked_company()
    if company.suspended_at is None:
        raise WrongState(f"{company.name} is not suspended.")
    if db.session.scalar(select(CompanyClosing.id)) is not None:
        raise WrongState(f"{company.name} is to be deleted. Take that back to let it go on.")
    before = {"suspended_at": company.suspended_at, "reason": company.suspension_reason}
    company.suspended_at = company.suspension_reason = None
    record("practice.resumed", company, before, None, by=by)
    log.note("practice.resumed", company, by)
    return company


def ask_for_visit(reason: str, minutes: str, writes: bool) -> Visit:
    """Check what was said at the door. Raises `Problem` 422 on `reason` or `minutes`."""
    checks = Checks()
    why = check_reason_of(checks, reason, "you enter")
    if minutes not in LENGTHS:
        checks.wrong("minutes", f"Choose how long: {', '.join(LENGTHS.values())}.")
    checks.finish()
    return Visit(why, int(minutes), writes)


def enter(user_id: UUID, visit: Visit) -> CompanyEntry:
    """Begin a visit to the company of the scope; an earlier one of the same person ends with it."""
    leave(user_id)
    opened = now()
    entry = CompanyEntry(
        user_id=user_id,
        reason=visit.reason,
        writes=visit.writes,
        opened_at=opened,
        expires_at=opened + timedelta(minutes=visit.minutes),
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def choose_writing(user_id: UUID) -> CompanyEntry:
    """Go on with the visit to the company of the scope as one that may change things, with the same reason and end.
    Raises `WrongState` when none is open."""
    reading = db.session.scalar(
        select(CompanyEntry)
        .where(
            CompanyEntry.user_id == user_id, CompanyEntry.closed_at.is_(None), CompanyEntry.expires_at > now()
        )
        .order_by(CompanyEntry.opened_at.desc())
        .limit(1)
        .with_for_update(of=CompanyEntry)
    )
    if reading is None:
        raise WrongState("This visit has ended. Enter the practice again to change something.")
    if reading.writes:
        return reading
    entry = CompanyEntry(
        user_id=user_id,
        reason=reading.reason,
        writes=True,
        opened_at=now(),
        expires_at=reading.expires_at,
    )
    leave(user_id)
    db.session.add(entry)
    db.session.flush()
    return entry


def leave(user_id: UUID) -> None:
    """End the person's visits to the company of the scope."""
    db.session.execute(
        update(CompanyEntry)
        .where(
            CompanyEntry.user_id == user_id,
            CompanyEntry.closed_at.is_(None),
            CompanyEntry.expires_at > now(),
        )
        .values(closed_at=now())
    )
