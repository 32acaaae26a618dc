"""Faults: what may go wrong between a client and Xero, as a table from name to behaviour.

To add one, write a function that takes the fault and a way to proceed with the call, and put it into KINDS.
A behaviour may answer by itself, proceed and spoil the answer, wait, or raise Dropped. ``call`` faults
surround the whole call (after token, organisation and limits were checked); ``service`` faults sit behind
the idempotency keys, so that their answers are remembered as Xero remembers its errors; ``batch`` ones
strike between the elements of a call that carries several; ``token`` ones
touch the token endpoint only; ``webhook`` ones change what is sent to the app.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from simulator import ids
from simulator.limits import refusal
from simulator.refusals import not_connected, scope_is_missing, token_expired
from simulator.reply import Dropped, Refused, Reply, json_reply

Proceed = Callable[[], Reply]
Layer = Literal["call", "service", "batch", "token", "webhook"]


@dataclass
class Fault:
    """A fault that is switched on. ``count`` None means until cleared; ``path`` is a substring or regular
    expression.
    """

    kind: str
    path: str = ""
    method: str | None = None
    organisation: str | None = None
    count: int | None = None
    probability: float = 1.0
    parameters: dict[str, Any] = field(default_factory=dict)
    hits: int = 0
    id: str = field(default_factory=ids.fresh)

    def seconds(self, default: float) -> float:
        return float(self.parameters.get("seconds", default))


@dataclass(frozen=True)
class Kind:
    """One way to fail: where it sits, what it does, how it reads on the console."""

    layer: Layer
    says: str
    behave: Callable[[Fault, Proceed], Reply]


def drop_before(_fault: Fault, _proceed: Proceed) -> Reply:
    raise Dropped


def drop_after(_fault: Fault, proceed: Proceed) -> Reply:
    proceed()
    raise Dropped


def slow(fault: Fault, proceed: Proceed) -> Reply:
    time.sleep(fault.seconds(5.0))
    return proceed()


def slow_after(fault: Fault, proceed: Proceed) -> Reply:
    reply = proceed()
    time.sleep(fault.seconds(5.0))
    return reply


def too_many(fault: Fault, _proceed: Proceed) -> Reply:
    retry_after = fault.parameters.get("retry_after", 30)
    return refusal(
        str(fault.parameters.get("problem", "minute")), None if retry_after is None else int(retry_after)
    )


def _server_error() -> Reply:
    return json_reply(
        {"Type": None, "Title": "Internal Server Error", "Status": 500, "Detail": "An error occurred"}, 500
    )


def error_before(_fault: Fault, _proceed: Proceed) -> Reply:
    return _server_error()


def error_after(_fault: Fault, proceed: Proceed) -> Reply:
    proceed()
    return _server_error()


def unavailable(fault: Fault, _proceed: Proceed) -> Reply:
    reply = Reply(503, b"The organisation is offline for maintenance.", "text/plain; charset=utf-8")
    if "retry_after" in fault.parameters:
        reply.headers["Retry-After"] = str(fault.parameters["retry_after"])
    return reply


def html(fault: Fault, proceed: Proceed) -> Reply:
    if fault.parameters.get("after"):
        proceed()
    page = b"<!DOCTYPE html><html><head><title>Xero</title></head><body>Something went wrong</body></html>"
    return Reply(int(fault.parameters.get("status", 200)), page, "text/html; charset=utf-8")


def truncated(fault: Fault, proceed: Proceed) -> Reply:
    reply = proceed()
    half = len(reply.body) // 2
    if fault.parameters.get("silent"):
        reply.body = reply.body[:half]
    else:
        reply.cut_after = half
    return reply


def expired_token(_fault: Fault, _proceed: Proceed) -> Reply:
    return token_expired()


def scope_missing(_fault: Fault, _proceed: Proceed) -> Reply:
    return scope_is_missing()


def disconnected(_fault: Fault, _proceed: Proceed) -> Reply:
    return not_connected()


def revoked(_fault: Fault, _proceed: Proceed) -> Reply:
    return json_reply({"error": "invalid_grant"}, 400)


def rotated_twice(_fault: Fault, proceed: Proceed) -> Reply:
    """Somebody else refreshes with the token that is just being handed out."""
    reply = proceed()
    proceed()
    return reply


def webhook_twice(_fault: Fault, proceed: Proceed) -> Reply:
    proceed()
    return proceed()


def webhook_lost(_fault: Fault, _proceed: Proceed) -> Reply:
    raise Dropped


def webhook_late(fault: Fault, proceed: Proceed) -> Reply:
    time.sleep(fault.seconds(2.0))
    return proceed()


def as_composed(_fault: Fault, proceed: Proceed) -> Reply:
    """Whoever composes the posts, or stores the elements, looks for this fault's name; the rest goes as ever."""
    return proceed()


