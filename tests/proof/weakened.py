"""Builds of the product with one promise taken out, to show that the proofs would notice. Never part of `app/`.

`python -m tests.proof.weakened NAME[,NAME] worker.py` starts the program with the named changes. `TUNED` are changes
that break no promise and make a proof quicker or sharper; `WEAKENED` each break one.
"""

import os
import runpy
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from app.extensions import db, redis_client
from app.models import Operation, OperationStep, now
from app.sync import connections, dispatcher, kinds, runner, tokens
from app.sync.contacts import lost as lost_contacts
from app.sync.governor import Governor, Limits
from app.sync.invoices import lost as lost_invoices
from app.sync.run import Run
from app.tasks import clock, crew, periodic
from app.xero.gate import Pass
from app.xero.transport import Transport

GENEROUS = Limits(
    per_minute=1_000_000,
    at_once=50,
    per_day=(10_000_000,),
    app_per_minute=1_000_000,
    minute_reserve=0,
    minute_reserve_with_people=0,
    lease_reserve=0,
)
"""For the simulator with its limits off: whatever else is proved, it is not proved at sixty calls a minute."""


# Breaks no promise.


def generous() -> None:
    connections.governor = lambda: Governor(redis_client(), limits=GENEROUS)


def impatient() -> None:
    """Two seconds to answer instead of twenty, so that a slow answer comes after we have given up."""
    connections.Transport = partial(Transport, timeouts=(3.05, 2.0))  # type: ignore[misc]


def short_windows() -> None:
    """Xero's minute as six seconds, its sixty calls as twenty: see `tests/proof/test_limits.py`."""
    connections.governor = lambda: Governor(redis_client(), limits=SHORT)


SHORT = Limits(per_minute=20, window=6.0, people_stay=0.0, minute_reserve=0, minute_reserve_with_people=0)


def quick_filing() -> None:
    """A document's three further tries after seconds instead of minutes."""
    kinds.FILING_RETRY_SECONDS = (1, 2, 4)


def naps_before_a_project() -> None:
    """The first process that is about to send a project is stopped, after it wrote *sending* and before a byte left."""
    step, still_ours, once = Run.step, Run.still_ours, Path(os.environ["NAP_FILE"])
    now_at: dict[UUID, str] = {}

    def noting_step(self: Run, name: str, *arguments: Any) -> Any:
        now_at[self.lease] = name
        return step(self, name, *arguments)

    def napping(self: Run) -> None:
        if now_at.get(self.lease) == "project" and once.exists():
            once.unlink()
            os.kill(os.getpid(), signal.SIGSTOP)
            # Another thread may be the one that takes the signal, and this one would be past the look by then.
            time.sleep(1)
        still_ours(self)

    Run.step, Run.still_ours = noting_step, napping  # type: ignore[method-assign]


def dies_at() -> None:
    """The process kills itself at the moment `DIES_AT` names, once for its `DIES_FILE`.

    `claim:taken`, `end:before`, or a step with `sending` (written down, not sent), `answered` (done in Xero, not yet
    written down) or `recorded`.
    """
    (name, _, moment), once = os.environ["DIES_AT"].rpartition(":"), Path(os.environ["DIES_FILE"])
    sending, done, fenced, claim = Run._sending, Run._done, Run._fenced, runner._claim

    def at(here: str, then: str) -> None:
        if (here.startswith(name), then) == (True, moment):
            _die(once)

    def dying_sending(self: Run, step_name: str, *arguments: Any) -> Any:
        step = sending(self, step_name, *arguments)
        at(step_name, "sending")
        return step

    def dying_done(self: Run, step: OperationStep, *arguments: Any, **more: Any) -> Any:
        step_name = step.name
        at(step_name, "answered")
        result = done(self, step, *arguments, **more)
        at(step_name, "recorded")
        return result

    def dying_fenced(self: Run, **values: Any) -> None:
        if values.get("state") == "done":
            at("end", "before")
        fenced(self, **values)

    def dying_claim(operation_id: UUID) -> Operation | None:
        claimed = claim(operation_id)
        if claimed is not None:
            at("claim", "taken")
        return claimed

    Run._sending, Run._done, Run._fenced = dying_sending, dying_done, dying_fenced  # type: ignore[method-assign]
    runner._claim = dying_claim


