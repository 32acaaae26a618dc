"""Encryption of secrets at rest: AES-256-GCM under a key derived per company, or per person, from a master key.

HKDF-SHA256 over the master key with purpose, key version and owner as its info; the owner, the row and the field
are associated data, so a ciphertext moved to another row or owner does not open. Its first byte says which master
key sealed it, so several may open while one seals (`flask --app wsgi keys rotate`, app/keys).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FIRST_VERSION, LAST_VERSION = 1, 255
"""A version is one byte of the ciphertext."""
_NONCE_BYTES = 12


class SealBrokenError(Exception):
    """A ciphertext does not open: another company's, another row's, another master key, or altered."""


class KeyMissingError(SealBrokenError):
    """The master key that sealed it is not among those given."""

    def __init__(self, sealed: str, version: int) -> None:
        super().__init__(f"The stored {sealed} was sealed with master key {version}, which is not given.")
        self.version = version


@dataclass(frozen=True)
class MasterKeys:
    """The installation's master keys by version (32 bytes each): one seals, all open."""

    seals: int
    by_version: Mapping[int, bytes] = field(repr=False)


class Vault:
    """Seals and opens one company's secrets; `Vault.of_person`: one person's, who belongs to no company."""

    def __init__(self, keys: MasterKeys, owner_id: UUID, *, purpose: str = "secrets") -> None:
        self._keys = keys
        self._owner_id = owner_id
        self._purpose = purpose

    @classmethod
    def of_person(cls, keys: MasterKeys, user_id: UUID) -> "Vault":
        """A vault under a key that no company's vault has, whatever the ids."""
        return cls(keys, user_id, purpose="person")

    def _key(self, master_key: bytes, version: int) -> AESGCM:
        info = f"countinghouse|{self._purpose}|{version}|{self._owner_id}".encode()
        return AESGCM(HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(master_key))

    def _bound_to(self, row_id: UUID, field: str, version: int) -> bytes:
        return f"{self._owner_id}|{row_id}|{field}|{version}".encode()

    def seal(self, text: str, row_id: UUID, field: str) -> bytes:
        """Encrypt; the first byte of the result is the key version, the next twelve the nonce."""
        version = self._keys.seals
        key, nonce = self._key(self._keys.by_version[version], version), os.urandom(_NONCE_BYTES)
        body = key.encrypt(nonce, text.encode(), self._bound_to(row_id, field, version))
        return bytes([version]) + nonce + body

    def open(self, sealed: bytes, row_id: UUID, field: str) -> str:
        """Decrypt what `seal` made for the same row and field. Raises `SealBrokenError`, `KeyMissingError`."""
        version, nonce, body = sealed[0], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        master_key = self._keys.by_version.get(version)
        if master_key is None:
            raise KeyMissingError(field, version)
        try:
            key = self._key(master_key, version)
            return key.decrypt(nonce, body, self._bound_to(row_id, field, version)).decode()
        except InvalidTag:
            raise SealBrokenError(
                f"The stored {field} does not open with master key {version} as given."
            ) from None
