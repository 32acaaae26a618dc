"""The headline run: requests are assigned while workers are killed, Redis is wiped and killed, PostgreSQL restarts, and
more than every fourth call to Xero goes wrong. Counted in the simulator: none lost, none twice."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from redis import Redis
from sqlalchemy.exc import SQLAlchemyError

from launcher.postgres import EmbeddedPostgres
from launcher.redis import EmbeddedRedis
from tests.proof.invariant import Verdict, judge
from tests.proof.practices import Piece, Practice
from tests.proof.rows import Rows
from tests.proof.takeovers import Takeovers
from tests.support.simulator import SimulatorProcess
from tests.support.stack import Stack

FAULTS: tuple[tuple[str, float, dict[str, Any]], ...] = (
    ("429", 0.05, {"retry_after": 1}),
    ("500_before", 0.04, {}),
    ("500_after", 0.04, {}),
    ("drop_before", 0.04, {}),
    ("drop_after", 0.04, {}),
    ("truncated", 0.03, {}),
    # The client gives up after two seconds: one answer comes too late, one change is even made too late.
    ("slow_after", 0.02, {"seconds": 3}),
    ("slow", 0.02, {"seconds": 2.5}),
)
"""What happens to how many of the calls: 28 of 100."""
OUTSTANDING = 40
"""So many requests are under way at a time, so that the blows fall on all of them."""
BLOWS_UNTIL = 0.9
"""Processes are killed until so many of the requests are done."""
LONGEST_PAUSE = 6.0
WARM = 4.0
"""Seconds a process needs to start; where all are killed before they have, nothing is shown but that."""


@dataclass
class Report:
    """What a run has shown."""

    seed: int
    requests: int
    kills: int = 0
    pauses: int = 0
    restarts: int = 0
    redis_flushed: int = 0
    redis_killed: int = 0
    postgres_restarted: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    elsewhere: int = 0
    tasks_wrong: int = 0
    retried_by_hand: int = 0
    """Operations that gave up with a stated reason, and for which a person pressed Retry."""
    calls_per_request: float = 0.0
    calls_without_faults: float = 0.0
    calls_ratio: float = 0.0
    changes_ratio: float = 0.0
    """Calls that create something, beside the fewest."""
    faulty_share: float = 0.0
    left_behind: int = 0
    median_takeover: float = 0.0
    longest_takeover: float = 0.0
    """Seconds from a blow to the next worker's claim; several blows may fall on one operation before that."""
    chaos_seconds: float = 0.0
    done_after: dict[str, float] = field(default_factory=dict)
    """Seconds from the assignment to the job, by share of the requests."""
    settle_seconds: float = 0.0
    verdict: str = ""

    def __str__(self) -> str:
        lines = [f"  {name.replace('_', ' '):<24} {value}" for name, value in asdict(self).items()]
        return "\n".join(["chaos:", *lines, "as JSON: " + json.dumps(asdict(self))])


class Crowd:
    """The processes of a run and what keeps them: whoever ends is started again at once."""

    def __init__(self, stack: Stack, workers: int, clocks: int) -> None:
        self.stack = stack
        self.kinds = {f"worker {number}": "worker" for number in range(workers)}
        self.kinds |= {f"clock {number}": "clock" for number in range(clocks)}
        self.asleep: dict[str, float] = {}
        self.since: dict[str, float] = {}
        self.restarts = 0

    def start(self) -> None:
        for name in self.kinds:
            self._start(name)

    def _start(self, name: str) -> None:
        self.stack.start(self.kinds[name], name)
        self.since[name] = time.monotonic()

    def tend(self) -> None:
        for name, until in list(self.asleep.items()):
            if time.monotonic() >= until:
                self.stack.wake(name)
                del self.asleep[name]
        for name in self.kinds:
            if not self.stack.alive(name):
                self.restarts += 1
                self._start(name)

    def may_be_hit(self) -> list[str]:
        """Who may be killed so that another of its kind goes on: one that has had the time to start."""
        up = [name for name in self.kinds if name not in self.asleep and self.stack.alive(name)]
        warm = [name for name in up if time.monotonic() - self.since[name] > WARM]
        return [
            name
            for name in up
            if any(other != name and self.kinds[other] == self.kinds[name] for other in warm)
        ]

    def kill(self, name: str) -> None:
        self.stack.kill(name)
        self._start(name)

    def put_to_sleep(self, name: str, seconds: float) -> None:
        self.stack.pause(name)
        self.asleep[name] = time.monotonic() + seconds

    def wake_all(self) -> None:
        for name in list(self.asleep):
            self.stack.wake(name)
        self.asleep.clear()


