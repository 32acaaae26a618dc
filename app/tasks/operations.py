"""What RQ calls. Arguments are ids, as text; nothing of the caller's context is leaned on."""

from uuid import UUID

from flask import current_app

from app.sync.runner import run_operation


def run(company_id: str, operation_id: str) -> None:
    """Run one operation, in an app context and a database session of its own (the worker holds the app)."""
    with current_app._get_current_object().app_context():  # type: ignore[attr-defined]
        run_operation(UUID(company_id), UUID(operation_id))
