"""The worker calls what rings for operations, and nothing else that may stand in Redis."""

import json

import pytest
from flask import Flask
from rq.job import Job
from rq.serializers import JSONSerializer

from app.extensions import redis_client, task_queue
from app.sync.doorbell import RUN
from worker import OperationsWorker


def work(app: Flask) -> None:
    with app.app_context():
        OperationsWorker([task_queue()], connection=redis_client(), serializer=JSONSerializer).work(
            burst=True
        )


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The ids that reached the worker's one task."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr("app.tasks.operations.run", lambda *ids: found.append(ids))
    return found


def test_a_ring_is_answered(app: Flask, ran):
    with app.app_context():
        task_queue().enqueue(RUN, args=("company", "operation"))
    work(app)
    assert ran == [("company", "operation")]


@pytest.mark.parametrize("also", ["", "success_callback_name", "failure_callback_name"])
def test_nothing_else_in_the_queue_is_called(app: Flask, ran, tmp_path, also: str):
    mark = tmp_path / "called"
    with app.app_context():
        job: Job = task_queue().enqueue("os.system", args=(f"touch {mark}",))
        if also:
            redis_client().hset(job.key, also, "os.abort")
    work(app)
    assert not mark.exists()
    assert ran == []


def test_a_ring_brings_nothing_along_to_be_called(app: Flask, ran, monkeypatch: pytest.MonkeyPatch):
    called: list[object] = []
    monkeypatch.setattr("os.getcwdb", lambda *given: called.append(given))
    with app.app_context():
        job: Job = task_queue().enqueue(RUN, args=("company", "operation"))
        for name in ("success_callback_name", "failure_callback_name", "stopped_callback_name"):
            redis_client().hset(job.key, name, "os.getcwdb")
        redis_client().hset(
            job.key, "webhooks", json.dumps([{"url": "http://127.0.0.1:9/", "job_status": "finished"}])
        )
    work(app)
    assert ran == [("company", "operation")]
    assert called == []
