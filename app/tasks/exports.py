"""What RQ calls to write an export, and what the clock does about exports. Arguments are ids, as text."""

import logging
import time
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import select

from app import lookups
from app.exports import actions, storage
from app.extensions import db
from app.models import CompanyExport
from app.tasks.crew import Crew
from app.tenancy import company_scope

log = logging.getLogger(__name__)

RING_AGAIN_SECONDS = 60.0
LEFT_SECONDS = 3600.0
"""A half file that nobody has written to for so long belongs to nobody."""


def write(company_id: str, export_id: str) -> None:
    """Write one export: by the worker's crew when there is one."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    company, export = UUID(company_id), UUID(export_id)
    crew: Crew | None = app.extensions.get("crew")
    if crew is not None:
        crew.lend(lambda: _write(app, company, export), f"Export {export}")
    else:
        _write(app, company, export)


def _write(app: Flask, company_id: UUID, export_id: UUID) -> None:
    with app.app_context():
        actions.carry_out(company_id, export_id)


def sweep(app: Flask) -> None:
    """Ring for exports that nobody came for or whose worker died; take away those whose time is over."""
    with app.app_context():
        due = lookups.due_exports(db.session(), RING_AGAIN_SECONDS)
        db.session.rollback()
    for company_id, export_id, over in due:
        with app.app_context(), company_scope(company_id):
            if over:
                actions.expire(export_id)
            else:
                actions.ring_again(export_id)


def remove_left_files(app: Flask) -> None:
    """Half files of workers that died, and files of practices that offer none any more."""
    with app.app_context():
        left = storage.remove_left_parts(time.time() - LEFT_SECONDS)
        owners = storage.owners()
    if left:
        log.info("%s half-written exports were removed", left)
    for company_id in owners:
        with app.app_context(), company_scope(company_id):
            wanted = select(CompanyExport.id).where(CompanyExport.state.in_(("running", "ready"))).limit(1)
            if db.session.scalar(wanted) is None:
                storage.finished(company_id).unlink(missing_ok=True)