KINDS: dict[str, Kind] = {
    "drop_before": Kind("call", "Connection closed before anything is done", drop_before),
    "drop_after": Kind("call", "Change made, then connection closed without a reply", drop_after),
    "drop_half": Kind("batch", "Half of a call's elements stored, then the connection closed", as_composed),
    "slow": Kind("call", "Wait (seconds) before doing it", slow),
    "slow_after": Kind("call", "Do it, then wait (seconds) before replying", slow_after),
    "429": Kind(
        "call", "Limit reached: problem minute, day, concurrent or app; retry_after or null", too_many
    ),
    "500_before": Kind("service", "500 without the change", error_before),
    "500_after": Kind("service", "500 although the change was made", error_after),
    "503": Kind("call", "503 in plain text, nothing done", unavailable),
    "html": Kind("call", "An HTML page instead of JSON (status; after: true makes the change first)", html),
    "truncated": Kind("call", "The reply breaks off half-way (silent: true hides it)", truncated),
    "expired_token": Kind("call", "401 TokenExpired", expired_token),
    "scope_missing": Kind("call", "401 as if the consent lacked the scope", scope_missing),
    "disconnected": Kind("call", "403 as if the organisation was disconnected", disconnected),
    "revoked": Kind("token", "invalid_grant on refresh", revoked),
    "webhook_twice": Kind("webhook", "Webhook posted twice", webhook_twice),
    "webhook_lost": Kind("webhook", "Webhook never posted", webhook_lost),
    "webhook_late": Kind("webhook", "Webhook posted late (seconds)", webhook_late),
    "webhook_reorder": Kind("webhook", "Webhook events posted one by one, newest first", as_composed),
    "webhook_missigned": Kind("webhook", "Webhook with a wrong signature, not tried again", as_composed),
    "rotated_twice": Kind("token", "The refresh token handed out has already been used again", rotated_twice),
}
ALIASES = {"500": "500_before", "expired": "expired_token", "drop": "drop_after"}
_OWN_FIELDS = ("kind", "path", "method", "organisation", "count", "probability", "parameters")


class Faults:
    """The faults that are on now. Thread-safe; each call asks which of them strike it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(1)  # noqa: S311 - repeatable chance, not a secret
        self._faults: list[Fault] = []

    def switch_on(self, wish: dict[str, Any]) -> Fault:
        """Add a fault from its JSON form; unknown keys become parameters. Raises ValueError saying what is
        wrong.
        """
        kind = ALIASES.get(str(wish.get("kind")), str(wish.get("kind")))
        if kind not in KINDS:
            raise ValueError(f"Unknown fault {kind!r}. Known: {', '.join(KINDS)}.")
        count = wish.get("count")
        if count is not None and (not isinstance(count, int) or count < 1):
            raise ValueError("count is a whole number, 1 or more, or left out.")
        probability = float(wish.get("probability", 1.0))
        if not 0.0 <= probability <= 1.0:
            raise ValueError("probability lies between 0 and 1.")
        path = str(wish.get("path") or "")
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError(f"path is no regular expression: {error}.") from error
        parameters = {**(wish.get("parameters") or {})}
        parameters.update({name: value for name, value in wish.items() if name not in _OWN_FIELDS})
        if "seed" in parameters:
            self._random.seed(parameters["seed"])
        method = wish.get("method")
        fault = Fault(
            kind=kind,
            path=path,
            method=str(method).upper() if method else None,
            organisation=wish.get("organisation") or None,
            count=count,
            probability=probability,
            parameters=parameters,
        )
        with self._lock:
            self._faults.append(fault)
        return fault

    def switch_off(self, fault_id: str | None = None, kind: str | None = None) -> int:
        """Clear one fault, one kind, or (neither given) all; says how many."""
        with self._lock:
            kept = [
                fault
                for fault in self._faults
                if (fault_id or kind) and fault.id != fault_id and fault.kind != kind
            ]
            gone = len(self._faults) - len(kept)
            self._faults = kept
        return gone

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{**asdict(fault), "says": KINDS[fault.kind].says} for fault in self._faults]

    def strike(self, layer: Layer, method: str, path: str, organisation: tuple[str, ...]) -> list[Fault]:
        """The faults that hit this call, used up by one. ``organisation`` holds its name and id, or
        nothing.
        """
        struck = []
        with self._lock:
            for fault in list(self._faults):
                if KINDS[fault.kind].layer != layer or not _fits(fault, method, path, organisation):
                    continue
                if fault.probability < 1.0 and self._random.random() >= fault.probability:
                    continue
                fault.hits += 1
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self._faults.remove(fault)
                struck.append(fault)
        return struck

    @staticmethod
    def surround(faults: list[Fault], proceed: Proceed) -> Reply:
        """Run ``proceed`` inside the given faults, the first one outermost. A refusal is an answer to be
        spoilt too.
        """

        def answer() -> Reply:
            try:
                return proceed()
            except Refused as refused:
                return refused.reply

        run = answer
        for fault in reversed(faults):
            run = _inside(fault, run)
        return run()


def _inside(fault: Fault, proceed: Proceed) -> Proceed:
    return lambda: KINDS[fault.kind].behave(fault, proceed)


def _fits(fault: Fault, method: str, path: str, organisation: tuple[str, ...]) -> bool:
    if fault.method and fault.method != method:
        return False
    if fault.organisation and fault.organisation not in organisation:
        return False
    return not fault.path or fault.path in path or re.search(fault.path, path) is not None
