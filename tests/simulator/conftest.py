"""The simulator as a real server on a free port, started once and reset before each test."""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

ROOT = Path(__file__).parents[2]
CLIENT = ("countinghouse-demo", "countinghouse-demo-secret")
CALLBACK = "http://localhost:8000/api/integrations/xero/callback"
SCOPES = "openid profile email offline_access accounting.contacts accounting.settings projects"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningSimulator:
    """A simulator process and the few things tests ask of it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = requests.Session()
        command = [sys.executable, "-m", "simulator", "--port", str(self.port)]
        self.process = subprocess.Popen([*command, *(["--state", str(folder)] if folder else [])], cwd=ROOT)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the simulator stopped at its start"
            try:
                requests.get(f"{self.url}/_console/health", timeout=5)
            except requests.ConnectionError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("the simulator did not answer within 20 s")

    def stop(self, how: int = signal.SIGTERM) -> int:
        if how == signal.SIGKILL:
            self.kill()
            return self.process.returncode
        self.process.send_signal(how)
        self.http.close()
        return self.process.wait(timeout=10)

    def kill(self) -> None:
        """SIGKILL the serving process and its parent, as a power cut to the program would."""
        if self.process.poll() is None:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            self.process.kill()
            for child in children:
                os.kill(int(child), signal.SIGKILL)
        self.process.wait(timeout=10)
        self.http.close()

    def console(self, switch: str, /, **body: Any) -> Any:
        reply = self.http.post(f"{self.url}/_console/{switch}", json=body, timeout=10)
        assert reply.ok, reply.text
        return reply.json()

    def state(self) -> dict[str, Any]:
        return self.http.get(f"{self.url}/_console/state", timeout=10).json()

    def organisation(self, name: str = "ABC Pty Ltd") -> dict[str, Any]:
        return self.state()["organisations"][name]

    def fault(self, kind: str, /, **more: Any) -> None:
        self.console("faults", kind=kind, **more)

    def token_call(self, **form: str) -> requests.Response:
        return self.http.post(f"{self.url}/connect/token", data=form, auth=CLIENT, timeout=10)

    def consent(self, organisation: str = "ABC Pty Ltd", **changes: str) -> requests.Response:
        """Press Allow on the consent page (or what ``decision`` says); the answer is the redirect."""
        form = {
            "response_type": "code",
            "client_id": CLIENT[0],
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
            "state": "the-state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "decision": "allow",
            "organisation": self.organisation(organisation)["id"],
            **changes,
        }
        return self.http.post(
            f"{self.url}/identity/connect/authorize", data=form, allow_redirects=False, timeout=10
        )

    def code(self, organisation: str = "ABC Pty Ltd", **changes: str) -> str:
        return parse_qs(urlsplit(self.consent(organisation, **changes).headers["Location"]).query)["code"][0]

    def connect(self, organisation: str = "ABC Pty Ltd", **more: Any) -> Connected:
        return Connected(self, self.console("token", organisation=organisation, **more))


class Connected:
    """Calls one organisation's APIs with a token set."""

    def __init__(self, simulator: RunningSimulator, tokens: dict[str, Any]) -> None:
        self.simulator = simulator
        self.tokens = tokens
        self.tenant_id: str = tokens["tenant_id"]

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "xero-tenant-id": self.tenant_id,
            "Accept": "application/json",
            **more.pop("headers", {}),
        }
        return self.simulator.http.request(
            method, f"{self.simulator.url}{path}", headers=headers, timeout=10, **more
        )

    def accounting(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.call(method, f"/api.xro/2.0/{path}", **more)

    def projects(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.call(method, f"/projects.xro/2.0/{path}", **more)

    def files(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.call(method, f"/files.xro/1.0/{path}", **more)

    def practice(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.call(method, f"/practicemanager/3.1/{path}", **more)

    def contact_id(self, name: str = "Karen Whitfield") -> str:
        contacts = self.accounting("GET", "Contacts", params={"where": f'Name=="{name}"'}).json()["Contacts"]
        return str(contacts[0]["ContactID"])

    def new_project(self, name: str = "BAS - Karen Whitfield (R-1)", **headers: str) -> requests.Response:
        body = {"contactId": self.contact_id(), "name": name}
        return self.projects("POST", "Projects", json=body, headers=headers)

    def project_names(self) -> list[str]:
        return [project["name"] for project in self.simulator.organisation()["projects"]]


@pytest.fixture(scope="session")
def _server() -> Iterator[RunningSimulator]:
    server = RunningSimulator()
    yield server
    server.stop()


@pytest.fixture
def simulator(_server: RunningSimulator) -> RunningSimulator:
    """The running simulator, as after a first start."""
    _server.console("reset")
    return _server


@pytest.fixture
def xero(simulator: RunningSimulator) -> Connected:
    """ABC Pty Ltd, connected."""
    return simulator.connect()
