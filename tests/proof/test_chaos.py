"""`make chaos` (REQUESTS, SEED) and, smaller, `make proof`: everything at once, and still one job each."""

import os

import pytest

from tests.proof.chaos import Chaos
from tests.proof.site import Site

REQUESTS, SEED = int(os.environ.get("REQUESTS", "200")), int(os.environ.get("SEED", "1"))

pytestmark = [pytest.mark.proof, pytest.mark.fault]


@pytest.fixture
def chaos(site: Site) -> Chaos:
    # The product's own times: a lease of ten seconds, a sweep each half second.
    for name in ("LEASE_SECONDS", "SWEEP_SECONDS"):
        site.stack.environment.pop(name)
    site.stack.environment |= {"READ_BACK_AFTER_SECONDS": "5"}
    site.stack.build = ",".join(filter(None, ["generous,impatient", os.environ.get("WEAKENED")]))
    return Chaos(
        site.stack, site.practices, site.simulator, site.redis, site.postgres, site.rows, SEED, REQUESTS
    )


@pytest.mark.timeout(600 + REQUESTS * 4)
def test_none_lost_and_none_twice(chaos: Chaos) -> None:
    report = chaos.run()
    print(f"\n{report}")
    assert report.kills > 0
    assert sum(report.faults.values()) > 0
    assert (report.lost, report.doubled) == (0, 0), report.verdict
    assert (report.elsewhere, report.tasks_wrong) == (0, 0), report.verdict
    assert report.changes_ratio <= 1.25, "calls that create something, beside the fewest"
    # The longest is printed and not judged: while blows go on falling, one operation is hit again and again.
    # 15 s is the goal and 11 what idle cores show; a machine that is busy otherwise may take twice that.
    assert report.median_takeover <= 30, "seconds until a killed worker's operation runs again"
