"""A batch of which each row stands for itself, also where Xero refuses the call as a whole because of one."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from app.xero.accounting.calls import Outcome
from app.xero.accounting.contacts import Contact
from app.xero.errors import Permanent

T = TypeVar("T")
OF_A_ROW = {"validation", "bad_request", "contact_name_taken", "not_found"}
"""Refusals that one bad row may cause; others, such as a missing right, concern the call."""


def one_by_one(
    send: Callable[[Sequence[T], str], list[Outcome[Contact]]], batch: Sequence[T], key: str
) -> list[Outcome[Contact]]:
    """`send(batch, key)`; refused as a whole, its halves, and so on down to the bad row. Raises XeroError."""
    try:
        return send(batch, key)
    except Permanent as refused:
        if refused.code not in OF_A_ROW:
            raise
        if len(batch) == 1:
            return [Outcome(None, tuple(refused.details) or (refused.sentence,))]
    half = len(batch) // 2
    return one_by_one(send, batch[:half], f"{key}-a") + one_by_one(send, batch[half:], f"{key}-b")
