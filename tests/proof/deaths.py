"""A worker that dies in this process: at its n-th commit the run is left where it is, as `kill -9` would leave it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal
from unittest.mock import patch

from app.sync.run import Run

When = Literal["before", "after", "cut"]
"""Before that commit, after it, or the database cuts all connections before it (the run goes on and sees to it)."""


class Killed(BaseException):
    """Nothing catches it but the one who killed."""


@contextmanager
def dying_at(commit: int, when: When, cut: Callable[[], None]) -> Iterator[list[int]]:
    """Within, a run meets its end at its `commit`-th `Run.save`. Yields the list of the saves that were reached."""
    reached: list[int] = []
    original = Run.save

    def save(self: Run, **values: Any) -> None:
        reached.append(len(reached) + 1)
        fatal = len(reached) == commit
        if fatal and when == "before":
            raise Killed
        if fatal and when == "cut":
            cut()
        original(self, **values)
        if fatal and when == "after":
            raise Killed

    with patch.object(Run, "save", save):
        yield reached
