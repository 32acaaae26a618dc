"""How long an operation lay still after the process that held it was killed or put to sleep."""

import time
from dataclasses import dataclass, field
from typing import Any

from tests.proof.rows import Rows

HELD = "select id, lease, lease_until from operations where state = 'running'"


@dataclass
class Takeovers:
    """Watches every lease that was held at the moment of a blow, until it changes hands or shows a sign of life."""

    rows: Rows
    seconds: list[float] = field(default_factory=list)
    """One for each operation that was left behind: from the blow to the next worker's claim."""
    _watched: dict[Any, tuple[Any, Any, float]] = field(default_factory=dict)

    def blow(self) -> None:
        """Call right before a process is killed."""
        at = time.monotonic()
        for operation_id, lease, until in self.rows.ask(HELD):
            self._watched.setdefault(operation_id, (lease, until, at))

    def look(self) -> None:
        """Call some times a second."""
        if not self._watched:
            return
        held = {operation_id: (lease, until) for operation_id, lease, until in self.rows.ask(HELD)}
        for operation_id, (lease, until, at) in list(self._watched.items()):
            now_lease, now_until = held.get(operation_id, (None, None))
            if now_lease == lease and now_until == until:
                continue  # nobody has come yet
            del self._watched[operation_id]
            if now_lease not in (None, lease):
                self.seconds.append(time.monotonic() - at)

    @property
    def longest(self) -> float:
        return max(self.seconds, default=0.0)
