"""The secrets in mailed links. The database keeps their hash: who reads it cannot follow a link."""

import secrets
from hashlib import sha256


def new_secret() -> str:
    """256 random bits, as they stand in an address."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """What is kept of a secret. Fast on purpose: nobody guesses 256 bits."""
    return sha256(secret.encode()).hexdigest()
