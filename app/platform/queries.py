"""What super admins see of the practices: health, and nothing of anyone's clients."""

from uuid import UUID

from app.checks import one_line
from app.extensions import db
from app.lookups import CompanyHealth, company_healths


def list_practices(q: str = "") -> list[CompanyHealth]:
    """Practices by name; `q`: part of the practice's or its organisation's name."""
    words = one_line(q).casefold()
    return [
        health
        for health in company_healths(db.session())
        if words in health.name.casefold() or words in (health.organisation_name or "").casefold()
    ]


def find_practice(company_id: UUID) -> CompanyHealth | None:
    """The practice with this id."""
    return next((health for health in list_practices() if health.company_id == company_id), None)
