"""Encryption of secrets at rest: AES-256-GCM under a key derived per company, or per person, from the master key.

HKDF-SHA256 over the master key with purpose, key version and owner as its info; the owner, the row and the field
are associated data, so a ciphertext moved to another row or owner does not open.
"""

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_VERSION = 1
_NONCE_BYTES = 12


class SealBrokenError(Exception):
    """A ciphertext does not open: another company's, another row's, another master key, or altered."""


class Vault:
    """Seals and opens one company's secrets; `Vault.of_person`: one person's, who belongs to no company."""

    def __init__(self, master_key: bytes, owner_id: UUID, *, purpose: str = "secrets") -> None:
        self._master_key = master_key
        self._owner_id = owner_id
        self._purpose = purpose

    @classmethod
    def of_person(cls, master_key: bytes, user_id: UUID) -> "Vault":
        """A vault under a key that no company's vault has, whatever the ids."""
        return cls(master_key, user_id, purpose="person")

    def _key(self, version: int) -> AESGCM:
        info = f"countinghouse|{self._purpose}|{version}|{self._owner_id}".encode()
        return AESGCM(HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(self._master_key))

    def _bound_to(self, row_id: UUID, field: str, version: int) -> bytes:
        return f"{self._owner_id}|{row_id}|{field}|{version}".encode()

    def seal(self, text: str, row_id: UUID, field: str) -> bytes:
        """Encrypt; the first byte of the result is the key version, the next twelve the nonce."""
        nonce = os.urandom(_NONCE_BYTES)
        body = self._key(KEY_VERSION).encrypt(
            nonce, text.encode(), self._bound_to(row_id, field, KEY_VERSION)
        )
        return bytes([KEY_VERSION]) + nonce + body

    def open(self, sealed: bytes, row_id: UUID, field: str) -> str:
        """Decrypt what `seal` made for the same row and field. Raises `SealBrokenError`."""
        version, nonce, body = sealed[0], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._key(version).decrypt(nonce, body, self._bound_to(row_id, field, version)).decode()
        except InvalidTag:
            raise SealBrokenError(f"The stored {field} does not open with this installation's key.") from None
