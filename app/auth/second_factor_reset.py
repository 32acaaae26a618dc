"""Taking a person's whole second factor, by whoever runs the installation: they lost phone and codes."""

from sqlalchemy import delete

from app.auth import person, trail
from app.auth import second_factor as factor
from app.auth import second_factor_codes as recovery
from app.auth.second_factor_app import ensure_row
from app.auth.sessions import end_all_sessions
from app.checks import Checks
from app.errors import Problem, WrongState
from app.extensions import db
from app.mail.outbox import post, public_link
from app.models import Passkey, User

LONGEST_REASON = 300


def reset_second_factor(email: str, reason: str) -> User:
    """Take app, passkeys and recovery codes; every sign-in of the person ends (not committed). The password stays.

    `reason`: for the audit logs of the person's practices, and for the mail. Raises `Problem`.
    """
    checks = Checks()
    why = checks.required("reason", reason, "The reason", LONGEST_REASON)
    checks.finish()
    user = person.user_of(email)
    if user is None:
        raise Problem(f"There is no active person with the address {email}.", status=404)
    row = ensure_row(user.id)
    had = factor.standing(user.id)
    if not had.on:
        raise WrongState(f"{user.name} has no second factor: the password alone signs them in.")
    row.app_secret = row.app_confirmed_at = row.app_last_step = row.wrong_since = None
    row.wrong_tries = 0
    db.session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    recovery.remove(user.id)
    end_all_sessions(user.id)
    person.use_up_links(user.id)
    before = {"authenticator": had.app, "keys": had.passkeys, "codes": had.codes_left}
    trail.told("person.factor_reset", user.id, {"reason": why}, before, by=trail.OPERATOR)
    post(
        "second_factor_reset",
        user.email,
        "Your second factor was reset",
        {"name": user.name, "why": why, "url": public_link("auth.forgot")},
        reason=person.YOURS,
    )
    return user
