"""What super admins see of the practices: health, and nothing of anyone's clients."""

from dataclasses import dataclass
from uuid import UUID

from app.checks import one_line
from app.extensions import db
from app.lookups import (
    CompanyHealth,
    Named,
    companies_named,
    companies_visited,
    company_health,
    company_healths,
    mail_counts,
)
from app.mail.sending import can_send
from app.platform import creating
from app.settings.people_queries import Invited, read_invitation
from app.sync.connections import governor
from app.sync.governor import Usage

PAGE = 50
RECENT, FOUND = 5, 12
"""How many practices are offered to switch to: those entered last, and those whose name fits."""


@dataclass(frozen=True)
class Practice:
    """A practice with its health, and what its organisation may still call today (None: not known)."""

    health: CompanyHealth
    usage: Usage | None

    @property
    def calls_left(self) -> int | None:
        return self.usage.day_left if self.usage else None


def list_practices(q: str = "", after: UUID | None = None) -> tuple[list[Practice], UUID | None]:
    """A page of practices by name, and behind which one the next page begins (None: this was the last). `q`: part of
    the practice's or its organisation's name."""
    found = company_healths(db.session(), words=one_line(q), after=after, up_to=PAGE + 1)
    shown = found[:PAGE]
    organisations = [health.xero_tenant_id for health in shown if health.xero_tenant_id]
    usages = governor().snapshots(organisations) if organisations else {}
    practices = [Practice(health, usages.get(health.xero_tenant_id or "")) for health in shown]
    return practices, shown[-1].company_id if len(found) > PAGE else None


@dataclass(frozen=True)
class MailHealth:
    """How mail fares: whether a server is set, how many wait to be sent, how many were given up."""

    server: bool
    queued: int
    failed: int


def mail_health() -> MailHealth:
    return MailHealth(can_send(), *mail_counts(db.session()))


def find_practice(company_id: UUID) -> CompanyHealth | None:
    """The practice with this id."""
    return company_health(db.session(), company_id)


def first_invitation() -> Invited | None:
    """The first admin's invitation with what became of its mail, in the practice's scope."""
    invitation = creating.first_invitation()
    return read_invitation(invitation.id) if invitation else None


def usage_of(practice: CompanyHealth) -> Usage | None:
    """How its organisation stands with Xero's limits."""
    return governor().snapshot(practice.xero_tenant_id) if practice.xero_tenant_id else None


def practices_to_switch_to(user_id: UUID, q: str) -> tuple[list[Named], list[Named]]:
    """The practices this super admin entered last, and those whose name has the words (none without words)."""
    words = one_line(q)
    found = companies_named(db.session(), words, FOUND) if words else []
    return companies_visited(db.session(), user_id, RECENT), found
