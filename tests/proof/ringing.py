"""A worker's loop in this process: takes rings from the real queue and carries them out, one after the other."""

from uuid import UUID

from flask import Flask

from app.extensions import task_queue
from app.sync.dispatcher import sweep
from app.sync.runner import run_operation
from app.tenancy import scoped_company_id
from tests.proof.practices import Practice


def next_ring(app: Flask) -> tuple[UUID, UUID] | None:
    """The ids of the next ring, taken from the queue; None when nothing rang."""
    with app.app_context():
        queue = task_queue()
        while job_ids := queue.get_job_ids(0, 1):
            job = queue.fetch_job(job_ids[0])
            queue.remove(job_ids[0])
            if job is not None:
                company_id, operation_id = job.args
                job.delete()
                return UUID(company_id), UUID(operation_id)
    return None


def run_rung(app: Flask, most: int = 1) -> int:
    """Carry out what rang, at most so many; how many there were."""
    assert scoped_company_id() is None, "a test's own scope must not help the work along"
    for ran in range(most):
        rung = next_ring(app)
        if rung is None:
            return ran
        with app.app_context():
            run_operation(*rung)
    return most


def settle(app: Flask, practices: list[Practice], rounds: int = 40) -> None:
    """Time passes, the dispatcher sweeps and workers work, until nothing is due any more."""
    for _ in range(rounds):
        for practice in practices:
            practice.hurry()
        if sweep(app) == 0:
            return
        run_rung(app, 500)
    raise AssertionError(f"Still due after {rounds} rounds")
