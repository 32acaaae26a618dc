"""The whole product as real processes on this machine: web, workers, clock; each can be killed by its own id."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.support.nursery import Child, Nursery, start

PASSWORD = "countinghouse-demo"
COMMANDS = {
    "web": ["-m", "gunicorn", "wsgi:app"],
    "worker": ["worker.py"],
    "clock": ["-m", "app.tasks.clock"],
}
"""Of Python."""


def wait_until(true: Callable[[], Any], seconds: float, what: str) -> Any:
    """Ask again and again until the answer is truthy; AssertionError naming what did not come about."""
    until = time.monotonic() + seconds
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < until, f"Not within {seconds} s: {what}"
        time.sleep(0.05)


class Stack:
    """Processes of one test."""

    def __init__(self, environment: dict[str, str], logs: Path, nursery: Nursery | None = None) -> None:
        self.environment = environment
        self.url = environment["PUBLIC_URL"]
        self.build = ""
        """Names of changes to the product that its processes are started with (`tests/proof/weakened.py`)."""
        self._logs = logs
        self._nursery = nursery
        self._running: dict[str, Child | subprocess.Popen[bytes]] = {}

    def start(self, kind: str, name: str | None = None, **more: str) -> int:
        """Start a process of this kind, as `self.build` has it; its id."""
        name = name or kind
        command = COMMANDS[kind]
        if self.build:
            command = ["-m", "tests.proof.weakened", self.build, *command]
        process = start(self._nursery, command, {**self.environment, **more}, self._logs / f"{name}.log")
        self._running[name] = process
        return process.pid

    def kill(self, name: str) -> None:
        """SIGKILL it and its children: nothing is tidied up."""
        process = self._running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self, name: str) -> None:
        """SIGTERM it and wait."""
        process = self._running.pop(name)
        process.terminate()
        process.wait(20)

    def stop_all(self) -> None:
        for process in self._running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGCONT)
                process.terminate()
        for name in list(self._running):
            process = self._running.pop(name)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)

    def alive(self, name: str) -> bool:
        return self._running[name].poll() is None

    def pause(self, name: str) -> None:
        """SIGSTOP, as when a virtual machine is moved; `wake` lets it go on."""
        os.killpg(self._running[name].pid, signal.SIGSTOP)

    def wake(self, name: str) -> None:
        os.killpg(self._running[name].pid, signal.SIGCONT)

    def names(self) -> list[str]:
        """Of the processes that were started and neither killed nor stopped by us."""
        return list(self._running)

    def log(self, name: str) -> str:
        return (self._logs / f"{name}.log").read_text(errors="replace")

    def wait_ready(self, seconds: float = 30) -> None:
        """Until /readyz says that web, database, Redis and a worker are there."""

        def ready() -> bool:
            try:
                return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
            except requests.RequestException:
                return False

        wait_until(ready, seconds, "the web process is ready")


class ApiClient:
    """The JSON API over real HTTP."""

    def __init__(self, url: str, email: str, password: str = PASSWORD) -> None:
        self.url = url
        self._http = requests.Session()
        reply = self._http.post(
            f"{url}/api/auth/login", json={"email": email, "password": password}, timeout=10
        )
        reply.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"

    def get(self, path: str, **params: Any) -> requests.Response:
        return self._http.get(f"{self.url}{path}", params=params, timeout=20)

    def post(self, path: str, body: Any = None) -> requests.Response:
        return self._http.post(f"{self.url}{path}", json=body or {}, timeout=20)

    def fresh(self) -> requests.Session:
        """A connection of its own with the same token, for use in another thread."""
        session = requests.Session()
        session.headers["Authorization"] = self._http.headers["Authorization"]
        return session
