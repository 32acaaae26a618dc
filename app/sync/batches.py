"""Calls that carry many rows: each row stands for itself, also where Xero refuses the call as a whole because of one,
and a call whose answer was lost is read back before anything of it is sent again."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from app.extensions import settings
from app.models.base import Json
from app.sync.outcomes import NotYet
from app.sync.run import Run
from app.xero.accounting.calls import Outcome
from app.xero.errors import Permanent

T = TypeVar("T")
R = TypeVar("R")
OF_A_ROW = {"validation", "bad_request", "contact_name_taken", "not_found"}
"""Refusals that one bad row may cause; others, such as a missing right, concern the call."""


def one_by_one(
    send: Callable[[Sequence[T], str], list[Outcome[R]]], batch: Sequence[T], key: str
) -> list[Outcome[R]]:
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


def settle_lost(
    run: Run,
    name: str,
    age: Callable[[], float],
    read_back: Callable[[], Json],
    keep: Callable[[Json], None],
) -> None:
    """Read back the call of this name, which has rows and no result: begun by this operation or by another.

    `age()`: seconds since it was sent, by the database's clock. `keep(result)` writes down what was found and frees the
    rest to be sent by another call. Raises `NotYet` while Xero may still be carrying it out.
    """
    if run.started(name):
        run.step(name, _never, read_back, keep)
        return
    wait = settings().read_back_after_seconds - age()
    if wait > 0:
        raise NotYet(wait)
    run.save()
    keep(read_back())
    run.save(attempts=0)


def _never(_key: str) -> Json:
    raise AssertionError("a call that was sent is never sent again: what it lacks is made by another")
