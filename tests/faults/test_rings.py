"""The doorbell may ring as often as it likes: one worker has the operation, the others find nothing to do."""

import threading

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Operation
from app.sync.runner import run_operation
from tests.proof.practices import Practice
from tests.proof.weakened import built
from tests.support.stack import wait_until

pytestmark = pytest.mark.fault
RINGS = 6


@pytest.fixture
def practice(app, cast, simulator) -> Practice:
    simulator.limits(enabled=False, minute=1_000_000, day=10_000_000, app_minute=1_000_000)
    return Practice(app, cast.abc, "ABC Pty Ltd", "admin@abc.test")


def projects_sent(practice: Practice, simulator) -> int:
    """Six workers are rung for one operation while Xero is slow; how often the project was sent."""
    (piece,) = practice.receive(1, "RING")
    simulator.fault("slow", path="/Projects$", method="POST", seconds=2)
    practice.assign(piece)
    with practice.scope():
        operation_id = db.session.scalars(select(Operation.id).where(Operation.subject_id == piece.id)).one()

    def worker() -> None:
        with practice.app.app_context():
            run_operation(practice.company_id, operation_id)

    threads = [threading.Thread(target=worker) for _ in range(RINGS)]
    threads[0].start()
    wait_until(lambda: simulator.state(newest=0)["faults"][0]["hits"], 20, "the project is on its way")
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(line["method"] == "POST" and line["path"].endswith("/Projects") for line in simulator.ledger())


def test_six_rings_make_one_call(practice: Practice, simulator) -> None:
    with built("generous"):
        assert projects_sent(practice, simulator) == 1


@pytest.mark.proof
def test_without_the_lease_they_send_at_once(practice: Practice, simulator) -> None:
    """The weakened build. Xero's own key keeps this from making two, for six minutes; the calls are still too many."""
    with built("generous,no_lease"):
        assert projects_sent(practice, simulator) > 1
