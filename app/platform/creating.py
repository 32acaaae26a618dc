"""A new practice: its settings, and the invitation of its first admin. In the scope of its id; nothing commits."""

import re
from dataclasses import dataclass

from sqlalchemy import func, select

from app.audit.record import Actor, record
from app.checks import Checks
from app.errors import Problem, WrongState
from app.extensions import db
from app.lookups import companies_named
from app.models import Company, Invitation, Membership
from app.platform import log
from app.settings import invitations
from app.settings.actions import check_practice
from app.tenancy import current_company_id

LONGEST_PREFIX = 5
_NAMES = 0x6E616D6573  # "names": whoever gives a practice its name does it alone


@dataclass(frozen=True)
class Wanted:
    """What was filled in. `prefix`: letters of references; empty: taken from the name."""

    name: str
    time_zone: str
    currency: str
    locale: str
    prefix: str
    email: str


def create(wanted: Wanted, by: Actor) -> Company:
    """Make the practice and mail its first admin an invitation. Raises `Problem` 422 naming every wrong field."""
    checks = Checks()
    place = check_practice(checks, wanted.name, wanted.time_zone, wanted.currency, wanted.locale)
    _check_free(checks, place.name)
    prefix = _prefix(checks, wanted.prefix, place.name)
    if checks.email("email", wanted.email) is None:
        checks.wrong("email", "The first admin’s e-mail address is missing. Write one.")
    checks.finish()
    settings = {"time_zone": place.time_zone, "currency": place.currency, "locale": place.locale}
    company = Company(id=current_company_id(), name=place.name, reference_prefix=prefix, **settings)
    db.session.add(company)
    db.session.flush()
    record("practice.added", company, None, {"name": company.name, **settings}, by=by)
    log.note("practice.added", company, by, settings)
    invitations.invite(wanted.email, "admin", by.name, actor=by)
    return company


def _check_free(checks: Checks, name: str) -> None:
    """No two practices begin with one name: super admins could not tell them apart."""
    db.session.execute(select(func.pg_advisory_xact_lock(_NAMES)))
    if any(one.name.casefold() == name.casefold() for one in companies_named(db.session(), name)):
        checks.wrong(
            "name", f"There is a practice called {name} already. Choose another name, or open that one."
        )


def _prefix(checks: Checks, written: str, name: str) -> str:
    """`ABC` of ABC Accounting, `STC` of Smith Tax Co., unless something was written."""
    if not written.strip():
        words = re.findall(r"[A-Za-z0-9]+", name)
        first = next((word for word in words if word.isupper() and len(word) <= LONGEST_PREFIX), "")
        return (first or "".join(word[0] for word in words)[:LONGEST_PREFIX] or "REQ").upper()
    prefix = written.strip().upper()
    if not re.fullmatch(rf"[A-Z0-9]{{1,{LONGEST_PREFIX}}}", prefix):
        checks.wrong("prefix", f"Use 1 to {LONGEST_PREFIX} letters or digits, such as ABC.")
    return prefix


def invite_again(by: Actor) -> Invitation:
    """Mail the first admin of the scope's practice a new link; an expired invitation counts again with it. Raises
    `WrongState` when somebody has come or nobody is invited, `Problem` 429 after too many."""
    if db.session.scalar(select(Membership.id).limit(1)) is not None:
        raise WrongState("Somebody has come to this practice by now. Its own admin invites people.")
    waiting = first_invitation()
    if waiting is None:
        raise Problem("Nobody is invited to this practice.", code="wrong_state", status=409)
    invitations.resend(waiting, actor=by)
    return waiting


def first_invitation() -> Invitation | None:
    """The newest invitation that was neither accepted nor withdrawn, of the scope's practice."""
    return db.session.scalar(
        select(Invitation)
        .where(
            Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None), Invitation.role == "admin"
        )
        .order_by(Invitation.created_at.desc())
        .limit(1)
    )
