"""The simulator of one application: its state, clock, limits, faults and ledger in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

from simulator.clock import Clock
from simulator.faults import Faults
from simulator.idempotency import IdempotencyKeys
from simulator.identity.keys import SigningKey
from simulator.journal import Journal
from simulator.ledger import Ledger
from simulator.limits import Limits
from simulator.state import State
from simulator.webhooks.sender import Webhooks

CALLBACK_PATH = "/api/integrations/xero/callback"


@dataclass(frozen=True)
class RegisteredApp:
    """The one app the simulated developer portal knows."""

    client_id: str
    client_secret: str
    redirect_uri: str | None

    def redirect_is_registered(self, uri: str) -> bool:
        """The one named by the environment, or any port of this machine with exactly the app's callback
        path.
        """
        if self.redirect_uri and uri == self.redirect_uri:
            return True
        parts = urlsplit(uri)
        return (
            parts.scheme == "http"
            and parts.hostname in ("localhost", "127.0.0.1")
            and parts.path == CALLBACK_PATH
            and not (parts.query or parts.fragment or parts.username)
        )


class Simulator:
    """Everything one running simulator holds; nothing of it lives in module globals."""

    def __init__(self, folder: Path | None = None) -> None:
        self.state = State(Journal(folder))
        self.clock = Clock()
        self.limits = Limits(self.clock)
        self.faults = Faults()
        self.ledger = Ledger()
        self.idempotency = IdempotencyKeys(self.state, self.clock)
        self.signing_key = SigningKey(self.state)
        self.registered_app = RegisteredApp(
            os.environ.get("SIMULATOR_CLIENT_ID", "countinghouse-demo"),
            os.environ.get("SIMULATOR_CLIENT_SECRET", "countinghouse-demo-secret"),
            os.environ.get("SIMULATOR_REDIRECT_URI"),
        )
        self.webhooks = Webhooks(self.state, self.clock, self.faults)
        if self.state.load():
            kept = self.state.settings.get("clock")
            self.clock.offset_seconds = kept["offset_seconds"] if kept else 0.0
            self.state.snapshot()
        else:
            self._seed()
        self.begin_webhooks()

    def begin_webhooks(self) -> None:
        """Start sending where a webhook is set up, here or by SIMULATOR_WEBHOOK_URL and
        SIMULATOR_WEBHOOK_KEY.
        """
        key = os.environ.get("SIMULATOR_WEBHOOK_KEY", "simulated-webhook-key")
        self.webhooks.begin(os.environ.get("SIMULATOR_WEBHOOK_URL"), key)

    def _seed(self) -> None:
        from simulator.seed import (
            seed,
        )  # the books are made with the accounting nouns, which need this module

        with self.state.change():
            seed(self.state)

    def reset(self) -> None:
        """Back to the seeded state: no connections, no faults, Xero's own limits, real time, empty ledger."""
        with self.state.lock:
            self.state.forget_everything()
            self.clock.offset_seconds = 0.0
            self.limits.reset()
            self.faults.switch_off()
            self.ledger.clear()
            self.webhooks.deliveries.clear()
            self._seed()
        self.begin_webhooks()

    def advance_clock(self, seconds: float) -> None:
        with self.state.change():
            self.clock.advance(seconds)
            self.state.settings.save("clock", {"offset_seconds": self.clock.offset_seconds})
        self.webhooks.wake()


def simulator() -> Simulator:
    """The simulator of the running application."""
    found = current_app.extensions["simulator"]
    assert isinstance(found, Simulator)
    return found
