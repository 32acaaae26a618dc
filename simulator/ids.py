"""Ids: fixed ones for seeded things, random ones for the rest."""

from __future__ import annotations

import uuid

_NAMESPACE = uuid.UUID("5d7c0f3e-6a55-4f0c-9d0e-3f1c2b7a9e10")
ZERO = "00000000-0000-0000-0000-000000000000"


def fixed(*parts: str) -> str:
    """The same GUID for the same words, on every machine."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def fresh() -> str:
    """A new GUID."""
    return str(uuid.uuid4())


def is_guid(text: str) -> bool:
    """Whether the text reads as a GUID."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
