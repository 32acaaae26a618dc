"""Deciding that a practice is deleted for good, and taking that back. In the practice's scope; nothing commits.

The practice is closed at once: it is suspended with the day as part of the reason, so every place that tells its people
why (pages, JSON API, sign-in) tells them until when.
"""

from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import select

from app.audit.record import Actor, record
from app.checks import Checks, one_line
from app.companies import locked_company
from app.errors import WrongState
from app.extensions import db
from app.mail.alerts import practice_closing, practice_kept
from app.models import Company, CompanyClosing, now
from app.platform import log
from app.platform.actions import check_reason_of


def find_closing() -> CompanyClosing | None:
    """The decision about the scope's practice, if there is one."""
    return db.session.scalar(select(CompanyClosing))


def close(typed_name: str, reason: str, by: Actor) -> CompanyClosing:
    """Close the practice and have it deleted when the delay is over. Raises `Problem` 422 on `typed` or `because`,
    `WrongState` when that is decided already."""
    company = locked_company()
    if find_closing() is not None:
        raise WrongState(f"{company.name} is to be deleted already.")
    checks = Checks()
    if one_line(typed_name) != one_line(company.name):
        checks.wrong("typed", f"Type the practice’s name as it stands here: {company.name}.")
    said = check_reason_of(checks, reason, "it is deleted", "because")
    checks.finish()
    closing = CompanyClosing(
        asked_by=by.name,
        asked_by_id=by.user_id,
        reason=said,
        before_suspended_at=company.suspended_at,
        before_suspension_reason=company.suspension_reason,
    )
    db.session.add(closing)
    db.session.flush()
    day = day_of(closing, company)
    company.suspended_at = now()
    company.suspension_reason = f"It is closed, and everything in it is deleted for good on {day}. {said}"
    record("practice.closed", company, None, {"reason": said, "erase_after": closing.erase_after}, by=by)
    log.note("practice.closed", company, by, {"reason": said, "until": day})
    practice_closing(company, day, said)
    return closing


def keep(by: Actor) -> Company:
    """Take the decision back: the practice stands as it stood before. Raises `WrongState` when nothing is decided, or
    the deleting has begun."""
    company = locked_company()
    closing = db.session.scalar(select(CompanyClosing).with_for_update())
    if closing is None:
        raise WrongState(f"{company.name} is not to be deleted.")
    if closing.begun_at is not None:
        raise WrongState(f"The deleting of {company.name} has begun. There is no way back.")
    company.suspended_at = closing.before_suspended_at
    company.suspension_reason = closing.before_suspension_reason
    db.session.delete(closing)
    record("practice.kept", company, {"erase_after": closing.erase_after}, None, by=by)
    log.note("practice.kept", company, by)
    practice_kept(company)
    return company


def day_of(closing: CompanyClosing, company: Company) -> str:
    """The day in words, where the practice is."""
    there = closing.erase_after.astimezone(ZoneInfo(company.time_zone)).date()
    return format_date(there, "d MMMM y", locale=company.locale)
