"""The simulator's own signing key and the JSON Web Tokens made with it (RS256, as Xero's are)."""

from __future__ import annotations

import base64
import json
from typing import Any

from simulator.state import State

KEY_ID = "simulated-xero-1"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _new_pem() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class SigningKey:
    """An RSA key, made when the first token is issued, kept with the state and through resets."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._pem: str | None = None
        self._key: Any = None

    def _private_key(self) -> Any:
        from cryptography.hazmat.primitives import serialization

        with self._state.lock:
            kept = self._state.settings.get("signing_key")
            if kept is None:
                # After a reset the key in hand goes on: its id stays the same, and clients keep keys by id.
                kept = self._state.settings.save("signing_key", {"pem": self._pem or _new_pem()})
            if kept["pem"] != self._pem:
                self._pem = kept["pem"]
                self._key = serialization.load_pem_private_key(kept["pem"].encode(), None)
            return self._key

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact JWS of the claims."""
        from cryptography.hazmat.primitives.asymmetric import padding
        from cryptography.hazmat.primitives.hashes import SHA256

        header = {"alg": "RS256", "kid": KEY_ID, "x5t": KEY_ID, "typ": "JWT"}
        signed = ".".join(
            base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)
        )
        signature = self._private_key().sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{base64url(signature)}"

    def public_set(self) -> dict[str, Any]:
        """The JSON Web Key Set with the public half."""
        numbers = self._private_key().public_key().public_numbers()
        return {
            "keys": [
                {
                    "kty": "RSA",
                    "use": "sig",
                    "alg": "RS256",
                    "kid": KEY_ID,
                    "n": base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
                    "e": base64url(numbers.e.to_bytes(3, "big")),
                }
            ]
        }
