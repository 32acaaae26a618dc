"""The authenticator app: its secret, and which of its codes count (RFC 6238, 30 seconds, six digits)."""

import hmac
import logging
import time
from uuid import UUID

import pyotp
import segno
from sqlalchemy.dialects.postgresql import insert

from app.crypto import SealBrokenError, Vault
from app.extensions import db, settings
from app.models import SecondFactor, now

log = logging.getLogger(__name__)

SECONDS = 30
DRIFT = 1
"""Steps by which a phone's clock may be off, either way."""
ISSUER = "Countinghouse"


def ensure_row(user_id: UUID) -> SecondFactor:
    """The person's row, locked; made when there is none (not committed)."""
    new = insert(SecondFactor).values(user_id=user_id, wrong_tries=0, created_at=now())
    db.session.execute(new.on_conflict_do_nothing())
    found = db.select(SecondFactor).where(SecondFactor.user_id == user_id)
    row: SecondFactor = db.session.scalars(
        found.with_for_update().execution_options(populate_existing=True)
    ).one()
    return row


def offer(user_id: UUID) -> None:
    """Make a new secret, to be confirmed with a code. The app of before, if any, is not touched by the caller."""
    factor = ensure_row(user_id)
    factor.app_secret = _vault(user_id).seal(pyotp.random_base32(), user_id, "app_secret")
    factor.app_confirmed_at = factor.app_last_step = None


def secret_of(factor: SecondFactor) -> str:
    """The secret in plain, as it is shown at set-up."""
    assert factor.app_secret is not None
    return _vault(factor.user_id).open(factor.app_secret, factor.user_id, "app_secret")


def _vault(user_id: UUID) -> Vault:
    return Vault.of_person(settings().master_keys, user_id)


def current_step() -> int:
    """The number of the present 30 seconds."""
    return int(time.time()) // SECONDS


def take_code(factor: SecondFactor, code: str) -> bool:
    """Whether the app shows this code now, a step ago or a step ahead, and it was not taken before. The row must be
    locked; the code is used up (not committed)."""
    if factor.app_secret is None:
        return False
    try:
        codes = pyotp.HOTP(secret_of(factor))
    except SealBrokenError:
        # Their recovery codes and passkeys still sign them in.
        log.exception("The authenticator app of person %s does not open", factor.user_id)
        return False
    present = current_step()
    for step in range(present - DRIFT, present + DRIFT + 1):
        fits = hmac.compare_digest(codes.at(step).encode(), code.encode())
        if fits and (factor.app_last_step is None or step > factor.app_last_step):
            factor.app_last_step = step
            return True
    return False


def address(email: str, secret: str) -> str:
    """What the QR code says (`otpauth://`)."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def picture(email: str, secret: str) -> str:
    """The QR code as SVG to stand in the page: attributes only, because no style may stand inline; dark on white in
    the dark theme too, because cameras expect it."""
    drawn = segno.make(address(email, secret), error="m", micro=False)
    return str(
        drawn.svg_inline(
            scale=5, border=4, dark="#000", light="#fff", title="QR code for your authenticator app"
        )
    )
