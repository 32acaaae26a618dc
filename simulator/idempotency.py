"""Idempotency keys: the first answer to a key is repeated for six minutes, errors included; see the API's
request headers.

A key belongs to the app, not to the organisation; the same key with a different request is refused.
"""

from __future__ import annotations

import hashlib
import json

from simulator.clock import Clock
from simulator.reply import Refused, Reply, problem
from simulator.state import State

KEPT_SECONDS = 360
LONGEST_KEY = 128
METHODS = ("POST", "PUT", "PATCH")


class IdempotencyKeys:
    """Remembers answers by key. Callers hold the organisation's lock around look-up, work and :meth:`keep`."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    @staticmethod
    def fingerprint(method: str, url: str, organisation_id: str, body: bytes) -> str:
        return hashlib.sha256(
            b"\0".join([method.encode(), url.encode(), organisation_id.encode(), body])
        ).hexdigest()

    def answer(self, client_id: str, key: str, fingerprint: str) -> Reply | None:
        """The kept answer, None when the key is new. Raises Refused for a key too long or used for
        something else.
        """
        if len(key) > LONGEST_KEY:
            raise Refused(
                problem(400, "Bad Request", f"Idempotency Key is longer than {LONGEST_KEY} characters.")
            )
        kept = self._state.idempotency.get(f"{client_id} {key}")
        if kept is None or kept["at"] + KEPT_SECONDS <= self._clock.timestamp():
            return None
        if kept["fingerprint"] != fingerprint:
            raise Refused(
                problem(400, "Bad Request", f"Idempotency Key {key} is used with a different request.")
            )
        return Reply(kept["status"], kept["body"], kept["content_type"], json.loads(kept["headers"]))

    def keep(self, client_id: str, key: str, fingerprint: str, reply: Reply) -> None:
        record = {
            "at": self._clock.timestamp(),
            "fingerprint": fingerprint,
            "status": reply.status,
            "body": reply.body,
            "content_type": reply.content_type,
            "headers": json.dumps(reply.headers),
        }
        with self._state.lock:
            self._forget_old()
            self._state.idempotency.save(f"{client_id} {key}", record)

    def _forget_old(self) -> None:
        """Keys are saved in order of time, so the old ones stand first."""
        horizon = self._clock.timestamp() - KEPT_SECONDS
        for name in self._state.idempotency.names()[:50]:
            if self._state.idempotency[name]["at"] > horizon:
                break
            self._state.idempotency.remove(name)
