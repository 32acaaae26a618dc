"""Files API 1.0, under ``/files.xro/1.0``: one file a noun."""

from __future__ import annotations

from simulator.calls import Api


def apis() -> list[Api]:
    """The calls of every noun."""
    from simulator.files import associations, files, folders

    return [folders.api, files.api, associations.api]
