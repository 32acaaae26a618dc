"""What RQ calls to sort webhooks. No arguments: all that wait are sorted."""

from flask import Flask, current_app

from app.sync.webhooks import sorting
from app.tasks.crew import Crew


def sort() -> None:
    """Sort them: by the worker's crew when there is one, so that operations go on being taken up."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    crew: Crew | None = app.extensions.get("crew")
    if crew is not None:
        crew.lend(lambda: sorting.sort(app), "Sorting webhooks")
    else:
        sorting.sort(app)
