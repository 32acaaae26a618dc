"""Within Xero's limits, and at them: many practices at once, and one that saturates beside one that does not."""

import math
import os
import statistics
import time

import pytest

from app.models.operation import BULK
from tests.bench.many import CALLS, add_practice, open_operations, plan_all
from tests.support.stack import wait_until

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

PRACTICES = int(os.environ.get("PRACTICES", "20"))
OPERATIONS = int(os.environ.get("OPERATIONS", "2000"))
LATENCY = 0.2


def least(calls: int) -> float:
    """The least possible seconds for so many calls of one organisation: 60 a minute, five at once, each `LATENCY`."""
    last = calls % 60 or 60
    return 60 * (math.ceil(calls / 60) - 1) + math.ceil(last / 5) * LATENCY


@pytest.mark.parametrize("window", ["fixed", "rolling"])
def test_many_practices_at_the_limit(app, stack, simulator, window):
    simulator.limits(enabled=False)
    each = OPERATIONS // PRACTICES
    practices = [add_practice(app, simulator, number, each) for number in range(PRACTICES)]
    simulator.limits(enabled=True, window=window, minute=60, concurrent=5, day=5000)
    simulator.fault("slow", path="projects.xro", seconds=LATENCY)
    before = len(simulator.ledger())
    for company_id, _ in practices:
        plan_all(app, company_id)
    stack.start("clock")
    for worker in range(2):
        stack.start("worker", f"worker-{worker}", WORKER_THREADS="24")
    started = time.monotonic()
    wait_until(
        lambda: all(open_operations(app, company_id) == 0 for company_id, _ in practices), 1500, "all is done"
    )
    calls = simulator.ledger()[before:]
    per_practice = {name: [c for c in calls if c["organisation"] == name] for _, name in practices}
    refused = [call for call in calls if call["status"] == 429]
    first = min(_seconds(call) for call in calls)
    took = {name: max(_seconds(c) for c in theirs) - first for name, theirs in per_practice.items()}
    bound = least(max(len(theirs) for theirs in per_practice.values()))
    used = _used(per_practice, first)
    print(
        f"\n{window} window: {len(practices) * each} operations over {len(practices)} practices, {len(calls)} calls"
        f" ({len(calls) / (each * len(practices)):.2f} an operation, least {CALLS}); 429s {len(refused)};"
        f" first call to last {max(took.values()):.1f} s, least possible {bound:.1f} s,"
        f" ratio {max(took.values()) / bound:.3f}; budget used in full minutes: least {min(used):.3f},"
        f" median {statistics.median(used):.3f}; by the clock {time.monotonic() - started:.1f} s"
    )
    assert not refused
    assert {name: len(theirs) for name, theirs in per_practice.items()} == dict.fromkeys(took, CALLS * each)


def _seconds(call) -> float:
    from datetime import datetime

    return datetime.fromisoformat(call["time"]).timestamp()


def _used(per_practice, first: float) -> list[float]:
    """For each practice, the share of 60 calls used in each whole minute while it still had work."""
    shares = []
    for theirs in per_practice.values():
        times = sorted(_seconds(call) - first for call in theirs)
        full = int(times[-1] // 60)
        shares += [sum(60 * minute <= at < 60 * (minute + 1) for at in times) / 60 for minute in range(full)]
    return shares or [0.0]


def test_a_saturated_practice_delays_nobody(app, stack, simulator):
    """One practice with 2,000 waiting calls; another's single assignments beside it, and alone."""
    simulator.limits(enabled=False)
    busy, _ = add_practice(app, simulator, 100, 700)
    warm, _ = add_practice(app, simulator, 103, 2)
    small, _ = add_practice(app, simulator, 101, 19)
    small_too, _ = add_practice(app, simulator, 102, 19)
    simulator.limits(enabled=True, minute=60, concurrent=5, day=5000)
    simulator.fault("slow", path="projects.xro", seconds=LATENCY)
    stack.start("clock")
    stack.start("worker", WORKER_THREADS="8")
    _one_by_one(app, warm)  # the worker has started
    alone = _one_by_one(app, small)
    plan_all(app, busy, BULK)
    time.sleep(3)
    beside = _one_by_one(app, small_too)
    ratio = _p95(beside) / _p95(alone)
    print(
        f"\none assignment at a time: alone median {statistics.median(alone):.2f} s, p95 {_p95(alone):.2f} s; beside a"
        f" practice with {open_operations(app, busy)} waiting operations median {statistics.median(beside):.2f} s,"
        f" p95 {_p95(beside):.2f} s; ratio of p95 {ratio:.2f}"
    )
    assert open_operations(app, busy) > 300, "the busy practice was not busy"


def _p95(times: list[float]) -> float:
    return sorted(times)[math.ceil(len(times) * 0.95) - 1]


def _one_by_one(app, company_id) -> list[float]:
    """Seconds from planning one job to its end, for each request of the practice, one after the other."""
    from sqlalchemy import select

    from app.extensions import db
    from app.models import Operation, ServiceRequest
    from app.sync.operations import CREATE_JOB, plan
    from app.tenancy import company_scope

    with app.app_context(), company_scope(company_id):
        ids = [(row.id, row.reference) for row in db.session.scalars(select(ServiceRequest))]
    times = []
    for request_id, reference in ids:
        started = time.perf_counter()
        with app.app_context(), company_scope(company_id):
            operation_id = plan(CREATE_JOB, request_id, reference, "Bench").id
            db.session.commit()

        def done(operation_id=operation_id) -> bool:
            with app.app_context(), company_scope(company_id):
                return (
                    db.session.scalar(select(Operation.state).where(Operation.id == operation_id)) == "done"
                )

        wait_until(done, 90, "the job is made")
        times.append(time.perf_counter() - started)
    return times
