"""Second factor: whether a person has one, and checking what they answer with. Nothing here commits.

Wrong answers are counted in the database, not in Redis: six digits can be guessed, so counting them must never fail
open. Who guesses has the password already.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select, update

from app.auth import second_factor_app as app_codes
from app.auth import second_factor_codes as recovery
from app.auth import trail
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import Passkey, SecondFactor, User, UserSession, now

TRIES, WINDOW = 5, timedelta(minutes=10)
"""Wrong answers before a person must wait, whatever address they come from."""


class WrongCode(Problem):
    """The code does not count. Commit before telling: the wrong try has been counted."""

    def __init__(self) -> None:
        message = (
            "This code does not count. Type the one that your app shows now; each is taken once. "
            "A recovery code counts once, too."
        )
        super().__init__(message, code="wrong_code", status=401, fields={"code": [message]})


@dataclass(frozen=True)
class Standing:
    """What of a second factor a person has."""

    app: bool
    offered: bool
    """A secret was made that no code has confirmed yet."""
    codes_left: int
    passkeys: int

    @property
    def on(self) -> bool:
        return self.app or self.passkeys > 0


def standing(user_id: UUID) -> Standing:
    factor = find(user_id)
    has_secret = factor is not None and factor.app_secret is not None
    confirmed = factor is not None and factor.app_confirmed_at is not None
    return Standing(
        app=has_secret and confirmed,
        offered=has_secret and not confirmed,
        codes_left=recovery.left(user_id),
        passkeys=db.session.scalar(select(func.count()).where(Passkey.user_id == user_id)) or 0,
    )


def find(user_id: UUID) -> SecondFactor | None:
    return db.session.scalar(select(SecondFactor).where(SecondFactor.user_id == user_id))


def has_one(user_id: Any) -> ColumnElement[bool]:
    """Whether a password alone does not sign the person in, as a part of a statement."""
    app = exists().where(SecondFactor.user_id == user_id, SecondFactor.app_confirmed_at.is_not(None))
    return or_(app, exists().where(Passkey.user_id == user_id))


def is_on(user_id: UUID) -> bool:
    """Whether a password alone does not sign this person in."""
    return bool(db.session.scalar(select(has_one(user_id))))


def check_code(user_id: UUID, code: str) -> str:
    """Take a code of the app, or a recovery code: `app` or `recovery`.

    Raises `WrongCode` (commit, then tell), and `Problem` 429 after too many wrong ones.
    """
    factor = app_codes.ensure_row(user_id)
    _brake(factor)
    typed = "".join(code.split())
    kind = None
    if factor.app_confirmed_at is not None and app_codes.take_code(factor, typed):
        kind = "app"
    elif recovery.take(user_id, typed):
        kind = "recovery"
        trail.told("person.code_used", user_id, {"left": recovery.left(user_id)})
    if kind is None:
        _count_wrong(factor)
        trail.failed(db.session.get_one(User, user_id), "person.code_failed")
        raise WrongCode
    factor.wrong_tries = 0
    return kind


def _brake(factor: SecondFactor) -> None:
    recent = factor.wrong_since is not None and factor.wrong_since > now() - WINDOW
    if recent and factor.wrong_tries >= TRIES:
        message = "Too many wrong codes. Wait ten minutes, then try again."
        raise Problem(message, code="too_many", status=429, fields={"code": [message]})
    if not recent:
        factor.wrong_tries, factor.wrong_since = 0, now()


def _count_wrong(factor: SecondFactor) -> None:
    if factor.wrong_tries == 0:
        factor.wrong_since = now()
    factor.wrong_tries += 1


def confirm_app(user_id: UUID, session_id: UUID, code: str) -> list[str]:
    """Switch the app on with its first code: the new recovery codes. Every other sign-in of the person ends, because
    it was made with a password alone. Raises `WrongCode`, `Problem` 429, `WrongState` when none was offered."""
    factor = app_codes.ensure_row(user_id)
    if factor.app_secret is None or factor.app_confirmed_at is not None:
        raise WrongState("There is no authenticator app to confirm. Begin again.")
    _brake(factor)
    if not app_codes.take_code(factor, "".join(code.split())):
        _count_wrong(factor)
        raise WrongCode
    factor.app_confirmed_at, factor.wrong_tries = now(), 0
    prove(user_id, session_id)
    trail.told("person.app_set_up", user_id)
    return recovery.make(user_id)


def prove(user_id: UUID, session_id: UUID) -> None:
    """Write down that this session has proved a second factor, and end the person's others."""
    mine = update(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    db.session.execute(mine.where(UserSession.id == session_id).values(second_factor_at=now()))
    db.session.execute(mine.where(UserSession.id != session_id).values(ended_at=now()))


def switch_off_app(user_id: UUID) -> None:
    """Forget the app's secret; password and code have been checked. Recovery codes stay for who has a passkey."""
    factor = app_codes.ensure_row(user_id)
    factor.app_secret = factor.app_confirmed_at = factor.app_last_step = None
    db.session.flush()
    trail.told("person.app_removed", user_id)
    if not is_on(user_id):
        recovery.remove(user_id)
