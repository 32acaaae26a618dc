"""Processes that start at once: one that has imported everything forks them. Importing the app takes longer than most
tests with real processes do, and some hundred processes are started by them.

A child is what it would be as a program of its own: own session, own environment, own output, run as `__main__`; only
the modules are there already. Where the system has no process descriptors, programs are started instead.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from tests.support.database import ROOT

MODULES = (
    "app.rooms",
    "app.tasks.clock",
    "app.tasks.periodic",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "psycopg2",
    "worker",
)
LONGEST = 1 << 20
"""Bytes of one wish: a command line and an environment."""


class Child:
    """A process that somebody else forked: what is needed of `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._descriptor: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._descriptor = None

    def poll(self) -> int | None:
        """None while it lives, else 0: nobody here is told its code."""
        if self._descriptor is not None and select.select([self._descriptor], [], [], 0)[0]:
            self._forget()
        return None if self._descriptor is not None else 0

    def wait(self, seconds: float) -> None:
        """Raises `subprocess.TimeoutExpired`."""
        if self._descriptor is not None:
            if not select.select([self._descriptor], [], [], seconds)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", seconds)
            self._forget()

    def terminate(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def _forget(self) -> None:
        assert self._descriptor is not None
        os.close(self._descriptor)
        self._descriptor = None


class Nursery:
    """`with Nursery() as nursery: nursery.start([...], environment, log)`."""

    def __enter__(self) -> Self:
        ours, theirs = socket.socketpair()
        self._socket = ours
        command = [sys.executable, "-m", "tests.support.nursery", str(theirs.fileno())]
        self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])
        theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait(20)

    def start(self, command: list[str], environment: dict[str, str], log: Path) -> Child:
        """Run Python's `command` (without the interpreter), as `-m module …` or `file.py …`."""
        wish = {"command": command, "environment": environment, "log": str(log)}
        self._socket.sendall(json.dumps(wish).encode() + b"\n")
        return Child(int(self._socket.recv(32)))


def start(
    nursery: Nursery | None, command: list[str], environment: dict[str, str], log: Path
) -> "Child | subprocess.Popen[bytes]":
    """By the nursery where there is one."""
    if nursery is not None:
        return nursery.start(command, environment, log)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def main(descriptor: int) -> None:
    """Fork a child for each wish, until the other end is closed."""
    for name in MODULES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    # Who has ended is buried by the system.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    wishes = socket.socket(fileno=descriptor)
    with wishes, wishes.makefile("rb") as lines:
        while line := lines.readline(LONGEST):
            pid = os.fork()
            if pid == 0:
                wishes.detach()
                os.close(descriptor)
                _become(json.loads(line))
            wishes.sendall(str(pid).encode())


def _become(wish: dict[str, Any]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(wish["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(wish["environment"])
    time.tzset()
    command = wish["command"]
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    main(int(sys.argv[1]))
