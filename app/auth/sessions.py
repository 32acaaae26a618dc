"""Sign-in: checking a password, beginning and ending sessions."""

import logging
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID, uuid4

from argon2.exceptions import InvalidHashError, VerificationError
from flask import request, session
from sqlalchemy import func, select, update

from app.auth import throttle, trail
from app.errors import Problem
from app.extensions import db, password_hasher
from app.models import User, UserSession, now

log = logging.getLogger(__name__)

PAGE_SESSION = timedelta(hours=12)
"""The tax office's framework wants sign-ins to end within 24 hours."""
LONGEST_PAGE_SESSION = timedelta(hours=24)
"""However often it is made to last longer."""
API_SESSION = timedelta(hours=12)
TRIES, TRIES_OF_ADDRESS, WINDOW_SECONDS = 10, 100, 300
TRIES_OF_ACCOUNT, ACCOUNT_SECONDS = 100, 3600
"""For one account from everywhere together; then only those are heard who come from where the person has been."""
KNOWN_FOR = timedelta(days=30)
VOUCHED_SECONDS = 24 * 3600
LONGEST_EMAIL = 254
"""Characters (RFC 5321)."""
TOO_MANY = "Too many tries. Wait five minutes, then try again, or have a link for a new password sent to you."
GUESSED = (
    "Too many wrong passwords for this account, from many places. Sign in from where you have before, or with a"
    " passkey, or have a link for a new password sent to you."
)
WRONG = "That e-mail address and password do not belong together."


@cache
def _nobodys_hash() -> str:
    # Verified when the e-mail is unknown, so that the answer takes as long as for a known one.
    return password_hasher.hash("nobody has this password")


def check_password(email: str, password: str) -> User:
    """The active user with this e-mail and password. Raises `Problem` 401, the same for every kind of wrong, and 429
    after too many tries for one account from one address, for any accounts from it, or for one account from anywhere
    (known or not, and then not for whoever has signed in from this address)."""
    email = email.strip().lower()
    here = throttle.address()
    # PostgreSQL takes no NUL in a text: nobody has such an address.
    possible = len(email) <= LONGEST_EMAIL and "\x00" not in email
    # Account and address together: somebody else's tries never lock the person out.
    ours, anyones = f"sign-in:{throttle.name(email)}:{here}", f"sign-in-from:{here}"
    everywhere = f"sign-in-to:{throttle.name(email)}"
    throttle.count(ours, TRIES, WINDOW_SECONDS, TOO_MANY)
    throttle.count(anyones, TRIES_OF_ADDRESS, WINDOW_SECONDS, TOO_MANY)
    many = not throttle.take(everywhere, TRIES_OF_ACCOUNT, ACCOUNT_SECONDS)
    if many and not (possible and known_here(email, here)):
        raise Problem(GUESSED, code="too_many", status=429)
    user = db.session.scalar(select(User).where(func.lower(User.email) == email)) if possible else None
    right = False
    try:
        # Whoever signs in with mailed codes has no password, and none is right; finding that out takes as long.
        kept = user.password_hash if user else ""
        right = password_hasher.verify(kept or _nobodys_hash(), password) and kept != ""
    except (VerificationError, InvalidHashError):
        log.info("A sign-in was refused")
    if user is not None and not (right and user.active):
        trail.failed(user)
    if user is None or not right or not user.active:
        raise Problem(WRONG, code="wrong_credentials", status=401)
    throttle.forget(ours)
    throttle.give_back(anyones)
    throttle.give_back(everywhere)
    return user


def known_here(email: str, here: str) -> bool:
    """Whether the account's person has signed in from this address lately, or shown here that its mail is theirs."""
    if throttle.remembered(_vouched(email, here)):
        return True
    been = select(UserSession.address).join(User, User.id == UserSession.user_id)
    been = been.where(func.lower(User.email) == email, UserSession.created_at > now() - KNOWN_FOR)
    return here in {throttle.network(address) for address in db.session.scalars(been.distinct()) if address}


def vouch(email: str) -> None:
    """The person has followed a link mailed to them, here: whatever others tried, they are heard."""
    email, here = email.strip().lower(), throttle.address()
    throttle.forget(f"sign-in:{throttle.name(email)}:{here}")
    throttle.remember(_vouched(email, here), VOUCHED_SECONDS)


def _vouched(email: str, here: str) -> str:
    return f"vouched:{throttle.name(email)}:{here}"


def begin_session(user: User, kind: str, company_id: UUID | None) -> UserSession:
    """Write a new session's row (not committed)."""
    lasts = PAGE_SESSION if kind == "page" else API_SESSION
    row = UserSession(
        id=uuid4(),
        user_id=user.id,
        kind=kind,
        company_id=company_id,
        refresh_id=uuid4() if kind == "api" else None,
        expires_at=now() + lasts,
        last_seen_at=now(),
        address=request.remote_addr,
        agent=(request.user_agent.string or "")[:200],
    )
    db.session.add(row)
    return row


def lengthen_session(session_id: UUID) -> datetime:
    """Let a page's session last as long as a new one would, up to a day from its beginning (not committed); until
    when that is."""
    row = db.session.scalars(
        select(UserSession).where(UserSession.id == session_id).with_for_update(of=UserSession)
    ).one()
    row.expires_at = max(row.expires_at, min(now() + PAGE_SESSION, row.created_at + LONGEST_PAGE_SESSION))
    return row.expires_at


def end_session(session_id: UUID) -> None:
    """End one session: its cookie or tokens stop counting at once (not committed)."""
    db.session.execute(update(UserSession).where(UserSession.id == session_id).values(ended_at=now()))


def end_all_sessions(user_id: UUID, but: UUID | None = None) -> int:
    """End every sign-in of a person, pages and programs alike (not committed); how many. `but`: one to keep."""
    ending = update(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    if but is not None:
        ending = ending.where(UserSession.id != but)
    return len(db.session.scalars(ending.values(ended_at=now()).returning(UserSession.id)).all())


def remember_in_browser(user_session: UserSession, company_id: UUID | None) -> None:
    """Write the cookie: two ids, signed. Everything else in it goes, so the CSRF token changes with the sign-in or the
    company, and a tab opened under another one cannot post."""
    session.clear()
    session["sid"] = str(user_session.id)
    if company_id:
        session["cid"] = str(company_id)


def choose_company(session_id: UUID, company_id: UUID | None) -> None:
    """Make this the company of a browser's session (the membership or entry is checked on each request)."""
    db.session.execute(update(UserSession).where(UserSession.id == session_id).values(company_id=company_id))
    session.clear()
    session["sid"] = str(session_id)
    if company_id:
        session["cid"] = str(company_id)
