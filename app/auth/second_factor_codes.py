"""Recovery codes: ten, shown once, kept as hashes, each good for one sign-in."""

import secrets
from uuid import UUID

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select

from app.extensions import db, password_hasher
from app.models import RecoveryCode, now

COUNT = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are read for one another."""
GROUPS, GROUP = 3, 4


def make(user_id: UUID) -> list[str]:
    """Ten new codes in place of all before (not committed). They can be shown now and never again."""
    remove(user_id)
    codes = [_code() for _ in range(COUNT)]
    db.session.add_all(
        RecoveryCode(user_id=user_id, code_hash=password_hasher.hash(_plain(c))) for c in codes
    )
    return codes


def _code() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))


def _plain(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())


def remove(user_id: UUID) -> None:
    """Forget all codes of this person (not committed)."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def left(user_id: UUID) -> int:
    """How many can still be used."""
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(unused) or 0


def take(user_id: UUID, code: str) -> bool:
    """Whether this is an unused code of theirs; it is used up (not committed). The caller holds the person's lock."""
    plain = _plain(code)
    if len(plain) != GROUPS * GROUP:
        return False
    unused = select(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    for row in db.session.scalars(unused):
        try:
            password_hasher.verify(row.code_hash, plain)
        except (VerificationError, InvalidHashError):
            continue
        row.used_at = now()
        return True
    return False
