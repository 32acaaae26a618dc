"""What the pages read of exports."""

from sqlalchemy import select

from app.extensions import db
from app.models import CompanyExport


def exports_shown() -> tuple[CompanyExport | None, CompanyExport | None]:
    """The newest export of the scope's practice, and the one that can be downloaded (they may be the same)."""
    newest = db.session.scalar(select(CompanyExport).order_by(CompanyExport.created_at.desc()).limit(1))
    ready = db.session.scalar(select(CompanyExport).where(CompanyExport.state == "ready"))
    return newest, ready
