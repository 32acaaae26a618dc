"""Practice Manager's records as plain data, out of JSON or XML (facts 7.2, 7.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.xero.dates import calendar_date
from app.xero.money import money
from app.xero.shapes import Record, flag, record, rows, text, whole

# Tags whose children are records, even when there is one or none.
LISTS = frozenset(
    {"Clients", "StaffList", "Templates", "Categories", "JobStates", "Jobs", "Tasks", "Assigned", "Documents"}
)


def lower_keys(value: Any) -> Any:
    """The same data with all names in lower case.

    XML says UUID and ClientOrderNumber, JSON uuid and camelCase.
    """
    if isinstance(value, Mapping):
        return {str(key).lower(): lower_keys(inner) for key, inner in value.items()}
    return [lower_keys(inner) for inner in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Named:
    """A template, category or job state. Whether a state's name is its Interface Code is not promised."""

    id: str
    name: str


@dataclass(frozen=True)
class StaffMember:
    """The list tells neither role nor whether the person is still there."""

    id: str
    name: str
    email: str


@dataclass(frozen=True)
class PracticeClient:
    """account_manager_id and job_manager_id are staff ids, "" for none.

    The paged list leaves out archived ones.
    """

    id: str
    name: str
    email: str
    code: str
    export_code: str
    is_archived: bool
    is_deleted: bool
    account_manager_id: str
    job_manager_id: str


@dataclass(frozen=True)
class PracticeClientFields:
    """What a new client is made of; None is left out."""

    name: str
    email: str | None = None
    code: str | None = None
    export_code: str | None = None
    account_manager_id: str | None = None
    job_manager_id: str | None = None


@dataclass(frozen=True)
class JobTask:
    """A task of a job. id is the task's own, task_id that of the kind of task; minutes are estimates."""

    id: str
    task_id: str
    name: str
    estimated_minutes: int
    completed: bool


@dataclass(frozen=True)
class Job:
    """number (J000123) is what every other call takes. state is the label people see, not the Interface Code.

    order_number is ours to set and to find a job by; budget is in the practice's currency.
    """

    number: str
    id: str
    name: str
    client_id: str
    order_number: str
    state: str
    manager_id: str
    partner_id: str
    start_date: date | None
    due_date: date | None
    completed_date: date | None
    budget: Decimal | None
    staff_ids: tuple[str, ...]
    tasks: tuple[JobTask, ...]
    web_url: str


@dataclass(frozen=True)
class JobFields:
    """What a new job is made of. number: a custom job number; order_number: our reference, to find it again.

    A manager cannot be given here: assign afterwards (facts 7.3).
    """

    name: str
    client_id: str
    start_date: date
    due_date: date
    description: str = ""
    number: str = ""
    order_number: str = ""
    template_id: str = ""
    category_id: str = ""
    contact_id: str = ""
    budget: Decimal | None = None


@dataclass(frozen=True)
class Document:
    """A document of a job, as listed."""

    title: str
    file_name: str
    url: str


def day(moment: date) -> str:
    """A date as Practice Manager takes it: YYYYMMDD."""
    return moment.strftime("%Y%m%d")


def named_of(row: Record) -> Named:
    return Named(text(row, "uuid"), text(row, "name"))


def staff_of(row: Record) -> StaffMember:
    return StaffMember(text(row, "uuid"), text(row, "name"), text(row, "email"))


def client_of(row: Record) -> PracticeClient:
    return PracticeClient(
        id=text(row, "uuid"),
        name=text(row, "name"),
        email=text(row, "email"),
        code=text(row, "clientcode"),
        export_code=text(row, "exportcode"),
        is_archived=flag(row, "isarchived"),
        is_deleted=flag(row, "isdeleted"),
        account_manager_id=text(record(row.get("accountmanager")), "uuid"),
        job_manager_id=text(record(row.get("jobmanager")), "uuid"),
    )


def client_body(fields: PracticeClientFields) -> dict[str, Any]:
    pairs = {
        "name": fields.name,
        "email": fields.email,
        "clientCode": fields.code,
        "exportCode": fields.export_code,
        "accountManagerUuid": fields.account_manager_id,
        "jobManagerUuid": fields.job_manager_id,
    }
    return {name: value for name, value in pairs.items() if value is not None}


def job_of(row: Record) -> Job:
    return Job(
        number=text(row, "id"),
        id=text(row, "uuid"),
        name=text(row, "name"),
        client_id=text(record(row.get("client")), "uuid"),
        order_number=text(row, "clientordernumber") or text(row, "clientnumber"),
        state=text(row, "state"),
        manager_id=text(record(row.get("manager")), "uuid"),
        partner_id=text(record(row.get("partner")), "uuid"),
        start_date=calendar_date(row.get("startdate")),
        due_date=calendar_date(row.get("duedate")),
        completed_date=calendar_date(row.get("completeddate")),
        budget=money(row.get("budget")),
        staff_ids=tuple(text(member, "uuid") for member in rows(row.get("assigned"))),
        tasks=tuple(_task_of(task) for task in rows(row.get("tasks"))),
        web_url=text(row, "weburl"),
    )


def job_body(fields: JobFields) -> dict[str, Any]:
    pairs = {
        "name": fields.name,
        "clientUuid": fields.client_id,
        "startDate": day(fields.start_date),
        "dueDate": day(fields.due_date),
        "description": fields.description or None,
        "id": fields.number or None,
        "clientNumber": fields.order_number or None,
        "templateUuid": fields.template_id or None,
        "categoryUuid": fields.category_id or None,
        "contactUuid": fields.contact_id or None,
        "budget": fields.budget,
    }
    return {name: value for name, value in pairs.items() if value is not None}


def document_of(row: Record) -> Document:
    return Document(text(row, "title"), text(row, "filename"), text(row, "url"))


def _task_of(row: Record) -> JobTask:
    return JobTask(
        id=text(row, "uuid"),
        task_id=text(row, "taskuuid"),
        name=text(row, "name"),
        estimated_minutes=whole(row, "estimatedminutes"),
        completed=flag(row, "completed"),
    )
