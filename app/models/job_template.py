"""A list of tasks that a new job gets.

Xero's Projects API knows no templates (design 10): the list is ours, and its lines are posted as the project's tasks.
"""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Model, company_join, company_key

CHARGE_TYPES = ("TIME", "FIXED", "NON_CHARGEABLE")


class JobTemplate(CompanyOwned, Created, Model):
    __tablename__ = "job_templates"
    __table_args__ = (UniqueConstraint("company_id", "name"),)

    name: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)

    tasks: Mapped[list["JobTemplateTask"]] = relationship(
        primaryjoin="and_(foreign(JobTemplateTask.job_template_id) == JobTemplate.id,"
        " JobTemplateTask.company_id == JobTemplate.company_id)",
        order_by="JobTemplateTask.position",
        cascade="all, delete-orphan",
        back_populates="template",
    )


class JobTemplateTask(CompanyOwned, Model):
    __tablename__ = "job_template_tasks"
    __table_args__ = (
        company_key("job_template_id", "job_templates"),
        # A name stands once in a template: after a lost answer a task is found again by its name.
        UniqueConstraint("company_id", "job_template_id", "name"),
        CheckConstraint("charge_type in ('TIME', 'FIXED', 'NON_CHARGEABLE')", name="charge_type"),
        CheckConstraint("length(name) between 1 and 100", name="name"),
    )

    job_template_id: Mapped[UUID]
    position: Mapped[int]
    name: Mapped[str]
    """100 characters at most (Xero Projects)."""
    charge_type: Mapped[str] = mapped_column(default="TIME")
    rate: Mapped[Decimal] = mapped_column(default=Decimal(0))
    """Per hour for TIME, the whole for FIXED, in the company's currency."""
    estimate_minutes: Mapped[int] = mapped_column(default=0)

    template: Mapped[JobTemplate] = relationship(
        primaryjoin=company_join("JobTemplateTask", "job_template_id", "JobTemplate"), back_populates="tasks"
    )
