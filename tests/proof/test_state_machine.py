"""Whatever people, Xero, Redis, PostgreSQL and dying workers do, in whatever order: one job each, in the right place.

Hypothesis draws the orders. `make proof` draws many (EXAMPLES, STEPS, SEED); `make test` a few, always the same ones.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import redis_client
from app.sync.dispatcher import sweep
from tests.proof.deaths import Killed, dying_at
from tests.proof.invariant import doubled, judge
from tests.proof.practices import Piece, Practice
from tests.proof.ringing import run_rung, settle
from tests.proof.weakened import built

EXAMPLES, STEPS = int(os.environ.get("EXAMPLES", "6")), int(os.environ.get("STEPS", "14"))
SEED = int(os.environ.get("SEED", "20261120"))
PIECES = 2
NO_LIMITS = {"enabled": False, "minute": 1_000_000, "day": 10_000_000, "app_minute": 1_000_000}
FAULTS = {
    "drop_before": {},
    "drop_after": {},
    "429": {"retry_after": 1},
    "429 without a time": {"retry_after": None},
    "429 of the day": {"problem": "day", "retry_after": 3600},
    "500_before": {},
    "500_after": {},
    "503": {},
    "html": {},
    "html after": {"after": True},
    "truncated": {},
    "truncated silently": {"silent": True},
    "slow_after": {"seconds": 0.05},
    "expired_token": {},
    "scope_missing": {},
    "disconnected": {},
    "revoked": {},
    "rotated_twice": {},
}
PATHS = ["", "/Contacts", "/Projects$", "/Tasks$", "/connect/token"]
_prefixes = count()


@dataclass
class World:
    """What all examples share: servers and practices. Each example makes requests of its own."""

    app: Flask
    practices: list[Practice]
    simulator: Any
    superuser: Engine

    def ask(self, statement: str, **values: Any) -> list[Any]:
        with self.superuser.begin() as connection:
            return list(connection.execute(text(statement), values))

    def cut_connections(self) -> None:
        """Every session of the application is ended by the server, whatever it is doing."""
        self.ask(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = 'countinghouse_app' and datname = current_database()"
        )

    def state(self) -> dict[str, Any]:
        return dict(self.simulator.state(newest=0))

    def flush_redis(self) -> None:
        with self.app.app_context():
            redis_client().flushall()


class Machine(RuleBasedStateMachine):
    """The rules. A request is named by practice and place."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.pieces: list[list[Piece]] = []
        self.job_ids: dict[str, str] = {}
        self.looked = False

    @initialize()
    def a_new_day(self) -> None:
        world = self.world
        world.simulator.clear_faults()
        world.simulator.limits(**NO_LIMITS)
        world.flush_redis()
        number = next(_prefixes)
        for place, practice in enumerate(world.practices):
            practice.map_service()
            practice.connect()
            # Two requests of one client: their operations meet at its contact.
            self.pieces.append(practice.receive(PIECES, f"SM{number}x{place}", clients=1))

    def _each(self) -> Iterator[tuple[Practice, Piece]]:
        for practice, pieces in zip(self.world.practices, self.pieces, strict=True):
            for piece in pieces:
                yield practice, piece

    def _chosen(self, practice: int, place: int) -> tuple[Practice, Piece]:
        return self.world.practices[practice], self.pieces[practice][place]

    # What people do.

    @rule(practice=st.integers(0, 1), place=st.integers(0, PIECES - 1), who=st.integers(0, 1))
    def assign(self, practice: int, place: int, who: int) -> None:
        office, piece = self._chosen(practice, place)
        status = self._row(piece).status
        if status != "cancelled":
            office.assign(piece, who)

    @rule()
    def assign_all(self) -> None:
        for practice, piece in self._each():
            if self._row(piece).status == "new":
                practice.assign(piece)

    @rule(practice=st.integers(0, 1), place=st.integers(0, PIECES - 1))
    def cancel(self, practice: int, place: int) -> None:
        office, piece = self._chosen(practice, place)
        office.cancel(piece)

    @rule(practice=st.integers(0, 1), place=st.integers(0, PIECES - 1))
    def retry(self, practice: int, place: int) -> None:
        office, piece = self._chosen(practice, place)
        office.retry(piece)

    @rule(practice=st.integers(0, 1))
    def disconnect(self, practice: int) -> None:
        self.world.practices[practice].disconnect()

    @rule(practice=st.integers(0, 1))
    def reconnect(self, practice: int) -> None:
        self.world.practices[practice].connect()

    @rule(practice=st.integers(0, 1), mapped=st.booleans())
    def map_service(self, practice: int, mapped: bool) -> None:
        self.world.practices[practice].map_service(mapped=mapped)

    # What goes wrong.

    @rule(kind=st.sampled_from(sorted(FAULTS)), path=st.sampled_from(PATHS), often=st.integers(1, 3))
    def fault_on(self, kind: str, path: str, often: int) -> None:
        self.world.simulator.fault(kind.split(maxsplit=1)[0], path=path, count=often, **FAULTS[kind])

    @rule()
    def fault_off(self) -> None:
        self.world.simulator.clear_faults()

    @rule()
    def flush_redis(self) -> None:
        self.world.flush_redis()

    @rule()
    def cut_database(self) -> None:
        self.world.cut_connections()

    @rule(seconds=st.sampled_from([30, 400, 1790, 3600]))
    def clock_moves(self, seconds: int) -> None:
        """Keys are forgotten after 360 seconds, tokens end after 1,800, and so does the grace."""
        self.world.simulator.advance(seconds)

    # What the machinery does.

    @rule(most=st.integers(1, 4))
    def work(self, most: int) -> None:
        run_rung(self.world.app, most)
        self.looked = False

    @rule(commit=st.integers(1, 12), when=st.sampled_from(["before", "after", "cut"]))
    def work_and_die(self, commit: int, when: Any) -> None:
        with dying_at(commit, when, self.world.cut_connections):
            try:
                run_rung(self.world.app, 2)
            except Killed:
                pass
            except SQLAlchemyError:
                # Cut off while it wrote its ending: a worker logs that, and the lease runs out.
                assert when == "cut"
        self.looked = False

    @rule()
    def time_passes(self) -> None:
        """Leases run out, retries are due, and the dispatcher rings for what nobody came for."""
        for practice in self.world.practices:
            practice.hurry()
        sweep(self.world.app)

    # What must hold.

    def _row(self, piece: Piece) -> Any:
        (row,) = self.world.ask(
            "select r.status, r.assignee_id, r.xero_job_id, r.xero_sync_error, o.state, o.error, o.error_code,"
            " o.whose_move, c.resolved_at is null and c.id is not null as cause_open"
            " from service_requests r"
            " left join operations o on o.company_id = r.company_id and o.subject_id = r.id and o.kind = 'job.create'"
            " left join causes c on c.company_id = o.company_id and c.id = o.cause_id"
            " where r.id = :id",
            id=piece.id,
        )
        return row

    @invariant()
    def at_most_one(self) -> None:
        if self.looked or not self.pieces:
            return
        self.looked = True
        assert doubled(self.world.state(), [piece for _, piece in self._each()]) == []
        for _, piece in self._each():
            job_id = self._row(piece).xero_job_id
            before = self.job_ids.setdefault(piece.reference, job_id) if job_id else None
            assert self.job_ids.get(piece.reference) in (None, job_id), f"{before} became {job_id}"

    def teardown(self) -> None:
        if not self.pieces:
            return
        world = self.world
        world.simulator.clear_faults()
        for practice in world.practices:
            practice.connect()
            practice.map_service()
        for _ in range(
            3
        ):  # a person presses Retry on what has given up, and each time the reason is there to read
            world.flush_redis()
            settle(world.app, world.practices)
            if not self._press_retry():
                break
        self._judge()

    def _press_retry(self) -> int:
        pressed = 0
        for practice, piece in self._each():
            row = self._row(piece)
            if row.state in {"failed", "waiting"}:
                assert row.error, f"{piece.reference} stands still without a reason"
                assert row.whose_move, f"{piece.reference} stands still, and nobody is told to move"
                assert row.state == "failed" or row.cause_open, f"{piece.reference} waits for a closed cause"
                assert row.status == "cancelled" or row.xero_sync_error
                pressed += practice.retry(piece)
        return pressed

    def _judge(self) -> None:
        rows = {piece.reference: self._row(piece) for _, piece in self._each()}
        state = world_state = self.world.state()
        for practice, pieces in zip(self.world.practices, self.pieces, strict=True):
            wanted = [
                one
                for one in pieces
                if rows[one.reference].assignee_id and rows[one.reference].status != "cancelled"
            ]
            others = [one for one in pieces if one not in wanted]
            verdict = judge(world_state, wanted, practice.tasks, others)
            assert verdict.holds, f"{verdict}; {[rows[one.reference] for one in wanted]}"
        jobs = {
            project["projectId"]
            for report in state["organisations"].values()
            for project in report["projects"]
        }
        for reference, row in rows.items():
            assert row.state in (None, "done", "cancelled"), f"{reference}: {row}"
            assert row.state != "done" or row.xero_job_id in jobs
            assert self.job_ids.get(reference) in (None, row.xero_job_id), "the job's id changed"
            assert row.status != "new" or not row.xero_job_id


@pytest.fixture
def world(app: Flask, cast, simulator, superuser: Engine) -> Iterator[World]:
    practices = [
        Practice(app, cast.abc, "ABC Pty Ltd", "admin@abc.test"),
        Practice(app, cast.smith, "Smith & Co", "admin@smith.test"),
    ]
    # Xero's limits have proofs of their own; here they would only make the orders wait.
    with built("generous"):
        yield World(app, practices, simulator, superuser)
    simulator.clear_faults()


def draw(world: World, examples: int, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    print(f"seed {SEED}, {examples} examples of up to {STEPS} steps (SEED, EXAMPLES, STEPS)")
    run_state_machine_as_test(
        seeded(SEED)(partial(Machine, world)),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            phases=phases,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(1200)
def test_one_job_each_whatever_happens(world: World) -> None:
    draw(world, EXAMPLES)


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_a_build_that_does_not_read_back_is_found_out(world: World) -> None:
    with built("no_read_back"), pytest.raises(AssertionError, match="SM"):
        draw(world, 80, phases=(Phase.generate,))
