"""Passkeys (WebAuthn level 3): making one, and signing in with one. Nothing here commits.

Every challenge is a row that its answer uses up (`sign_in_steps`), whether the answer was right or not. User
verification is always required: who signs in with a passkey has shown the device and a finger, face or PIN.
"""

from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlalchemy import delete, func, select
from webauthn.helpers import options_to_json, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.auth import second_factor, second_factor_codes, trail
from app.auth import sign_in_steps as steps
from app.auth.second_factor_app import ensure_row
from app.checks import Checks
from app.errors import Problem, WrongState
from app.extensions import db, settings
from app.models import Passkey, User, now

MOST = 20
LONGEST_NAME = 60
LONGEST_ANSWER = 20_000
"""Characters; a real one has about a thousand."""
VERIFIED = UserVerificationRequirement.REQUIRED
_WRONG = (WebAuthnException, ValueError, KeyError, TypeError)
"""What the parser raises for an answer that no device made."""


class NotTaken(Problem):
    """A passkey's answer does not count. Commit before telling: the challenge is used up."""


def mine(user_id: UUID) -> list[Passkey]:
    """A person's passkeys, oldest first."""
    found = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at, Passkey.id)
    return list(db.session.scalars(found))


def begin_making(user: User, name: str) -> str:
    """Ask the browser for a new passkey: the options, as JSON. Raises `Problem` 422 on `name`."""
    checks = Checks()
    name = checks.required("name", name, "The passkey’s name", LONGEST_NAME)
    has = mine(user.id)
    if any(one.name.lower() == name.lower() for one in has):
        checks.wrong("name", f"You have a passkey called {name} already. Choose another name.")
    if len(has) >= MOST:
        checks.wrong("name", f"You have {MOST} passkeys. Remove one first.")
    checks.finish()
    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name="Countinghouse",
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
        ),
        exclude_credentials=_descriptors(has),
    )
    steps.begin("new_passkey", user, challenge=options.challenge, note=name)
    return str(options_to_json(options))


def keep(user_id: UUID, session_id: UUID, answer: str) -> list[str]:
    """Keep the passkey that the browser made. The recovery codes when it is the person's first second factor (their
    other sign-ins end then, made with a password alone), else none. Raises `NotTaken`."""
    ensure_row(user_id)
    had_one = second_factor.is_on(user_id)
    found = steps.waiting("new_passkey")
    steps.forget("new_passkey")
    if found is None or found[1] is None or found[1].id != user_id:
        raise NotTaken("It took too long. Begin again.", status=409)
    step = found[0]
    try:
        made = webauthn.verify_registration_response(
            credential=answer[:LONGEST_ANSWER],
            expected_challenge=step.challenge or b"",
            expected_rp_id=_host(),
            expected_origin=settings().public_url,
            require_user_verification=True,
        )
    except _WRONG:
        raise NotTaken("The device’s answer could not be read. Try again, or use another device.") from None
    known = select(func.count()).where(Passkey.credential_id == made.credential_id)
    if db.session.scalar(known):
        raise NotTaken("This passkey is registered already.")
    db.session.add(
        Passkey(
            user_id=user_id,
            name=step.note or "Passkey",
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
        )
    )
    trail.told("person.passkey_added", user_id, {"name": step.note})
    if had_one:
        return []
    second_factor.prove(user_id, session_id)
    return second_factor_codes.make(user_id)


def begin_sign_in(following: str | None, user: User | None = None) -> str:
    """Ask the browser for a passkey: the options, as JSON. `user`: whose password was given already, if any."""
    options = webauthn.generate_authentication_options(
        rp_id=_host(),
        allow_credentials=_descriptors(mine(user.id)) if user else None,
        user_verification=VERIFIED,
    )
    steps.begin("passkey", challenge=options.challenge, note=following)
    return str(options_to_json(options))


def take_sign_in(answer: str) -> tuple[User, str | None]:
    """The person whose passkey answered, and where they wanted to go. Raises `NotTaken`."""
    found = steps.waiting("passkey")
    steps.forget("passkey")
    if found is None:
        raise NotTaken("It took too long. Begin again.", status=409)
    step = found[0]
    refused = NotTaken("This passkey does not sign in here. Use another, or your password.")
    try:
        credential = parse_authentication_credential_json(answer[:LONGEST_ANSWER])
        passkey = _known(credential.raw_id)
        if passkey is None:
            raise refused
        checked = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=step.challenge or b"",
            expected_rp_id=_host(),
            expected_origin=settings().public_url,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _WRONG:
        raise refused from None
    user = db.session.scalars(select(User).where(User.id == passkey.user_id)).one()
    handle = credential.response.user_handle
    if not user.active or (handle is not None and handle != user.id.bytes):
        raise refused
    passkey.sign_count, passkey.last_used_at = checked.new_sign_count, now()
    return user, step.note


def _known(credential_id: bytes) -> Passkey | None:
    # Locked, so that of two answers with one count the second is refused.
    found = select(Passkey).where(Passkey.credential_id == credential_id)
    return db.session.scalar(found.with_for_update())


def remove(user_id: UUID, passkey_id: UUID) -> str:
    """Forget one of the person's own passkeys: its name. With the last second factor its recovery codes go.

    Raises `WrongState` when there is none.
    """
    ensure_row(user_id)
    own = delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id)
    name: str | None = db.session.scalar(own.returning(Passkey.name))
    if name is None:
        raise WrongState("This passkey is removed already.")
    trail.told("person.passkey_removed", user_id, None, {"name": name})
    if not second_factor.is_on(user_id):
        second_factor_codes.remove(user_id)
    return name


def _host() -> str:
    return urlsplit(settings().public_url).hostname or ""


def _descriptors(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one.credential_id) for one in passkeys]
