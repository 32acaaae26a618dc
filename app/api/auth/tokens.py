"""Access and refresh tokens. Both point at a `UserSession` row, read on each request: ending it ends them.

Claims of an access token (`app.auth.gate` reads them): ``sub`` user id, ``sid`` session id, ``cid`` company
id or null, ``super`` whether the person may name a company by query. A refresh token has ``sid`` and ``rid``;
it counts while ``rid`` is the session's `refresh_id`, and each use puts a new one there.
"""

from datetime import timedelta
from uuid import UUID, uuid4

import jwt as pyjwt
from flask_jwt_extended import create_access_token, create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from sqlalchemy import select

from app.api.auth.shapes import Tokens
from app.api.shapes import Named
from app.auth import trail
from app.auth.sessions import API_SESSION, begin_session, end_session
from app.errors import Problem
from app.extensions import db
from app.lookups import Place, places_of
from app.models import User, UserSession, now

ACCESS_LASTS = timedelta(minutes=15)


class RefreshReused(Problem):
    """A refresh token came a second time: it was stolen, or the program lost count. The session must end."""

    def __init__(self, session_id: UUID) -> None:
        super().__init__(
            "This refresh token was used before, so the sign-in has been ended to be safe. Sign in again.",
            code="refresh_reused",
            status=401,
        )
        self.session_id = session_id


def open_session(user: User, place: Place | None, *, second_factor: bool = False) -> Tokens:
    """A new session with its first pair of tokens (not committed). `place`: None outside any company;
    `second_factor`: whether one was proved."""
    row = begin_session(user, "api", place.company_id if place else None)
    row.second_factor_at = now() if second_factor else None
    db.session.flush()
    return _pair(row, user, place)


def turn(refresh_token: str) -> Tokens:
    """The next pair of tokens for a refresh token (not committed).

    Raises `RefreshReused` when it was used before, `Problem` 401 when it is not valid or its session has
    ended.
    """
    session_id, refresh_id = _read(refresh_token)
    # Locked, so that of two that come at once one is the second.
    row = db.session.scalar(
        select(UserSession).where(UserSession.id == session_id).with_for_update(of=UserSession)
    )
    if row is None or row.ended_at or row.expires_at <= now() or not row.user.active:
        raise _ended()
    if row.refresh_id != refresh_id:
        raise RefreshReused(row.id)
    place = next(
        (one for one in places_of(db.session, row.user_id) if one.company_id == row.company_id), None
    )
    if place is None and (row.company_id is not None or not row.user.super_admin):
        raise _ended()
    row.refresh_id = uuid4()
    row.last_seen_at = now()
    return _pair(row, row.user, place)


def end_reused(reused: RefreshReused) -> None:
    """End the session whose refresh token was reused (not committed), and tell the person's practices."""
    end_session(reused.session_id)
    row = db.session.get_one(UserSession, reused.session_id)
    trail.told("person.token_reused", row.user_id, by=trail.NOBODY)


def _ended() -> Problem:
    return Problem("This sign-in has ended. Sign in again.", code="session_ended", status=401)


def _read(refresh_token: str) -> tuple[UUID, UUID]:
    try:
        claims = decode_token(refresh_token)
        if claims.get("type") != "refresh":
            raise pyjwt.InvalidTokenError
        return UUID(claims["sid"]), UUID(claims["rid"])
    except (pyjwt.PyJWTError, JWTExtendedException, KeyError, ValueError):
        raise Problem(
            "The refresh token is not valid, or it has expired.", code="bad_token", status=401
        ) from None


def _pair(row: UserSession, user: User, place: Place | None) -> Tokens:
    access = {
        "sid": str(row.id),
        "cid": str(row.company_id) if row.company_id else None,
        "super": user.super_admin,
    }
    refresh = {"sid": str(row.id), "rid": str(row.refresh_id)}
    return Tokens(
        access_token=create_access_token(str(user.id), expires_delta=ACCESS_LASTS, additional_claims=access),
        token_type="Bearer",  # noqa: S106  the name of a scheme, not a secret
        expires_in=int(ACCESS_LASTS.total_seconds()),
        refresh_token=create_refresh_token(
            str(user.id), expires_delta=API_SESSION, additional_claims=refresh
        ),
        company=Named(id=place.company_id, name=place.company_name) if place else None,
        role=place.role if place else "super",
    )
