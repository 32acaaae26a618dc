"""What a new password must be: long, and not what everybody would try first."""

import re

from app.checks import Checks
from app.errors import field_problem
from app.extensions import password_hasher
from app.models import User

LEAST, MOST = 12, 500
_LOOKS_LIKE = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)
# Short common passwords are shut out by the length. The long ones are these words, doubled, numbered, decorated.
_COMMON = """
    password passwort passphrase passwd pass word letmein welcome changeme default secret trustno access admin
    administrator root login master superman batman dragon monkey football baseball basketball soccer cricket
    iloveyou iloveu loveme love princess sunshine starwars pokemon michael jordan ashley jessica charlie hunter
    shadow qwertyuiop qwerty qwertz azerty asdfghjkl asdfgh asdf zxcvbnm zxcvbn qazwsx edcrfv tgbyhn ujmik
    abcdefghijklmnopqrstuvwxyz abcdefghijkl abcdefgh abcdef abcd abc summer winter spring autumn january
    monday friday australia sydney melbourne brisbane company business office accounting accountant accounts
    xero countinghouse demo test testing user guest hello whatever computer internet google facebook
    correcthorsebatterystaple correct horse battery staple this is my your our the a
"""
_WORDS = re.compile("|".join(sorted(_COMMON.split(), key=len, reverse=True)))
_FEW = 4
"""So many letters or fewer besides common words, figures and signs: nothing of one's own is in it."""


def check_new_password(checks: Checks, password: str, email: str, field: str = "password") -> None:
    """Note in `checks` what is wrong with a password for the person with this address."""
    if len(password) < LEAST:
        checks.wrong(field, f"The password has {len(password)} characters. Use at least {LEAST}.")
    elif len(password) > MOST:
        checks.wrong(field, f"The password has {len(password)} characters. Use {MOST} at most.")
    elif _common(password):
        checks.wrong(
            field, "This password is one of those tried first. Use words that only you would put together."
        )
    elif _names(password, email):
        checks.wrong(
            field, "The password contains your e-mail address. Use something that is not known of you."
        )


def _common(password: str) -> bool:
    lower = password.lower()
    if len(set(lower)) < 5:
        return True
    plain, read = (re.sub(r"[^a-z]", "", text) for text in (lower, lower.translate(_LOOKS_LIKE)))
    if any(letter.isalpha() and not letter.isascii() for letter in lower):
        return False
    # Without a letter it is a row of figures: a date, a phone number, a run.
    return not plain or min(len(_WORDS.sub("", plain)), len(_WORDS.sub("", read))) < _FEW


def _names(password: str, email: str) -> bool:
    lower, (before, _, host) = password.lower(), email.lower().partition("@")
    parts = (email.lower(), before, host.partition(".")[0])
    return any(len(part) >= 4 and part in lower for part in parts)


def set_password(user: User, password: str) -> None:
    """Keep the password's hash (not committed). Raises `Problem` 422 on `password`."""
    checks = Checks()
    check_new_password(checks, password, user.email)
    checks.finish()
    user.password_hash = password_hasher.hash(password)


def check_repeat(password: str, again: str) -> None:
    """Raises `Problem` 422 on `again` unless both are the same."""
    if password != again:
        raise field_problem("again", "The two passwords differ. Write the new one twice.")
