"""A super admin's way into a practice and out of it. Nothing here commits."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from app.checks import Checks
from app.extensions import db
from app.models import CompanyEntry, now

LEAST_REASON, LONGEST_REASON = 10, 500
LENGTHS = {"15": "15 minutes", "60": "1 hour", "240": "4 hours"}
"""How many minutes a visit may last."""


@dataclass(frozen=True)
class Visit:
    """A visit as it was asked for, checked: why, how many minutes, whether anything may be changed."""

    reason: str
    minutes: int
    writes: bool


def ask_for_visit(reason: str, minutes: str, writes: bool) -> Visit:
    """Check what was said at the door. Raises `Problem` 422 on `reason` or `minutes`."""
    checks = Checks()
    why = checks.required("reason", reason, "The reason", LONGEST_REASON)
    if why and len(why) < LEAST_REASON:
        checks.wrong(
            "reason", f"Say in at least {LEAST_REASON} characters why you enter. The practice reads it."
        )
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
