"""The simulator's own clock: real time plus an offset that scripts may advance."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Tells the simulated time. Everything that expires or resets in the simulator reads this and nothing
    else.
    """

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self.offset_seconds = offset_seconds

    def timestamp(self) -> float:
        """Simulated seconds since 1970, UTC."""
        return time.time() + self.offset_seconds

    def milliseconds(self) -> int:
        """Simulated milliseconds since 1970, UTC: the unit of Xero's ``/Date(...)/``."""
        return int(self.timestamp() * 1000)

    def now(self) -> datetime:
        """The simulated instant, aware, UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def advance(self, seconds: float) -> None:
        """Move the clock forward (or back) by ``seconds``."""
        self.offset_seconds += seconds
