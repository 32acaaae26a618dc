"""Practice Manager API 3.1, under ``/practicemanager/3.1``: verbs in the path, JSON or XML, errors inside
HTTP 200.
"""

from __future__ import annotations

from simulator.calls import Api


def apis() -> list[Api]:
    """The calls of every noun."""
    from simulator.practice import catalogue, clients, job_changes, jobs

    return [catalogue.api, clients.api, jobs.api, job_changes.api]