def _die(once: Path) -> None:
    try:
        once.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the signal comes at once; nothing more may be done


def dies_between_refresh_and_commit() -> None:
    """The first process that has a refreshed token in hand dies before it is stored."""
    original, once = tokens.GrantTokens._store, Path(os.environ["DIES_FILE"])

    def store(self: Any, *arguments: Any) -> str:
        try:
            once.unlink()
        except FileNotFoundError:
            return original(self, *arguments)
        os.kill(os.getpid(), signal.SIGKILL)
        return ""

    tokens.GrantTokens._store = store  # type: ignore[method-assign]


def an_hour_slow() -> None:
    """This process's own clock is an hour behind the database's."""
    for module in (periodic, dispatcher, runner):
        module.now = lambda: now() - timedelta(hours=1)  # type: ignore[attr-defined]


def quick_periods() -> None:
    """Each entry of the periodic table is due every second and looked at four times in it."""
    periodic.TABLE = tuple(
        periodic.Entry(entry.name, timedelta(seconds=1), entry.run) for entry in periodic.TABLE
    )
    clock.PERIODIC_SECONDS = 0.25


def notes_periods() -> None:
    """Each run of a periodic entry is one line in `PERIODS_FILE`, and nothing else is done."""
    noted = Path(os.environ["PERIODS_FILE"])

    def noting(name: str) -> Callable[[Any], None]:
        def run(_app: Any) -> None:
            with noted.open("a") as lines:
                lines.write(f"{time.time():.3f} {name} {os.getpid()}\n")

        return run

    periodic.TABLE = tuple(
        periodic.Entry(entry.name, entry.every, noting(entry.name)) for entry in periodic.TABLE
    )


# Each breaks one promise.


def no_read_back() -> None:
    """A step whose answer was lost is sent again without looking."""
    Run._look_for = lambda _self, _step, _read_back: None  # type: ignore[method-assign]


def no_read_back_of_batches() -> None:
    """A call of many rows whose answer was lost is sent again without looking."""

    def settle_lost(run: Run, _name: str, _age: Any, _read_back: Any, keep: Any) -> None:
        keep({"made": {}, "refused": {}})
        run.save(attempts=0)

    for module in (lost_contacts, lost_invoices):
        module.settle_lost = settle_lost  # type: ignore[attr-defined]


def no_write_ahead() -> None:
    """A step is written down when its answer is there, not before it is sent."""

    def step(self: Run, name: str, send: Any, _read_back: Any, then: Any = None) -> Any:
        known = self._step(name)
        if known is not None:
            return known.result
        db.session.commit()
        key = str(uuid4())
        result = send(key)
        taken = OperationStep(
            operation_id=self.operation.id,
            name=name,
            position=self._next_position(),
            state="sending",
            idempotency_key=key,
            sent_at=now(),
            result={},
        )
        db.session.add(taken)
        return self._done(taken, result, then, read_back=False)

    Run.step = step  # type: ignore[method-assign]


def no_lease() -> None:
    """Whoever is rung for takes the operation, whether or not somebody has it."""

    def claim(operation_id: UUID) -> Operation | None:
        found = db.session.scalar(
            select(Operation).where(
                Operation.id == operation_id, Operation.state.in_(("queued", "retry", "running"))
            )
        )
        if found is None:
            db.session.rollback()
            return None
        found.state, found.lease = "running", uuid4()
        found.lease_until = now() + timedelta(seconds=60)
        db.session.commit()
        return found

    runner._claim = claim


