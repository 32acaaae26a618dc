"""Sign-in: checking a password, beginning and ending sessions."""

import logging
from datetime import timedelta
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
API_SESSION = timedelta(hours=12)
TRIES, TRIES_OF_ADDRESS, WINDOW_SECONDS = 10, 100, 300
LONGEST_EMAIL = 254
"""Characters (RFC 5321)."""
TOO_MANY = "Too many tries. Wait five minutes, then try again, or have a link for a new password sent to you."
WRONG = "That e-mail address and password do not belong together."


@cache
def _nobodys_hash() -> str:
    # Verified when the e-mail is unknown, so that the answer takes as long as for a known one.
    return password_hasher.hash("nobody has this password")


def check_password(email: str, password: str) -> User:
    """The active user with this e-mail and password. Raises `Problem` 401, the same for every kind of wrong, and 429
    after too many tries for one account from one address, or for any accounts from it."""
    email = email.strip().lower()
    here = throttle.address()
    # Account and address together: somebody else's tries never lock the person out.
    ours, anyones = f"sign-in:{throttle.name(email)}:{here}", f"sign-in-from:{here}"
    throttle.count(ours, TRIES, WINDOW_SECONDS, TOO_MANY)
    throttle.count(anyones, TRIES_OF_ADDRESS, WINDOW_SECONDS, TOO_MANY)
    # PostgreSQL takes no NUL in a text: nobody has such an address.
    possible = len(email) <= LONGEST_EMAIL and "\x00" not in email
    user = db.session.scalar(select(User).where(func.lower(User.email) == email)) if possible else None
    right = False
    try:
        right = password_hasher.verify(user.password_hash if user else _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        log.info("A sign-in was refused")
    if user is not None and not (right and user.active):
        trail.failed(user)
    if user is None or not right or not user.active:
        raise Problem(WRONG, code="wrong_credentials", status=401)
    throttle.forget(ours)
    throttle.give_back(anyones)
    return user


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
