"""F4: each way Xero can fail. A limit costs no attempt, and never is a call made before the time it named."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.models import Operation, now
from tests.proof.invariant import judge
from tests.proof.practices import Piece, Practice
from tests.proof.ringing import settle
from tests.proof.site import Site
from tests.proof.weakened import built

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]
NAMED = 8
UNDER_WAY = 2
"""What was sent before the refusal had arrived could not know of it, on a busy machine so many seconds later."""

FAULTS = {
    "500_before": {},
    "500_after": {},
    "503": {},
    "drop_before": {},
    "drop_after": {},
    "html": {},
    "html after": {"after": True},
    "truncated": {},
    "truncated silently": {"silent": True},
    "expired_token": {},
}
STEPS = {"/Contacts": "PUT", "/Projects$": "POST", "/Tasks$": "POST"}


@pytest.fixture
def practice(app, cast, simulator) -> Practice:
    return Practice(app, cast.abc, "ABC Pty Ltd", "admin@abc.test")


def operation_of(practice: Practice, piece: Piece) -> Operation:
    with practice.scope():
        from app.extensions import db

        return db.session.scalars(select(Operation).where(Operation.subject_id == piece.id)).one()


def every_fault_at_every_step(practice: Practice, simulator, *, twice: bool) -> None:
    cases = [(fault, path) for fault in FAULTS for path in STEPS]
    pieces = practice.receive(len(cases), "F4")
    for (fault, path), piece in zip(cases, pieces, strict=True):
        kind = fault.split(maxsplit=1)[0]
        simulator.fault(kind, path=path, method=STEPS[path], count=1 + twice, **FAULTS[fault])
        practice.assign(piece)
        settle(practice.app, [practice])
        simulator.clear_faults()
    verdict = judge(simulator.state(newest=0), pieces, practice.tasks)
    assert verdict.holds, str(verdict)


@pytest.mark.parametrize(
    "twice", [False, pytest.param(True, marks=pytest.mark.proof)], ids=["once", "twice in a row"]
)
def test_every_fault_at_every_step(practice: Practice, simulator, twice: bool) -> None:
    simulator.limits(enabled=False, minute=1_000_000, day=10_000_000, app_minute=1_000_000)
    with built("generous"):
        every_fault_at_every_step(practice, simulator, twice=twice)


@pytest.mark.proof
def test_without_reading_back_some_are_doubled(practice: Practice, simulator) -> None:
    simulator.limits(enabled=False, minute=1_000_000, day=10_000_000, app_minute=1_000_000)
    with built("generous,no_read_back"), pytest.raises(AssertionError, match="doubled"):
        every_fault_at_every_step(practice, simulator, twice=False)


@pytest.mark.parametrize(
    ("how", "least"),
    [
        ({"retry_after": 37}, 37),
        ({"retry_after": None}, 60),
        ({"problem": "day", "retry_after": None}, 3600),
        ({"problem": "day", "retry_after": 7200}, 7200),
        ({"problem": "concurrent", "retry_after": None}, 1),
        ({"problem": "app", "retry_after": 20}, 20),
    ],
    ids=str,
)
def test_a_limit_costs_no_attempt(practice: Practice, simulator, work, how, least: float) -> None:
    (piece,) = practice.receive(1, "F4")
    simulator.fault("429", path="/Projects$", method="POST", count=1, **how)
    practice.assign(piece)
    work()
    operation = operation_of(practice, piece)
    assert (operation.state, operation.attempts) == ("retry", 0)
    assert operation.not_before - now() > timedelta(seconds=least - 10)


def early_calls(site: Site) -> list[str]:
    """Calls to the organisation that arrived before the time its 429 had named."""
    told: datetime | None = None
    early = []
    for line in site.calls():
        ended = datetime.fromisoformat(line["time"]).astimezone(UTC)
        began = ended - timedelta(milliseconds=line["milliseconds"])
        if told is not None and told - timedelta(seconds=NAMED - UNDER_WAY) < began < told:
            early.append(f"{line['method']} {line['path']} {(told - began).total_seconds():.1f} s early")
        if line["status"] == 429:
            told = ended + timedelta(seconds=NAMED)
    return early


def refused_in_the_middle(site: Site, pieces: int = 8) -> list[str]:
    """`pieces`: enough of them that some are still to be begun when the refusal comes."""
    received = site.receive(pieces, "F4")
    crowd = site.crowd(workers=2)
    site.simulator.fault("429", path="/Projects$", method="POST", count=2, retry_after=NAMED)
    site.assign(received)
    site.settled("F4", 90, crowd)
    verdict = site.verdict(received)
    assert verdict.holds, str(verdict)
    return early_calls(site)


def test_no_call_before_the_time_xero_named(site: Site) -> None:
    assert refused_in_the_middle(site) == []


@pytest.mark.proof
def test_without_the_governor_calls_come_too_early(site: Site) -> None:
    site.stack.build = "no_governor"
    assert refused_in_the_middle(site, pieces=40) != []
