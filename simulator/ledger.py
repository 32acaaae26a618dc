"""The ledger: one line for every call, so that tests and people can see what was really asked and answered."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, fields
from typing import Any

KEPT = 200_000


@dataclass(slots=True)
class Line:
    """One call as it ended. ``status`` is None when the caller got no answer; ``changed`` says whether
    state changed.
    """

    number: int
    time: str
    method: str
    path: str
    query: str
    organisation: str | None
    status: int | None
    idempotency_key: str | None
    replayed: bool
    changed: bool
    fault: str | None
    milliseconds: float


_NAMES = tuple(field.name for field in fields(Line))  # asdict() copies deeply, ten times slower


class Ledger:
    """The calls since the start (or the last reset), the newest 200,000 of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._lines: deque[Line] = deque(maxlen=KEPT)
            self._number = 0
            self.counts: Counter[str] = Counter()

    def add(self, **facts: Any) -> None:
        with self._lock:
            self._number += 1
            self._lines.append(Line(number=self._number, **facts))
            self.counts[facts["organisation"] or ""] += 1

    def lines(
        self, since: int = 0, organisation: str | None = None, newest: int | None = None
    ) -> list[dict[str, Any]]:
        """Lines numbered above ``since``, oldest first; at most the ``newest`` ones of them."""
        with self._lock:
            found = [
                line
                for line in self._lines
                if line.number > since and (organisation is None or line.organisation == organisation)
            ]
        if newest is not None:
            found = found[-newest:] if newest else []
        return [{name: getattr(line, name) for name in _NAMES} for line in found]
