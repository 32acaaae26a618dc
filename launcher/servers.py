"""The embedded servers of a checkout: those that DATABASE_URL and REDIS_URL do not replace."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from launcher.checkout import Refused
from launcher.postgres import EmbeddedPostgres
from launcher.processes import say
from launcher.redis import EmbeddedRedis
from launcher.server import ServerError

_PAUSE_SECONDS = 3.0


class Servers:
    """PostgreSQL and Redis under `folder`, each only if `environment` names none."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.postgres = None if "DATABASE_URL" in environment else EmbeddedPostgres(folder / "postgres")
        self.redis = None if "REDIS_URL" in environment else EmbeddedRedis(folder / "redis")
        self._due: dict[str, float] = {}

    @property
    def urls(self) -> dict[str, str]:
        """The variables that lead to what is embedded, once it was started."""
        found = {}
        if self.postgres:
            found = {"DATABASE_URL": self.postgres.app_url, "DATABASE_OWNER_URL": self.postgres.owner_url}
        if self.redis:
            found["REDIS_URL"] = self.redis.url
        return found

    def start(self) -> None:
        """Start both at once; answers when both answer. Raises Refused with a server's last words."""
        try:
            with ThreadPoolExecutor() as pool:
                for started in [pool.submit(server.start) for server in self._embedded().values()]:
                    started.result()
        except ServerError as error:
            raise Refused(str(error)) from error

    def tend(self) -> None:
        """Look once: start what has ended, after a pause that lets the rest notice.

        Raises Refused with a server's last words when it does not start again.
        """
        now = time.monotonic()
        for name, server in self._embedded().items():
            if server.running:
                continue
            if name not in self._due:
                self._due[name] = now + _PAUSE_SECONDS
                say(f"{name} has ended; it is started again in {_PAUSE_SECONDS:g} s")
            elif now >= self._due[name]:
                del self._due[name]
                self.start()

    def stop(self) -> None:
        with ThreadPoolExecutor() as pool:
            for stopped in [pool.submit(server.stop) for server in self._embedded().values()]:
                stopped.result()

    def discard(self) -> None:
        """Stop both and remove their data."""
        for server in self._embedded().values():
            server.discard()

    def _embedded(self) -> dict[str, EmbeddedPostgres | EmbeddedRedis]:
        both = {"PostgreSQL": self.postgres, "Redis": self.redis}
        return {name: server for name, server in both.items() if server is not None}