@dataclass
class Chaos:
    """One run. Everything it may break belongs to it."""

    stack: Stack
    practices: list[Practice]
    simulator: SimulatorProcess
    redis: EmbeddedRedis
    postgres: EmbeddedPostgres
    rows: Rows
    seed: int
    requests: int
    workers: int = 3
    clocks: int = 2

    def run(self) -> Report:
        self.report = Report(self.seed, self.requests)
        self.chance = random.Random(self.seed)
        self.takeovers = Takeovers(self.rows)
        self.crowd = Crowd(self.stack, self.workers, self.clocks)
        self.crowd.start()
        self._quiet_run()
        self._switch_faults_on()
        pieces = self._make_pieces(self.requests, f"X{self.seed}")
        began = time.monotonic()
        self._blows_while(self._assigning(pieces))
        self.report.chaos_seconds = round(time.monotonic() - began, 1)
        self._settle(f"X{self.seed}")
        self._judge(pieces)
        return self.report

    def _make_pieces(self, count: int, prefix: str) -> list[tuple[Practice, Piece]]:
        share = [count // len(self.practices)] * len(self.practices)
        share[0] += count - sum(share)
        made = [
            (practice, piece)
            for place, (practice, part) in enumerate(zip(self.practices, share, strict=True))
            for piece in practice.receive(part, f"{prefix}p{place}", clients=max(1, part // 4))
        ]
        self.chance.shuffle(made)
        return made

    def _quiet_run(self) -> None:
        """The same work with nothing broken: the fewest calls it takes."""
        pieces = self._make_pieces(24, f"Q{self.seed}")
        for practice, piece in pieces:
            practice.assign(piece)
        self._until(lambda: self._open(f"Q{self.seed}") == 0, 120)
        calls, changes = self._calls()
        self.report.calls_without_faults = round(calls / len(pieces), 3)
        self._changes_without_faults = changes / len(pieces)
        self._before = (calls, changes)

    def _switch_faults_on(self) -> None:
        for kind, probability, how in FAULTS:
            self.simulator.fault(kind, path="xro", probability=probability, seed=self.seed, **how)

    def _assigning(self, pieces: list[tuple[Practice, Piece]]) -> threading.Thread:
        """People at work: each request is assigned until its assignment was accepted."""
        self.assigned = 0

        def work() -> None:
            for practice, piece in pieces:
                while True:
                    try:
                        practice.assign(piece)
                    except SQLAlchemyError:
                        time.sleep(0.3)  # the page said 503; the person tries again
                    else:
                        break
                self.assigned += 1
                while self.assigned % 10 == 0 and self._open(f"X{self.seed}") > OUTSTANDING:
                    time.sleep(0.2)

        thread = threading.Thread(target=work, name="people", daemon=True)
        thread.start()
        return thread

    def _blows_while(self, people: threading.Thread) -> None:
        once: list[tuple[float, Callable[[], None]]] = [
            (0.2, self._flush_redis),
            (0.4, self._kill_redis),
            (0.6, self._restart_postgres),
        ]
        next_blow, give_up = time.monotonic() + 1.5, time.monotonic() + 120 + self.requests * 2
        while people.is_alive() or self._done_share() < BLOWS_UNTIL:
            assert time.monotonic() < give_up, f"no end in sight: {self.rows.states(f'X{self.seed}')}"
            self.crowd.tend()
            self.takeovers.look()
            if once and self._done_share() >= once[0][0]:
                once.pop(0)[1]()
            if time.monotonic() >= next_blow:
                self._blow()
                next_blow = time.monotonic() + self.chance.uniform(1.5, 3.0)
            time.sleep(0.2)

    def _done_share(self) -> float:
        """Of all requests; what has given up and waits for a person counts as well."""
        states = self.rows.states(f"X{self.seed}")
        return (states.get("done", 0) + states.get("failed", 0) + states.get("waiting", 0)) / self.requests

    def _blow(self) -> None:
        names = self.crowd.may_be_hit()
        if not names:
            return
        name = self.chance.choice(names)
        self.takeovers.blow()
        if self.chance.random() < 0.2:
            self.crowd.put_to_sleep(name, LONGEST_PAUSE)
            self.report.pauses += 1
        else:
            self.crowd.kill(name)
            self.report.kills += 1

    def _flush_redis(self) -> None:
        with Redis.from_url(self.redis.url) as redis:
            redis.flushall()
        self.report.redis_flushed += 1

    def _kill_redis(self) -> None:
        self.redis.kill()
        time.sleep(1)
        self.redis.start()
        self.report.redis_killed += 1

    def _restart_postgres(self) -> None:
        self.postgres.restart_immediately()
        self.report.postgres_restarted += 1

    def _settle(self, references: str) -> None:
        """No more blows, but Xero stays as it is; whoever gave up with a reason is started again by a person."""
        began = time.monotonic()
        self.crowd.wake_all()
        # Xero stays as faulty as it is, and whoever has failed six times in a row waits minutes for the next try.
        self._until(lambda: self._open(references) == 0, 600 + self.requests * 0.1)
        self.report.settle_seconds = round(time.monotonic() - began, 1)
        assert self._open(references) == 0, f"still not decided: {self.rows.states(references)}"
        if self.rows.states(references).get("failed"):
            self.simulator.clear_faults()
        for _ in range(2):
            if not self._press_retry(references):
                break
            self._until(lambda: self._open(references) == 0, 60)

    def _press_retry(self, references: str) -> int:
        stuck = self.rows.ask(
            "select o.subject_id, o.company_id, o.error, o.whose_move from operations o"
            " where o.state in ('failed', 'waiting') and o.subject_label like :like",
            like=f"{references}%",
        )
        for subject_id, company_id, error, whose_move in stuck:
            assert error, "an operation stands still without a reason"
            assert whose_move, "an operation stands still, and nobody is told to move"
            practice = next(one for one in self.practices if one.company_id == company_id)
            practice.retry(Piece(subject_id, "", practice.organisation))
        self.report.retried_by_hand += len(stuck)
        return len(stuck)

    def _open(self, references: str) -> int:
        """Assigned requests whose job is not yet decided. One that waits for a person is decided."""
        states = self.rows.states(references)
        return states.get("queued", 0) + states.get("running", 0) + states.get("retry", 0)

    def _until(self, true: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not true() and time.monotonic() < until:
            self.crowd.tend()
            self.takeovers.look()
            time.sleep(0.25)

    def _calls(self) -> tuple[int, int]:
        lines = self._lines()
        return len(lines), sum(line["method"] != "GET" for line in lines)

    def _lines(self) -> list[dict[str, Any]]:
        return [line for line in self.simulator.ledger() if "xro" in line["path"]]

    def _judge(self, pieces: list[tuple[Practice, Piece]]) -> None:
        report, verdicts = self.report, Verdict()
        lines = self._lines()[self._before[0] :]
        struck = [line["fault"] for line in lines if line["fault"]]
        report.faults = dict(sorted(Counter(struck).items()))
        report.faulty_share = round(len(struck) / max(1, len(lines)), 3)
        report.calls_per_request = round(len(lines) / self.requests, 3)
        report.calls_ratio = round(report.calls_per_request / report.calls_without_faults, 3)
        changes = sum(line["method"] != "GET" for line in lines) / self.requests
        report.changes_ratio = round(changes / self._changes_without_faults, 3)
        self.simulator.clear_faults()
        state = self.simulator.state(newest=0)
        for practice in self.practices:
            own = judge(state, [piece for one, piece in pieces if one is practice], practice.tasks)
            for name, value in vars(own).items():
                getattr(verdicts, name).extend(value)
        for name, value in vars(verdicts).items():
            setattr(report, name, len(value))
        report.verdict = str(verdicts)
        report.restarts = self.crowd.restarts
        took = [
            float(seconds)
            for (seconds,) in self.rows.ask(
                "select extract(epoch from finished_at - created_at) from operations"
                " where subject_label like :like and state = 'done' order by 1",
                like=f"X{self.seed}%",
            )
        ]
        for share in (0.5, 0.9, 0.99, 1.0):
            report.done_after[f"{share:.0%}"] = round(took[min(len(took) - 1, int(len(took) * share))], 1)
        report.left_behind = len(self.takeovers.seconds)
        report.median_takeover = round(median(self.takeovers.seconds or [0.0]), 1)
        report.longest_takeover = round(self.takeovers.longest, 1)
