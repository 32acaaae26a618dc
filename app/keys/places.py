"""Where sealed values stand: the one list that rotation walks. A test holds it complete."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute

from app.crypto import MasterKeys, Vault
from app.mail.outbox import NOBODY
from app.models import Consent, Grant, Mail, SecondFactor, StoredFile


@dataclass(frozen=True)
class Place:
    """One column of sealed values."""

    column: InstrumentedAttribute[Any]
    row: InstrumentedAttribute[UUID]
    """The column with the id that the seal is bound to."""
    field: str
    """The field's name in the seal."""
    words: str
    """What these are, for an operator."""
    when_lost: str
    """What becomes of them without their key."""
    of_person: bool = False
    refreshed: bool = False
    """Whether a refresh of tokens reads and replaces it over two transactions (app/sync/grant_lock.py)."""

    @property
    def version(self) -> ColumnElement[int]:
        """The version of the key that sealed a row; null where nothing is sealed."""
        return func.get_byte(self.column, 0)

    def mine(self, company_id: UUID | None) -> list[ColumnElement[bool]]:
        """What picks this company's rows, or nobody's, out of those that the scope shows."""
        return [Mail.company_id == company_id] if self.column.class_ is Mail else []

    def vault(self, keys: MasterKeys, company_id: UUID | None, row_id: UUID) -> Vault:
        return Vault.of_person(keys, row_id) if self.of_person else Vault(keys, company_id or NOBODY)


_CONNECT_AGAIN = "an admin of the practice connects Xero again under Settings → Xero"
_MAILS = Place(Mail.sealed_body, Mail.id, "body", "mails", "they are not sent, and are asked for again")

OF_A_COMPANY = (
    Place(Grant.tokens, Grant.id, "tokens", "sign-ins to Xero", _CONNECT_AGAIN, refreshed=True),
    Place(
        Grant.previous, Grant.id, "previous", "refreshes of them under way", _CONNECT_AGAIN, refreshed=True
    ),
    Place(Consent.verifier, Consent.id, "verifier", "consents begun", "the person presses Connect again"),
    # A document's bytes are sealed with a key of its own, so they stay as they are: only that key is sealed anew.
    Place(
        StoredFile.sealed_key,
        StoredFile.id,
        "file_key",
        "keys of documents",
        "they cannot be opened, and clients are asked for them again",
    ),
    _MAILS,
)
OF_NOBODY = (
    Place(
        SecondFactor.app_secret,
        SecondFactor.user_id,
        "app_secret",
        "authenticator apps",
        "the person signs in with a recovery code or a passkey and sets the app up anew",
        of_person=True,
    ),
    _MAILS,
)
"""What belongs to no company: people's own."""
