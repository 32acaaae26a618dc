"""The client beside bare `requests` and beside `xero-python`, and the memory of a worker that uses it."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.sync.operations import CREATE_JOB
from tests.bench.many import add_practice, plan_all
from tests.bench.rivals import WIDE, Bare, OpenGate, Ours, Rival, Road, Theirs, governed
from tests.support.stack import wait_until

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ORGANISATION = "Bench Client Pty Ltd"
CONTACTS = 1000
ROUNDS = int(os.environ.get("ROUNDS", "11"))
BASES = ("bare requests", "xero-python")
PRACTICES, EACH = 20, 10


@pytest.fixture
def road(simulator) -> Road:
    # Wide, not only off: the governor learns what is left from the headers of the replies.
    simulator.limits(enabled=False, minute=WIDE, day=WIDE, app_minute=WIDE)
    simulator.post("seed", {"organisation": ORGANISATION, "contacts": CONTACTS})
    given = simulator.token(ORGANISATION)
    held = simulator.state(newest=0)["organisations"][ORGANISATION]["contacts"]
    return Road(simulator.url, given["access_token"], given["tenant_id"], held[0]["ContactID"])


def test_calls_per_second(app, road, simulator):
    rivals: dict[str, Rival] = {
        BASES[0]: Bare(road),
        BASES[1]: Theirs(road),
        "ours, open gate": Ours(road, OpenGate()),
        "ours, governor": governed(road, app.extensions["redis"]),
    }
    _compare("GET Organisation", rivals, 20, _organisation)
    _compare("GET Contacts, page of 100", rivals, 5, lambda rival: _contacts(rival, 100))
    _compare("GET Contacts, page of 1000", rivals, 2, lambda rival: _contacts(rival, 1000))
    made = _compare("POST project", rivals, 10, lambda rival: rival.project("Bench"))
    assert len(simulator.projects(ORGANISATION)) == made


def _organisation(rival: Rival) -> None:
    assert rival.organisation() == ORGANISATION


def _contacts(rival: Rival, size: int) -> None:
    assert len(set(rival.contacts(size))) == size


def _compare(what: str, rivals: dict[str, Rival], calls: int, ask: Callable[[Rival], object]) -> int:
    """Rounds in which each asks in turn, another first each time; prints medians and ratios. Calls made in all."""
    rates: dict[str, list[float]] = {name: [] for name in rivals}
    cpu: dict[str, list[float]] = {name: [] for name in rivals}
    order = list(rivals)
    for rival in rivals.values():
        ask(rival)  # connections are open and caches warm
    for _ in range(ROUNDS):
        order = [*order[1:], order[0]]
        for name in order:
            before, started = time.process_time(), time.perf_counter()
            for _ in range(calls):
                ask(rivals[name])
            rates[name].append(calls / (time.perf_counter() - started))
            cpu[name].append((time.process_time() - before) / calls)
    _print(what, calls, rates, cpu)
    return len(rivals) * (1 + ROUNDS * calls)


def _print(what: str, calls: int, rates: dict[str, list[float]], cpu: dict[str, list[float]]) -> None:
    print(f"\n{what}: {ROUNDS} rounds of {calls} calls; medians, ratios within each round")
    for name, found in rates.items():
        line = (
            f"  {name:16}{statistics.median(found):7.1f} calls/s ({min(found):.0f} to {max(found):.0f}),"
            f" {statistics.median(cpu[name]) * 1000:6.2f} ms CPU a call"
        )
        for base in BASES:
            if name not in BASES or (name, base) == (BASES[1], BASES[0]):
                pace, cost = _ratio(found, rates[base]), _ratio(cpu[name], cpu[base])
                line += f"; {pace:.2f} x the calls/s, {cost:.2f} x the CPU of {base}"
        print(line)


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios of each round: what slows the machine slows both."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def test_memory_of_a_worker(app, stack, simulator, superuser):
    """The most a worker ever held when 200 jobs were made, and when half of them were, beside what it holds idle."""
    simulator.limits(enabled=False)
    practices = [add_practice(app, simulator, number, EACH)[0] for number in range(PRACTICES)]
    stack.start("clock")
    process = stack.start("worker")
    wait_until(lambda: app.extensions["redis"].smembers("rq:workers"), 30, "the worker is there")
    time.sleep(2)  # its threads are up and its connections open
    idle = _memory(process)
    started = time.monotonic()
    for company_id in practices:
        plan_all(app, company_id)
    wait_until(lambda: _made(superuser) >= PRACTICES * EACH / 2, 240, "half of the jobs are made")
    half = _memory(process)
    wait_until(lambda: _made(superuser) == PRACTICES * EACH, 240, "the jobs are made")
    whole = _memory(process)
    print(
        f"\nmemory of a worker: idle {idle['VmRSS']:.1f} MB (peak of its start {idle['VmHWM']:.1f} MB); peak after"
        f" {PRACTICES * EACH} operations {whole['VmHWM']:.1f} MB, {whole['VmHWM'] / idle['VmRSS']:.2f} x idle"
        f" (at half of them {half['VmHWM']:.1f} MB); {whole['Threads']:.0f} threads;"
        f" {time.monotonic() - started:.0f} s"
    )
    assert whole["VmHWM"] < 1.2 * half["VmHWM"], "a worker grows with the work it does"


def _made(superuser: Engine) -> int:
    made = text(
        "select count(*) from operations where kind = :kind and state = 'done' and requested_by = 'Bench'"
    )
    with superuser.connect() as connection:
        return int(connection.execute(made, {"kind": CREATE_JOB}).scalar_one())


def _memory(process: int) -> dict[str, float]:
    """VmRSS and VmHWM in MB, and the number of threads."""
    lines = (Path("/proc") / str(process) / "status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines if ":" in line)
    sizes = {name: int(found[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")}
    return {**sizes, "Threads": float(found["Threads"])}
