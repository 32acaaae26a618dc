"""When each entry of the periodic table last ran. No company's data: the table is the installation's own."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model


class PeriodicRun(Model):
    __tablename__ = "periodic_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None]
