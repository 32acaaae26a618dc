"""Signing in with six digits sent by mail: for the people of clients, never for a practice's own. Nothing here commits.

The code belongs to the browser that asked for it (`sign_in_steps`) and counts once, for ten minutes. Six digits can be
guessed, so tries are counted in the database, not in Redis: five for a code, and 25 wrong ones in a day for a person.
From then on only those are heard who come from where the person has been before; everybody else is told what a wrong
code is told, as is whoever asks for an address that nobody has.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select

from app.auth import sign_in_steps as steps
from app.auth import throttle, trail
from app.auth.person import user_of
from app.auth.second_factor import WrongCode
from app.auth.sessions import TOO_MANY, known_here
from app.errors import Problem
from app.extensions import db, settings
from app.forms import NO_ID
from app.lookups import places_of
from app.mail.outbox import discard, post
from app.models import User, now

KIND = "mailed_code"
TRIES = 5
TRIES_OF_PERSON, OF_PERSON = 25, timedelta(days=1)
HOUR = 3600
MAILS_AN_HOUR, ASKED_AN_HOUR = 6, 30
TRIED, TRIED_SECONDS = 60, 300
"""From one address."""
REASON = "You get this mail because somebody wants to sign in to Countinghouse with this address."


class WrongMailedCode(WrongCode):
    """The code does not count. Commit before telling: the wrong try has been counted."""

    def __init__(self) -> None:
        message = "This code does not count. Type the six digits of the newest mail, or have a new code sent."
        Problem.__init__(self, message, code="wrong_code", status=401, fields={"code": [message]})


def may(user: User | None) -> bool:
    """Whether a mailed code signs this person in: somebody's client, and nowhere staff."""
    # The same work for nobody, so that an unknown address takes as long as a known one.
    roles = {place.role for place in places_of(db.session(), user.id if user else NO_ID)}
    return user is not None and user.active and not user.super_admin and roles == {"client"}


def ask(email: str, following: str | None) -> None:
    """Mail a code and wait for it in this browser. The answer is the same whoever has the address.

    `following`: a path of ours to go on to. Raises `Problem` 429 after too many from one address.
    """
    throttle.count(f"code-from:{throttle.address()}", ASKED_AN_HOUR, HOUR, TOO_MANY.partition(",")[0] + ".")
    # Too many for one address are left out without a word: the code sent last still counts.
    sending = throttle.take(f"code:{throttle.name(email)}", MAILS_AN_HOUR, HOUR)
    if not sending and steps.waiting(KIND) is not None:
        return
    known = user_of(email)
    user = known if may(known) else None
    code = f"{secrets.randbelow(1_000_000):06}"
    step = steps.begin(KIND, user, note=following)
    step.challenge = _mark(step.id, code)
    words = {"name": user.name if user else "Nobody", "code": f"{code[:3]} {code[3:]}"}
    if user is None or not sending:
        step.challenge = secrets.token_bytes(32)
        discard("sign_in_code", words)
    else:
        subject = "Your code for Countinghouse"
        post("sign_in_code", user.email, subject, words, reason=REASON, good_for=steps.LASTS)


def check(typed: str) -> tuple[User, str | None]:
    """The person whose code this is, and where they wanted to go; the code is used up.

    Raises `WrongMailedCode` (commit, then tell); `Problem` 429 after too many; `Problem` 410 when no code is waited for
    in this browser.
    """
    throttle.count(f"code-tried:{throttle.address()}", TRIED, TRIED_SECONDS, TOO_MANY.partition(",")[0] + ".")
    found = steps.waiting(KIND)
    if found is None:
        raise Problem("The code was waited for too long. Have a new one sent.", code="gone", status=410)
    step, _ = found
    if step.wrong_tries >= TRIES:
        message = "Too many wrong codes. Have a new one sent."
        raise Problem(message, code="too_many", status=429, fields={"code": [message]})
    user = _locked(step.user_id)
    right = hmac.compare_digest(step.challenge or b"", _mark(step.id, "".join(typed.split())))
    if not (may(user) and right) or user is None or not _is_heard(user):
        step.wrong_tries += 1
        _count_wrong(user)
        raise WrongMailedCode
    user.wrong_mailed_codes = 0
    following = step.note
    steps.forget(KIND)
    return user, following


def _mark(step_id: UUID, code: str) -> bytes:
    """What is kept of a code: without our secret nobody finds six digits from it."""
    return hmac.new(
        settings().secret_key.get_secret_value().encode(), f"mailed code {step_id} {code}".encode(), sha256
    ).digest()


def _locked(user_id: UUID | None) -> User | None:
    person = select(User).where(User.id == (user_id or NO_ID)).with_for_update()
    return db.session.scalar(person.execution_options(populate_existing=True))


def _is_heard(user: User) -> bool:
    since = user.wrong_mailed_codes_since
    recent = since is not None and since > now() - OF_PERSON
    many = recent and user.wrong_mailed_codes >= TRIES_OF_PERSON
    return not many or known_here(user.email, throttle.address())


def _count_wrong(user: User | None) -> None:
    if user is None:
        return
    since = user.wrong_mailed_codes_since
    if since is None or since <= now() - OF_PERSON:
        user.wrong_mailed_codes, user.wrong_mailed_codes_since = 0, now()
    user.wrong_mailed_codes += 1
    trail.failed(user, "person.mailed_code_failed")
