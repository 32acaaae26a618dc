"""Xero's rate limits: per organisation and app 5 at once, 60 a minute and a day's allowance; 10,000 a
minute per app.

Windows are fixed with a start of their own for each organisation, as Xero's are; a rolling minute can be
chosen instead. Source: developer.xero.com, OAuth 2.0 limits.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from simulator.clock import Clock
from simulator.reply import Reply, problem

DEFAULTS: dict[str, Any] = {
    "enabled": True,
    "concurrent": 5,
    "minute": 60,
    "day": 5000,
    "app_minute": 10_000,
    "window": "fixed",
}
PROBLEM_NAMES = {"minute": "minute", "day": "day", "concurrent": "concurrent", "app": "appminute"}


@dataclass
class _Window:
    """Calls counted in one window; ``sent`` is used by the rolling kind."""

    began: float = -1.0
    count: int = 0
    sent: deque[float] = field(default_factory=deque)

    def used(self, now: float, length: float, offset: float, *, rolling: bool) -> int:
        if rolling:
            while self.sent and self.sent[0] <= now - length:
                self.sent.popleft()
            return len(self.sent)
        began = math.floor((now - offset) / length) * length + offset
        if began != self.began:
            self.began, self.count = began, 0
        return self.count

    def add(self, now: float, *, rolling: bool) -> None:
        self.count += 1
        if rolling:
            self.sent.append(now)

    def wait(self, now: float, length: float, *, rolling: bool) -> float:
        """Seconds until at least one more call fits."""
        return (self.sent[0] if rolling else self.began) + length - now


@dataclass
class _Usage:
    offset: float
    in_flight: int = 0
    minute: _Window = field(default_factory=_Window)
    day: _Window = field(default_factory=_Window)


def refusal(kind: str, retry_after: int | None) -> Reply:
    """The 429 for one kind of limit (minute, day, concurrent, app); Retry-After in seconds, absent when
    None.
    """
    reply = problem(429, "Too Many Requests", f"The {kind} limit of calls has been reached.")
    reply.headers["X-Rate-Limit-Problem"] = PROBLEM_NAMES.get(kind, kind)
    if retry_after is not None:
        reply.headers["Retry-After"] = str(retry_after)
    return reply


class Limits:
    """Counts calls and refuses those above the limits. Settings can be changed for all or for one
    organisation.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Back to Xero's numbers, nothing counted."""
        with self._lock:
            self._settings = dict(DEFAULTS)
            self._own_settings: dict[str, dict[str, Any]] = {}
            self._forget_counts()

    def _forget_counts(self) -> None:
        self._usage: dict[str, _Usage] = {}
        self._app: dict[str, _Window] = {}

    def change(self, changes: dict[str, Any], organisation_id: str | None = None) -> dict[str, Any]:
        """Apply settings (see DEFAULTS); counters start again. Raises ValueError for an unknown or unfit
        one.
        """
        for name, value in changes.items():
            if name not in DEFAULTS:
                raise ValueError(f"Unknown limit {name!r}. Known: {', '.join(DEFAULTS)}.")
            if name == "window" and value not in ("fixed", "rolling"):
                raise ValueError("window is 'fixed' or 'rolling'.")
            if name not in ("enabled", "window") and (not isinstance(value, int) or value < 0):
                raise ValueError(f"{name} is a whole number, 0 or more.")
        with self._lock:
            if organisation_id:
                self._own_settings.setdefault(organisation_id, {}).update(changes)
            else:
                self._settings.update(changes)
            self._forget_counts()
        return self.settings()

    def settings(self) -> dict[str, Any]:
        return {**self._settings, "organisations": self._own_settings}

    def _of(self, organisation_id: str) -> dict[str, Any]:
        return {**self._settings, **self._own_settings.get(organisation_id, {})}

    def _usage_of(self, organisation_id: str, client_id: str) -> _Usage:
        key = f"{organisation_id} {client_id}"
        found = self._usage.get(key)
        if found is None:
            # Each organisation's windows begin at a moment of their own, the same one after every restart.
            seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
            found = self._usage[key] = _Usage(offset=float(seed % 86_400))
        return found

    def enter(self, organisation_id: str, client_id: str) -> tuple[Reply | None, dict[str, str]]:
        """Count a call in. Returns the refusal (None: go on, and :meth:`leave` afterwards) and the reply's
        headers.
        """
        with self._lock:
            settings = self._of(organisation_id)
            usage = self._usage_of(organisation_id, client_id)
            app = self._app.setdefault(client_id, _Window())
            if not settings["enabled"]:
                usage.in_flight += 1
                return None, _headers(settings["day"], settings["minute"], settings["app_minute"])
            now = self._clock.timestamp()
            rolling = settings["window"] == "rolling"
            left = {
                "day": settings["day"] - usage.day.used(now, 86_400, usage.offset, rolling=False),
                "minute": settings["minute"] - usage.minute.used(now, 60, usage.offset, rolling=rolling),
                "app": settings["app_minute"] - app.used(now, 60, 0.0, rolling=rolling),
            }
            kind: str | None = None
            wait: float | None = None
            if left["day"] <= 0:
                kind, wait = "day", usage.day.wait(now, 86_400, rolling=False)
            elif left["minute"] <= 0:
                kind, wait = (
                    "minute",
                    usage.minute.wait(now, 60, rolling=rolling) if settings["minute"] else 60.0,
                )
            elif left["app"] <= 0:
                kind, wait = "app", app.wait(now, 60, rolling=rolling) if settings["app_minute"] else 60.0
            elif usage.in_flight >= settings["concurrent"]:
                kind = "concurrent"
            if kind is None:
                usage.day.add(now, rolling=False)
                usage.minute.add(now, rolling=rolling)
                app.add(now, rolling=rolling)
                usage.in_flight += 1
                left = {name: value - 1 for name, value in left.items()}
            headers = _headers(max(left["day"], 0), max(left["minute"], 0), max(left["app"], 0))
            if kind is None:
                return None, headers
            return refusal(kind, None if wait is None else max(1, math.ceil(wait))), headers

    def leave(self, organisation_id: str, client_id: str) -> None:
        with self._lock:
            usage = self._usage_of(organisation_id, client_id)
            usage.in_flight = max(0, usage.in_flight - 1)

    def remaining(self, organisation_id: str, client_id: str) -> dict[str, int]:
        """What is left today and in this minute, without counting a call."""
        with self._lock:
            settings = self._of(organisation_id)
            usage = self._usage_of(organisation_id, client_id)
            now = self._clock.timestamp()
            rolling = settings["window"] == "rolling"
            return {
                "day": settings["day"] - usage.day.used(now, 86_400, usage.offset, rolling=False),
                "minute": settings["minute"] - usage.minute.used(now, 60, usage.offset, rolling=rolling),
                "in_flight": usage.in_flight,
            }


def _headers(day: int, minute: int, app_minute: int) -> dict[str, str]:
    return {
        "X-DayLimit-Remaining": str(day),
        "X-MinLimit-Remaining": str(minute),
        "X-AppMinLimit-Remaining": str(app_minute),
    }
