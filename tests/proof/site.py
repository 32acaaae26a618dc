"""A whole installation to break: real PostgreSQL, Redis, simulator and processes, and practices that work there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app import create_app
from app.config import load_settings
from app.extensions import db
from launcher.postgres import EmbeddedPostgres
from launcher.redis import EmbeddedRedis
from tests.proof.chaos import Crowd
from tests.proof.invariant import Verdict, judge
from tests.proof.practices import Piece, Practice
from tests.proof.rows import Rows
from tests.support.people import Cast
from tests.support.simulator import SimulatorProcess
from tests.support.stack import Stack, wait_until

LIMITS_OFF = {"enabled": False, "minute": 1_000_000, "day": 10_000_000, "app_minute": 1_000_000}


@dataclass
class Site:
    """Nothing is started yet."""

    app: Flask
    stack: Stack
    simulator: SimulatorProcess
    redis: EmbeddedRedis
    postgres: EmbeddedPostgres
    rows: Rows
    practices: list[Practice]

    def crowd(self, workers: int = 1, clocks: int = 1) -> Crowd:
        """Processes that are started again when they end; they run."""
        crowd = Crowd(self.stack, workers, clocks)
        crowd.start()
        return crowd

    def receive(self, count: int, prefix: str, **how: Any) -> list[Piece]:
        """New requests of the first practice."""
        return self.practices[0].receive(count, prefix, **how)

    def assign(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            self.practices[0].assign(piece)

    def open(self, prefix: str) -> int:
        """How many operations are not decided yet."""
        states = self.rows.states(prefix)
        return states.get("queued", 0) + states.get("running", 0) + states.get("retry", 0)

    def settled(self, prefix: str, seconds: float, crowd: Crowd | None = None) -> None:
        def none_open() -> bool:
            if crowd is not None:
                crowd.tend()
            return self.open(prefix) == 0

        wait_until(none_open, seconds, f"all is decided: {self.rows.states(prefix)}")

    def verdict(self, pieces: list[Piece]) -> Verdict:
        return judge(self.simulator.state(newest=0), pieces, self.practices[0].tasks)

    def calls(self, method: str = "", path: str = "xro") -> list[dict[str, Any]]:
        """The calls to Xero's API that were made, oldest first."""
        return [
            line
            for line in self.simulator.ledger()
            if path in line["path"] and method in ("", line["method"])
        ]


@contextmanager
def site_of(
    stack: Stack,
    simulator: SimulatorProcess,
    redis: EmbeddedRedis,
    postgres: EmbeddedPostgres,
    database: str,
    cast: Cast,
) -> Iterator[Site]:
    """The three practices, connected, with Xero's limits off."""
    simulator.limits(**LIMITS_OFF)
    stack.build = "generous"
    app = create_app(load_settings(**stack.environment))
    practices = [
        Practice(app, cast.abc, "ABC Pty Ltd", "admin@abc.test"),
        Practice(app, cast.smith, "Smith & Co", "admin@smith.test"),
        Practice(app, cast.xyz, "XYZ Partners Pty Ltd", "admin@xyz.test"),
    ]
    practices[2].connect()
    superuser = create_engine(postgres.url("postgres", database), poolclass=NullPool)
    yield Site(app, stack, simulator, redis, postgres, Rows(superuser), practices)
    with app.app_context():
        db.engine.dispose()
    app.extensions["redis"].close()
    simulator.clear_faults()
