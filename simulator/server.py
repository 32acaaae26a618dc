"""Serving: one process, many threads (the state is in memory), kept-alive connections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

THREADS = 128


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with its gthread worker. Connections wait in a poller, so more than THREADS may stay open."""

    def __init__(self, host: str, port: int, folder: Path | None) -> None:
        self._bind = f"{host}:{port}"
        self._folder = folder
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": self._bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "worker_connections": 2000,
            "keepalive": 75,
            "backlog": 1024,
            "graceful_timeout": 2,
            "timeout": 0,
            "loglevel": "warning",
            "proc_name": "simulator",
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        from simulator.application import create_app

        return create_app(self._folder)
