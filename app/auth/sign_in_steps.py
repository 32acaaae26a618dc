"""Sign-ins that wait for their next answer. The cookie holds the row's id; without a session it opens nothing."""

import hashlib
from datetime import timedelta
from uuid import UUID, uuid4

from flask import session
from sqlalchemy import delete, select

from app.extensions import db
from app.models import SignInStep, User, now

LASTS = timedelta(minutes=10)


def begin(
    kind: str, user: User | None = None, *, challenge: bytes | None = None, note: str | None = None
) -> SignInStep:
    """Write the row (not committed) and name it in the cookie. A step of this kind begun before no longer counts."""
    forget(kind)
    row = SignInStep(
        id=uuid4(),
        kind=kind,
        user_id=user.id if user else None,
        password_mark=_mark(user) if user else None,
        challenge=challenge,
        note=note,
        wrong_tries=0,
        expires_at=now() + LASTS,
    )
    db.session.add(row)
    session[_name(kind)] = str(row.id)
    return row


def waiting(kind: str) -> tuple[SignInStep, User | None] | None:
    """The step this browser is at, with its person; None when it is over, used up, or the person may not sign in."""
    try:
        step_id = UUID(session.get(_name(kind), ""))
    except ValueError:
        return None
    live = SignInStep.id == step_id, SignInStep.kind == kind, SignInStep.expires_at > now()
    step = db.session.scalar(select(SignInStep).where(*live).with_for_update())
    if step is None:
        return None
    if step.user_id is None:
        return step, None
    user = db.session.scalars(select(User).where(User.id == step.user_id)).one()
    return (step, user) if user.active and step.password_mark == _mark(user) else None


def forget(kind: str) -> None:
    """Use the step up (not committed)."""
    step_id = session.pop(_name(kind), None)
    if step_id:
        db.session.execute(delete(SignInStep).where(SignInStep.id == UUID(step_id)))


def _name(kind: str) -> str:
    return f"step-{kind}"


def _mark(user: User) -> bytes:
    return hashlib.sha256(user.password_hash.encode()).digest()
