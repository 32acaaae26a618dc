"""Projects API 2.0, under ``/projects.xro/2.0``: one file a noun."""

from __future__ import annotations

from simulator.calls import Api


def apis() -> list[Api]:
    """The calls of every noun."""
    from simulator.projects import projects, tasks, time, users

    return [projects.api, users.api, tasks.api, time.api]
