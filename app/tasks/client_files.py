"""What RQ calls to write a large file of clients. Arguments are ids, as text."""

from uuid import UUID

from flask import Flask, current_app

from app.clients.csv import handing_over
from app.tasks.crew import Crew


def write(company_id: str, import_id: str) -> None:
    """Write one file: by the worker's crew when there is one."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    company, file = UUID(company_id), UUID(import_id)
    crew: Crew | None = app.extensions.get("crew")
    if crew is not None:
        crew.lend(lambda: _write(app, company, file), f"File {file} of clients")
    else:
        _write(app, company, file)


def _write(app: Flask, company_id: UUID, import_id: UUID) -> None:
    with app.app_context():
        handing_over.carry_out(company_id, import_id)
