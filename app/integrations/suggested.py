"""What a row of a mapping table shows: what is saved, or else what is suggested."""

from uuid import UUID

UNDECIDED = ""
"""The value of a row for which nothing is saved."""


def shown(saved: str, suggested_id: UUID | None) -> str:
    """The value to show: the saved one, or the suggestion's as long as nobody has decided."""
    return saved if saved != UNDECIDED or suggested_id is None else str(suggested_id)
