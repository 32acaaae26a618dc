"""What RQ calls. Arguments are ids, as text; nothing of the caller's context is leaned on."""

from uuid import UUID

from flask import current_app

from app.tasks.crew import Crew, carry_out


def run(company_id: str, operation_id: str) -> None:
    """Run one operation: by the worker's crew when there is one, else here and now."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    crew: Crew | None = app.extensions.get("crew")
    if crew is not None:
        crew.give(UUID(company_id), UUID(operation_id))
    else:
        carry_out(app, UUID(company_id), UUID(operation_id))
