"""The simulator as a process of its own, spoken to over HTTP."""

import subprocess
import sys
import time
from typing import Any

import requests

from tests.support.database import ROOT


class SimulatorProcess:
    """Start it, ask its console, stop it by its own id."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://localhost:{port}"
        self._http = requests.Session()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "--port", str(self.port)], cwd=ROOT
        )
        until = time.monotonic() + 20
        while True:
            try:
                self._http.get(f"{self.url}/_console/state", timeout=2).raise_for_status()
                return
            except requests.RequestException:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        self._http.close()
        if self._process:
            self._process.terminate()
            self._process.wait(10)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        reply = self._http.post(f"{self.url}/_console/{path}", json=body or {}, timeout=10)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def reset(self) -> None:
        """Back to the seed: no tokens, no faults, real limits."""
        self.post("reset")

    def state(self, newest: int | None = None) -> dict[str, Any]:
        """Everything in it; `newest`: only so many of the calls it has seen."""
        params = {} if newest is None else {"ledger": newest}
        return self._http.get(f"{self.url}/_console/state", params=params, timeout=60).json()

    def ledger(self) -> list[dict[str, Any]]:
        """Every call that was made, oldest first."""
        return list(self._http.get(f"{self.url}/_console/ledger", timeout=30).json())

    def projects(self, organisation: str) -> list[dict[str, Any]]:
        """The organisation's projects, as its console tells them."""
        return list(self.state()["organisations"][organisation]["projects"])

    def token(self, organisation: str) -> dict[str, Any]:
        return self.post("token", {"organisation": organisation})

    def fault(self, kind: str, **how: Any) -> None:
        """Switch a fault on: path, method, count or probability, and what the kind takes."""
        self.post("faults", {"kind": kind, **how})

    def do(self, what: str, organisation: str, **fields: str) -> None:
        """Press a button of the console: contact, merge, …"""
        self._http.post(
            f"{self.url}/_console/do/{what}",
            data={"organisation": organisation, **fields},
            timeout=10,
            allow_redirects=False,
        ).raise_for_status()

    def faults(self) -> list[dict[str, Any]]:
        """What is switched on, as `fault` takes it."""
        found = self._http.get(f"{self.url}/_console/faults", timeout=10).json()
        names = ("kind", "path", "method", "count")
        return [{**{name: one[name] for name in names}, **one["parameters"]} for one in found]

    def clear_faults(self) -> None:
        self._http.delete(f"{self.url}/_console/faults", timeout=10).raise_for_status()

    def limits(self, **how: Any) -> None:
        self.post("limits", how)

    def advance(self, seconds: float) -> None:
        self.post("clock", {"advance_seconds": seconds})
