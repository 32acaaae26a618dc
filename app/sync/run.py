"""One run of one operation by one worker: the lease, and the steps that create something in Xero.

A step's life is what makes "exactly once" true (docs/architecture.md, Operations):

    nothing → *sending*, committed → the call → *done* with its result, committed

Found *sending* after a crash or a lost answer, the step is read back before anything is sent again.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, select, update

from app.extensions import db, settings
from app.models import Operation, OperationStep, database_now, now
from app.models.base import Json
from app.sync.outcomes import LeaseLost, NotYet
from app.xero.errors import Again, Permanent, XeroError

KEY_LIVES = timedelta(minutes=5)
"""Xero forgets an Idempotency-Key after six minutes; past this a new one is as good."""


class Run:
    """A claimed operation. Every write goes through `_fenced`, so a run that lost its lease changes nothing."""

    _under_way: ClassVar[dict[UUID, "Run"]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, operation: Operation) -> None:
        assert operation.lease is not None
        self.operation = operation
        self.lease: UUID = operation.lease
        # Plain copies for the thread that renews leases: a row belongs to one session.
        self.company_id = operation.company_id
        self.operation_id = operation.id
        self._good_until = time.monotonic() + settings().lease_seconds

    def __enter__(self) -> Self:
        with self._lock:
            self._under_way[self.lease] = self
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._under_way.pop(self.lease, None)

    @classmethod
    def under_way(cls) -> "list[Run]":
        """The runs of this process, for `app.sync.leases`."""
        with cls._lock:
            return list(cls._under_way.values())

    def needs_renewal(self, lasts: float) -> bool:
        """Whether less than two thirds of the lease are left."""
        return self._good_until - time.monotonic() < lasts * 2 / 3

    def renewed(self, asked_at: float, lasts: float) -> None:
        """The lease lasts anew. `asked_at`: `time.monotonic()` before the database was asked, so that we never believe
        in it for longer than the database does."""
        self._good_until = asked_at + lasts

    def before_call(self, changes: bool) -> None:
        """End the transaction that the run's reads have begun, for none stays open while Xero is asked, and make sure
        of the lease before a change. What a step writes is committed before and after its call, never across it."""
        db.session.commit()
        if changes:
            self.still_ours()

    def still_ours(self) -> None:
        """Raise `LeaseLost` when the lease has run out: asked right before the bytes of a change leave, for a process
        may have been paused since it wrote *sending*."""
        if time.monotonic() > self._good_until:
            raise LeaseLost

    def _fenced(self, **values: Any) -> None:
        """Write to the operation if the lease is still ours, and make the lease last anew. Raises `LeaseLost`."""
        lasts, asked_at = settings().lease_seconds, time.monotonic()
        values.setdefault("lease_until", database_now(lasts))
        written = db.session.execute(
            update(Operation)
            .where(
                Operation.id == self.operation.id, Operation.lease == self.lease, Operation.state == "running"
            )
            .values(**values)
            .returning(Operation.id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if written is None:
            db.session.rollback()
            raise LeaseLost
        self.renewed(asked_at, lasts)

    def save(self, **values: Any) -> None:
        """Commit what this run has changed, if the lease is still ours."""
        self._fenced(**values)
        db.session.commit()

    def last_look(self) -> None:
        """Lock the operation, before a look whether anything is left to do, until its ending is written (or the next
        commit). Whoever leaves it something to do plans it in the same transaction, and so comes either before this
        look or after the ending: nothing that is asked for meanwhile is passed over."""
        db.session.scalars(
            select(Operation.id).where(Operation.id == self.operation.id).with_for_update()
        ).one()

    def forget_steps(self) -> None:
        """Drop every step: they were taken elsewhere (not committed)."""
        db.session.execute(delete(OperationStep).where(OperationStep.operation_id == self.operation.id))

    def forget_step(self, name: str) -> None:
        """Drop one step whose result no longer holds (not committed)."""
        db.session.execute(
            delete(OperationStep).where(
                OperationStep.operation_id == self.operation.id, OperationStep.name == name
            )
        )

    def started(self, name: str) -> bool:
        """Whether this step was begun in any run."""
        return self._step(name) is not None

    def _step(self, name: str) -> OperationStep | None:
        return db.session.scalar(
            select(OperationStep).where(
                OperationStep.operation_id == self.operation.id, OperationStep.name == name
            )
        )

    def step(
        self,
        name: str,
        send: Callable[[str], Json],
        read_back: Callable[[], Json | None],
        then: Callable[[Json], None] | None = None,
    ) -> Json:
        """The step's result, carried out at most once whatever happens on the way.

        `send(idempotency_key)` makes the call; `read_back()` finds what an earlier call may have made, or None;
        `then(result)` changes rows in the transaction that records the result. Raises what `send` raises, `NotYet`
        while an answer may still be on its way, `LeaseLost`.
        """
        step = self._step(name)
        if step and step.state == "done":
            return step.result
        if step:
            found = self._look_for(step, read_back)
            if found is not None:
                return self._done(step, found, then, read_back=True)
        sent_before = step is not None
        step = self._sending(name, step)
        key = step.idempotency_key
        try:
            result = send(key)
        except XeroError as error:
            self._after_failure(step, error, sent_before=sent_before)
            raise
        return self._done(step, result, then, read_back=False)

    def _look_for(self, step: OperationStep, read_back: Callable[[], Json | None]) -> Json | None:
        wait = timedelta(seconds=settings().read_back_after_seconds) - self._since_sent(step)
        if wait > timedelta(0):
            raise NotYet(wait.total_seconds())
        self.save()
        return read_back()

    def _since_sent(self, step: OperationStep) -> timedelta:
        """How long ago, by the database's clock: the machine that sent it may have another than ours."""
        since: ColumnElement[timedelta] = func.age(database_now(), OperationStep.sent_at)
        return db.session.scalars(select(since).where(OperationStep.id == step.id)).one()

    def _sending(self, name: str, step: OperationStep | None) -> OperationStep:
        if step is None:
            step = OperationStep(
                operation_id=self.operation.id,
                name=name,
                position=self._next_position(),
                state="sending",
                idempotency_key=str(uuid4()),
                sent_at=database_now(),
                result={},
            )
            db.session.add(step)
        else:
            # Read back and not there. The same key while Xero knows it: should the lost call be carried out after
            # all, Xero itself answers this one with its result.
            if self._since_sent(step) > KEY_LIVES:
                step.idempotency_key = str(uuid4())
            step.sent_at = database_now()
        self.save()
        return step

    def _next_position(self) -> int:
        return len(
            db.session.scalars(
                select(OperationStep.id).where(OperationStep.operation_id == self.operation.id)
            ).all()
        )

    def _after_failure(self, step: OperationStep, error: XeroError, *, sent_before: bool) -> None:
        if not (isinstance(error, Again) and error.maybe_done):
            # Refused or never sent: nothing to look for, the step has not begun. Unless an earlier call of it got no
            # answer: that one may still be carried out, so the step, and the key it was sent with, are kept.
            if not sent_before or isinstance(error, Permanent):
                db.session.execute(delete(OperationStep).where(OperationStep.id == step.id))
        elif error.status is not None:
            # Xero caches the answer of a key, a 500 included: asked again with it, it would only repeat itself.
            step.idempotency_key = str(uuid4())
        self.save()

    def _done(
        self, step: OperationStep, result: Json, then: Callable[[Json], None] | None, *, read_back: bool
    ) -> Json:
        step.state = "done"
        step.done_at = now()
        step.result = result
        step.read_back = read_back
        if then:
            then(result)
        # It got further: attempts count those in a row that did not.
        self.save(attempts=0)
        return result
