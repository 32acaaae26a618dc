"""Service mapping: which list of tasks a job of a service gets in Xero Projects."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, and_, cast, func, select

from app.audit import record as audit
from app.errors import Problem
from app.extensions import db
from app.integrations.suggested import UNDECIDED, shown
from app.models import Cause, JobTemplate, JobTemplateTask, Operation, Service, ServiceMapping
from app.sync import causes
from app.sync.causes import SERVICE_MAPPING
from app.sync.names import normal_name

NO_TASKS = "none"


@dataclass(frozen=True)
class Template:
    """A list of tasks as a choice."""

    id: UUID
    name: str
    active: bool
    tasks: int


@dataclass(frozen=True)
class ServiceRow:
    """A service with what is saved and what is suggested; `choice` is what the select shows."""

    service_id: UUID
    name: str
    saved: str
    suggested: Template | None
    stale: bool
    """The template chosen is switched off."""
    waiting: int
    """Operations that wait for this row."""

    @property
    def choice(self) -> str:
        return shown(self.saved, self.suggested.id if self.suggested else None)

    @property
    def unsaved(self) -> bool:
        return self.choice != self.saved

    @property
    def field(self) -> str:
        return f"service-{self.service_id}"


@dataclass(frozen=True)
class Saved:
    """What saving did: rows changed, operations that had waited for them."""

    changed: int
    released: int


def templates() -> list[Template]:
    """All lists of tasks by name, those switched off too."""
    tasks = func.count(JobTemplateTask.id)
    found = db.session.execute(
        select(JobTemplate.id, JobTemplate.name, JobTemplate.active, tasks)
        .outerjoin(
            JobTemplateTask,
            and_(
                JobTemplateTask.job_template_id == JobTemplate.id,
                JobTemplateTask.company_id == JobTemplate.company_id,
            ),
        )
        .group_by(JobTemplate.company_id, JobTemplate.id)
        .order_by(func.lower(JobTemplate.name), JobTemplate.id)
    )
    return [Template(*row) for row in found]


def rows(lists: list[Template]) -> list[ServiceRow]:
    """All active services, those without a valid choice first, those that block most before others."""
    names = Counter(normal_name(one.name) for one in lists if one.active)
    by_name = {normal_name(one.name): one for one in lists if one.active}
    off = {one.id for one in lists if not one.active}
    found = []
    for one in _ours():
        key = normal_name(one.name)
        template_id = str(one.job_template_id) if one.job_template_id else NO_TASKS
        found.append(
            ServiceRow(
                one.id,
                one.name,
                UNDECIDED if one.mapping_id is None else template_id,
                by_name[key] if one.mapping_id is None and names[key] == 1 else None,
                one.job_template_id in off,
                one.waiting,
            )
        )
    return sorted(
        found, key=lambda row: (-row.waiting, not row.stale, row.saved != UNDECIDED, row.name.casefold())
    )


def _ours() -> list[Row[Any]]:
    waiting = (
        select(func.count(Operation.id))
        .join(Cause, and_(Cause.id == Operation.cause_id, Cause.company_id == Operation.company_id))
        .where(
            Cause.company_id == Service.company_id,
            Cause.kind == SERVICE_MAPPING,
            Cause.subject == cast(Service.id, String),
            Cause.resolved_at.is_(None),
        )
        .correlate(Service)
        .scalar_subquery()
    )
    statement = (
        select(
            Service.id,
            Service.name,
            ServiceMapping.id.label("mapping_id"),
            ServiceMapping.job_template_id,
            waiting.label("waiting"),
        )
        .outerjoin(
            ServiceMapping,
            and_(ServiceMapping.service_id == Service.id, ServiceMapping.company_id == Service.company_id),
        )
        .where(Service.active)
    )
    return list(db.session.execute(statement))


def save(choices: Mapping[UUID, str], by: str) -> Saved:
    """Write these choices (service id → value of its row) and release what waited. The caller commits.

    Raises `Problem` whose fields are the rows' (`service-<id>`).
    """
    lists = {str(one.id): one for one in templates()}
    current = rows(list(lists.values()))
    wanted = {row.service_id: choices.get(row.service_id, row.saved) for row in current}
    _check(current, wanted, lists)
    kept = {
        mapping.service_id: mapping
        for mapping in db.session.scalars(select(ServiceMapping).with_for_update())
    }
    changed = released = 0
    names = {UNDECIDED: None, NO_TASKS: "No tasks"} | {key: one.name for key, one in lists.items()}
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    for row in current:
        value = wanted[row.service_id]
        if value != row.saved:
            changed += 1
            before[row.name], after[row.name] = names.get(row.saved), names[value]
            _write(kept.get(row.service_id), row.service_id, value, lists, by)
        if value != UNDECIDED:
            released += causes.resolve(SERVICE_MAPPING, row.service_id)
    db.session.flush()
    if changed:
        audit.record("mapping.services", audit.Subject("practice", None, "Service mapping"), before, after)
    return Saved(changed, released)


def _write(
    mapping: ServiceMapping | None, service_id: UUID, value: str, lists: Mapping[str, Template], by: str
) -> None:
    if value == UNDECIDED:
        db.session.delete(mapping)
        return
    if mapping is None:
        mapping = ServiceMapping(service_id=service_id)
        db.session.add(mapping)
    mapping.job_template_id = None if value == NO_TASKS else lists[value].id
    mapping.confirmed_by = by


def _check(current: list[ServiceRow], wanted: Mapping[UUID, str], lists: Mapping[str, Template]) -> None:
    fields: dict[str, list[str]] = {}
    for row in current:
        value = wanted[row.service_id]
        if value in (UNDECIDED, NO_TASKS) or value == row.saved:
            continue
        chosen = lists.get(value)
        if chosen is None or not chosen.active:
            fields[row.field] = [f"{row.name}: this list of tasks is not there any more. Choose another."]
    if fields:
        raise Problem("Some rows need another look. Nothing was saved.", fields=fields)
