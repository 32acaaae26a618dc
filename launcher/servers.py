"""The embedded servers of a checkout: those that DATABASE_URL and REDIS_URL do not replace."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from launcher.checkout import Refused
from launcher.postgres import EmbeddedPostgres, PostgresError
from launcher.redis import EmbeddedRedis, RedisError


class Servers:
    """PostgreSQL and Redis under `folder`, each only if `environment` names none."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.postgres = None if "DATABASE_URL" in environment else EmbeddedPostgres(folder / "postgres")
        self.redis = None if "REDIS_URL" in environment else EmbeddedRedis(folder / "redis")

    @property
    def running(self) -> bool:
        return any(server.running for server in self._both())

    @property
    def urls(self) -> dict[str, str]:
        """The variables that lead to what is embedded."""
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
                for started in [pool.submit(server.start) for server in self._both()]:
                    started.result()
        except (PostgresError, RedisError) as error:
            raise Refused(str(error)) from error

    def stop(self) -> None:
        with ThreadPoolExecutor() as pool:
            for stopped in [pool.submit(server.stop) for server in self._both()]:
                stopped.result()

    def discard(self) -> None:
        """Stop both and remove their data."""
        for server in self._both():
            server.discard()

    def _both(self) -> list[EmbeddedPostgres | EmbeddedRedis]:
        return [server for server in (self.postgres, self.redis) if server is not None]
