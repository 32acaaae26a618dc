"""Ctrl-C, SIGTERM and SIGHUP: all three mean "stop in good order", and none may come at a bad moment."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """While entered, each of the signals raises KeyboardInterrupt in the main thread, as Ctrl-C does.

    `held()` puts it off to the end of a few lines (a process is made and must be written down); `ignored()`
    is for the way out, which is bounded in time and must not be cut short.
    """

    def __init__(self) -> None:
        self._holding = False
        self._pending = False
        self._ignoring = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        outer, self._holding = self._holding, True
        try:
            yield
        finally:
            self._holding = outer
        if self._pending and not outer:
            self._pending = False
            raise KeyboardInterrupt

    def ignored(self) -> None:
        self._ignoring = True

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        if self._ignoring:
            return
        if self._holding:
            self._pending = True
            return
        raise KeyboardInterrupt
