"""What the practice's admins are told by mail without having asked. Inside the company's scope."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from app.extensions import db
from app.mail.outbox import post, public_link
from app.models import Company, Membership, User
from app.tenancy import current_company_id


def connection_broke(organisation: str, sentence: str) -> int:
    """Tell every admin that the connection needs one of them (not committed); how many mails that is."""
    company = db.session.scalars(select(Company).where(Company.id == current_company_id())).one()
    admins = _admins()
    for email, name in admins:
        post(
            "connection_broke",
            email,
            f"Xero needs you: reconnect {organisation}",
            {
                "name": name,
                "organisation": organisation,
                "sentence": sentence,
                "url": public_link("integrations.xero"),
            },
            company=company,
            reason=f"You get this mail because you are an admin of {company.name}.",
        )
    return len(admins)


def practice_closing(company: Company, day: str, reason: str) -> None:
    """Tell every admin that the practice is closed and deleted on that day (not committed)."""
    words = {"day": day, "why": reason}
    _tell_admins(company, "practice_closing", f"{company.name} is closed and deleted on {day}", words)


def practice_kept(company: Company) -> None:
    """Tell every admin that the practice is not deleted (not committed)."""
    words = {"url": public_link("dashboard.index"), "suspended": company.suspended_at is not None}
    _tell_admins(company, "practice_kept", f"{company.name} is not deleted", words)


def work_needs_somebody(company: Company, title: str, sentence: str, blocks: str, url: str) -> int:
    """Tell every admin that work for Xero stands still (not committed); how many mails that is."""
    words = {"title": title, "sentence": sentence, "blocks": blocks, "url": url}
    words["settings_url"] = public_link("settings.alerts")
    return _tell_admins(company, "work_needs_somebody", title, words)


def _tell_admins(company: Company, kind: str, subject: str, words: dict[str, Any]) -> int:
    reason = f"You get this mail because you are an admin of {company.name}."
    admins = _admins()
    for email, name in admins:
        post(kind, email, subject, {"name": name, **words}, company=company, reason=reason)
    return len(admins)


def _admins() -> Sequence[Row[str, str]]:
    return db.session.execute(
        select(User.email, User.name)
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.role == "admin", Membership.active, User.active)
        .order_by(User.email)
    ).all()
