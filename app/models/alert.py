"""What a practice's admins were told of by mail because work with Xero stands still."""

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.base import CompanyOwned, Created, Model


class Alert(CompanyOwned, Created, Model):
    """One matter of one day: the second of two that notice it writes nothing."""

    __tablename__ = "alerts"
    __table_args__ = (UniqueConstraint("company_id", "day", "matter"),)

    day: Mapped[date]
    """In the practice's time zone."""
    matter: Mapped[str]
    """What it is about, as a slug: cause:service_mapping:…, failed:job.create:validation, repeated:unreachable."""
    title: Mapped[str]
    sentence: Mapped[str]
    mails: Mapped[int]
    """How many admins were written to."""