def no_fence() -> None:
    """A run that lost its lease goes on sending and writing."""

    def fenced(self: Run, **values: Any) -> None:
        if values:
            db.session.execute(
                update(Operation)
                .where(Operation.id == self.operation.id)
                .values(**values)
                .execution_options(synchronize_session=False)
            )

    Run._fenced = fenced  # type: ignore[method-assign]
    Run.still_ours = lambda _self: None  # type: ignore[method-assign]


def no_outbox() -> None:
    """What is not in Redis is not anywhere: nobody sweeps the rows, or looks there for the next."""
    dispatcher.sweep = lambda _app: 0
    clock.sweep = lambda _app: 0
    crew.ring_next = lambda _company_id: None  # type: ignore[attr-defined]


def no_token_lock() -> None:
    """Everybody who finds the token expired refreshes it."""

    @contextmanager
    def alone(_self: Any, *, wait: bool) -> Iterator[Any]:
        with db.engine.connect() as connection:
            yield connection

    tokens.GrantTokens._alone = alone  # type: ignore[method-assign]


class _OpenGate:
    def enter(self, organisation: str, *, interactive: bool) -> Pass:  # noqa: ARG002
        return Pass("0", organisation)

    def leave(self, *_: object) -> None:
        """Nothing is counted, and what Xero says is not heard."""


def no_governor() -> None:
    """Calls are sent whether or not Xero has room for them, and whatever it asked for."""
    connections.governor = _OpenGate  # type: ignore[assignment]


def no_advisory_lock() -> None:
    """Every clock believes it is the one clock."""
    clock.LOCK = os.getpid()


def own_periods() -> None:
    """Each clock keeps in its own memory what it has run."""
    ran: dict[str, float] = {}

    def take(_app: Any, entry: Any) -> bool:
        due = time.monotonic() - ran.get(entry.name, -1e9) >= entry.every.total_seconds()
        if due:
            ran[entry.name] = time.monotonic()
        return due

    periodic._take = take


TUNED: tuple[Callable[[], None], ...] = (
    generous,
    impatient,
    short_windows,
    quick_filing,
    naps_before_a_project,
    dies_at,
    dies_between_refresh_and_commit,
    an_hour_slow,
    quick_periods,
    notes_periods,
)
WEAKENED: tuple[Callable[[], None], ...] = (
    no_read_back,
    no_read_back_of_batches,
    no_write_ahead,
    no_lease,
    no_fence,
    no_outbox,
    no_token_lock,
    no_governor,
    no_advisory_lock,
    own_periods,
)
_TOUCHED: tuple[tuple[Any, str], ...] = (
    *((Run, name) for name in ("_look_for", "_sending", "_done", "_fenced", "step", "still_ours")),
    *((module, "settle_lost") for module in (lost_contacts, lost_invoices)),
    *((connections, name) for name in ("governor", "Transport")),
    *((tokens.GrantTokens, name) for name in ("_alone", "_store")),
    *((periodic, name) for name in ("TABLE", "_take")),
    *((clock, name) for name in ("LOCK", "PERIODIC_SECONDS", "sweep")),
    (runner, "_claim"),
    (kinds, "FILING_RETRY_SECONDS"),
    (dispatcher, "sweep"),
    (crew, "ring_next"),
)
BUILDS = {change.__name__: change for change in (*TUNED, *WEAKENED)}


def apply(names: str) -> None:
    """Change this process for good."""
    for name in filter(None, names.split(",")):
        BUILDS[name]()


@contextmanager
def built(names: str) -> Iterator[None]:
    """Change this process for a while."""
    before = [(owner, name, owner.__dict__[name]) for owner, name in _TOUCHED]
    try:
        apply(names)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def main() -> None:
    names, *command = sys.argv[1:]
    apply(names)
    if command[:2] == ["-m", "app.tasks.clock"]:
        clock.main()  # run as `__main__` it would be a second module, without the changes
    elif command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    main()
