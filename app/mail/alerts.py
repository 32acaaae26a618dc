"""What the practice's admins are told by mail without having asked. Inside the company's scope."""

from sqlalchemy import select

from app.extensions import db
from app.mail.outbox import post, public_link
from app.models import Company, Membership, User
from app.tenancy import current_company_id


def connection_broke(organisation: str, sentence: str) -> int:
    """Tell every admin that the connection needs one of them (not committed); how many mails that is."""
    company = db.session.scalars(select(Company).where(Company.id == current_company_id())).one()
    admins = db.session.execute(
        select(User.email, User.name)
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.role == "admin", Membership.active, User.active)
        .order_by(User.email)
    ).all()
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
