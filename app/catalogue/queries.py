"""What is read about services and job templates. Lists are plain rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select

from app.checks import one_line
from app.extensions import db
from app.models import JobTemplate, JobTemplateTask, Service, ServiceMapping
from app.paging import PAGE, Page, Rows, counted, page_of


def list_services(
    *,
    active: bool | None = True,
    q: str = "",
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE,
) -> Page:
    """Services by name; `active` None: those switched off too. Row: id, name, description, base_price,
    default_due_days, account_code, tax_type, item_code, active, created_at, mapping_id (None: not mapped),
    job_template_id, job_template (its name; None with a mapping: a job without tasks)."""
    statement = _filtered(
        select(
            Service.id,
            Service.name,
            Service.description,
            Service.base_price,
            Service.default_due_days,
            Service.account_code,
            Service.tax_type,
            Service.item_code,
            Service.active,
            Service.created_at,
            ServiceMapping.id.label("mapping_id"),
            ServiceMapping.job_template_id,
            JobTemplate.name.label("job_template"),
        )
        .outerjoin(
            ServiceMapping,
            and_(ServiceMapping.service_id == Service.id, ServiceMapping.company_id == Service.company_id),
        )
        .outerjoin(ServiceMapping.job_template),
        active,
        q,
    )
    return page_of(statement, (Service.name, Service.id), after=after, before=before, size=size)


def count_services(*, active: bool | None = True, q: str = "") -> int:
    """How many services the filters leave, 10,001 for more than 10,000."""
    return counted(_filtered(select(Service.id), active, q))


def _filtered(statement: Rows, active: bool | None, q: str) -> Rows:
    if active is not None:
        statement = statement.where(Service.active == active)
    words = one_line(q).lower()
    if words:
        statement = statement.where(func.lower(Service.name).contains(words, autoescape=True))
    return statement


def find_service(service_id: UUID) -> Service | None:
    """The service of this company with this id."""
    return db.session.scalar(select(Service).where(Service.id == service_id))


def mapping_of(service_id: UUID) -> ServiceMapping | None:
    """The service's mapping, or None while nobody has decided."""
    return db.session.scalar(select(ServiceMapping).where(ServiceMapping.service_id == service_id))


def find_template(template_id: UUID) -> JobTemplate | None:
    """The job template of this company with this id."""
    return db.session.scalar(select(JobTemplate).where(JobTemplate.id == template_id))


def list_templates() -> list[Row[Any]]:
    """Job templates, active ones first. Row: id, name, active, tasks, minutes, services (using it)."""
    in_template = and_(
        JobTemplateTask.job_template_id == JobTemplate.id,
        JobTemplateTask.company_id == JobTemplate.company_id,
    )
    services = (
        select(func.count(ServiceMapping.id))
        .where(
            ServiceMapping.job_template_id == JobTemplate.id,
            ServiceMapping.company_id == JobTemplate.company_id,
        )
        .correlate(JobTemplate)
        .scalar_subquery()
    )
    return list(
        db.session.execute(
            select(
                JobTemplate.id,
                JobTemplate.name,
                JobTemplate.active,
                func.count(JobTemplateTask.id).label("tasks"),
                func.coalesce(func.sum(JobTemplateTask.estimate_minutes), 0).label("minutes"),
                services.label("services"),
            )
            .outerjoin(JobTemplateTask, in_template)
            .group_by(JobTemplate.company_id, JobTemplate.id, JobTemplate.name, JobTemplate.active)
            .order_by(JobTemplate.active.desc(), JobTemplate.name)
        )
    )
