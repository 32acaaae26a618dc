"""Sign-in: checking a password, beginning and ending sessions."""

import logging
from datetime import timedelta
from functools import cache
from hashlib import sha256
from uuid import UUID, uuid4

from argon2.exceptions import InvalidHashError, VerificationError
from flask import request, session
from redis.exceptions import RedisError
from sqlalchemy import func, select, update

from app.auth import trail
from app.errors import Problem
from app.extensions import db, password_hasher, redis_client
from app.models import User, UserSession, now

log = logging.getLogger(__name__)

PAGE_SESSION = timedelta(hours=12)
"""The tax office's framework wants sign-ins to end within 24 hours."""
API_SESSION = timedelta(hours=12)
TRIES, WINDOW_SECONDS = 10, 300
LONGEST_EMAIL = 254
"""Characters (RFC 5321)."""
WRONG = "That e-mail address and password do not belong together."


@cache
def _nobodys_hash() -> str:
    # Verified when the e-mail is unknown, so that the answer takes as long as for a known one.
    return password_hasher.hash("nobody has this password")


def check_password(email: str, password: str) -> User:
    """The active user with this e-mail and password. Raises `Problem` 401, the same for every kind of wrong, and 429
    after too many tries for one account from one address."""
    email = email.strip().lower()
    _throttle(email)
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
    _forget_tries(email)
    return user


def _tries_key(email: str) -> str:
    # Account and address together: somebody else's tries never lock the person out. Hashed, because anybody may send
    # an e-mail of a megabyte, and Redis must not fill with them.
    account = sha256(email.encode("utf-8", "surrogatepass")).hexdigest()
    return f"countinghouse:sign-in:{account}:{request.remote_addr}"


def _throttle(email: str) -> None:
    try:
        pipeline = redis_client().pipeline()
        pipeline.incr(_tries_key(email))
        pipeline.expire(_tries_key(email), WINDOW_SECONDS)
        tries = int(pipeline.execute()[0])
    except RedisError:
        # Counting is a brake, not the lock: argon2 still makes each try dear, and people must be able to work.
        log.warning("Sign-in tries are not counted: Redis does not answer")
        return
    if tries > TRIES:
        raise Problem(
            "Too many tries. Wait five minutes, then try again; your password may also be reset by your practice's"
            " admin.",
            code="too_many",
            status=429,
        )


def _forget_tries(email: str) -> None:
    try:
        redis_client().delete(_tries_key(email))
    except RedisError:
        log.warning("Sign-in tries are not cleared: Redis does not answer")


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
