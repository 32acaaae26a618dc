"""`make proof` (DOCUMENTS, SEED): every accepted document in Xero Files exactly once, whatever is broken meanwhile.

`DOCUMENTS=1000 .venv/bin/pytest tests/proof/test_papers.py -m proof -s` is the headline run.
"""

import os

import pytest

from tests.proof.papers import Papers
from tests.proof.site import Site

DOCUMENTS, SEED = int(os.environ.get("DOCUMENTS", "120")), int(os.environ.get("SEED", "1"))

pytestmark = [pytest.mark.proof, pytest.mark.fault]


def papers_of(site: Site, documents: int, build: str = "") -> Papers:
    # The product's own times: a lease of ten seconds, a sweep each half second.
    for name in ("LEASE_SECONDS", "SWEEP_SECONDS"):
        site.stack.environment.pop(name)
    site.stack.environment |= {"READ_BACK_AFTER_SECONDS": "4"}
    site.stack.build = ",".join(filter(None, ["generous,quick_filing", build]))
    return Papers(
        site.stack,
        site.practices,
        site.simulator,
        site.redis,
        site.postgres,
        site.rows,
        SEED,
        documents,
        app=site.app,
    )


@pytest.mark.timeout(600 + DOCUMENTS * 4)
def test_each_is_filed_once(site: Site) -> None:
    report = papers_of(site, DOCUMENTS).run_papers()
    print(f"\n{report}")
    assert report.kills > 0
    assert sum(report.faults.values()) > 0
    assert report.accepted >= DOCUMENTS
    assert not any(vars(report.verdict).values()), report.verdict


@pytest.mark.timeout(600)
def test_a_build_that_does_not_read_back_is_caught(site: Site) -> None:
    report = papers_of(site, 60, "no_read_back").run_papers()
    assert report.verdict.doubled, "the proof above would not notice a file that is sent twice"
