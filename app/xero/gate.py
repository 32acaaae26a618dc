"""What the transport asks of its surroundings: a token, and leave to send. Implemented in app/sync."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class TokenSource(Protocol):
    """Access tokens of one grant."""

    def current(self) -> str:
        """A token that should be valid now; raises ReconnectNeeded."""

    def renewed(self, stale: str) -> str:
        """A token newer than the stale one; raises ReconnectNeeded. Called once after a 401 TokenExpired."""


@dataclass(frozen=True)
class Pass:
    """Leave to send one call. `notes` are the gate's own: what it had counted when it gave the pass."""

    number: str
    organisation: str
    notes: tuple[int, ...] = ()


class Gate(Protocol):
    """Keeps calls within Xero's limits.

    `organisation` is Xero's id of it; "" for calls that belong to none.
    """

    def enter(self, organisation: str, *, interactive: bool) -> Pass:
        """Leave to send now; raises WaitUntil for a call that would be refused."""

    def leave(self, pass_: Pass, reply_headers: Mapping[str, str] | None, status: int | None) -> None:
        """The call is over. Headers have lower-case names; both are None when there was no reply."""


@dataclass(frozen=True)
class CallRecord:
    """One request as the call log keeps it. Holds no secret: bodies are redacted and at most 8 kB.

    duration_ms is wall time; minute_left, day_left and app_minute_left are calls left as Xero told;
    retry_after is in seconds. status is None when no reply came; error_code is the slug of the XeroError,
    if any.
    """

    at: datetime
    method: str
    path: str
    status: int | None
    duration_ms: float
    correlation_id: str
    minute_left: int | None
    day_left: int | None
    app_minute_left: int | None
    retry_after: float | None
    error_code: str | None
    request_body: str | None
    reply_body: str | None
    idempotency_key: str | None
    interactive: bool
