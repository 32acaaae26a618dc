"""The Projects API 2.0: jobs of organisations without Practice Manager (facts 5).

There is no template, manager, description, job number or field for a reference of ours: what must be found
again goes into the name. Nothing can be deleted, and there is no way to ask what changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.xero.dates import deadline_utc, instant
from app.xero.money import money
from app.xero.reply import Reply
from app.xero.shapes import Record, pages, record, text, whole, whole_object
from app.xero.transport import Method, Transport, segment

BASE = "/projects.xro/2.0"
# The largest page Projects gives.
PAGE_SIZE = 500


@dataclass(frozen=True)
class Amount:
    """Money as Projects writes it; the currency is the organisation's own."""

    currency: str
    value: Decimal


@dataclass(frozen=True)
class Project:
    """status is INPROGRESS, CLOSED or a new word; minutes_logged counts all time entries."""

    id: str
    contact_id: str
    name: str
    status: str
    currency: str
    deadline: datetime | None
    estimate: Amount | None
    minutes_logged: int
    total_invoiced: Amount | None


@dataclass(frozen=True)
class ProjectUser:
    """Somebody who may log time.

    Whether the id equals Accounting's UserID is not promised: match by e-mail.
    """

    id: str
    name: str
    email: str


@dataclass(frozen=True)
class Task:
    """charge_type is TIME, FIXED or NON_CHARGEABLE, status ACTIVE, INVOICED or LOCKED, or new words."""

    id: str
    project_id: str
    name: str
    charge_type: str
    status: str
    rate: Amount | None
    estimate_minutes: int | None
    total_minutes: int


class ProjectsApi:
    """`ProjectsApi(transport)`; every method may raise any XeroError.

    Permanent not_provisioned means that the organisation has no Projects.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def projects(
        self, contact_id: str | None = None, states: str | Iterable[str] | None = None
    ) -> list[Project]:
        """All projects, of one contact or in one state if given, as many pages as there are (500 each)."""
        chosen = states if isinstance(states, str) or states is None else ",".join(states)
        found = self._all("/Projects", {"contactID": contact_id, "states": chosen})
        return [_project(row) for row in found]

    def project(self, project_id: str) -> Project:
        """One project; raises Permanent not_found."""
        return _project(whole_object(self._call("GET", f"/Projects/{segment(project_id)}")))

    def create_project(
        self,
        contact_id: str,
        name: str,
        deadline: date | None = None,
        estimate: Decimal | None = None,
        idempotency_key: str | None = None,
    ) -> Project:
        """A new project. The contact is required in practice and can never be changed (facts 5).

        estimate is in the organisation's currency. Raises Permanent validation for an unknown or archived
        contact, and Again with maybe_done when the outcome is unclear: then look for the name among the
        contact's projects.
        """
        body = {"contactId": contact_id, **_fields(name, deadline, estimate)}
        return _project(whole_object(self._call("POST", "/Projects", json=body, key=idempotency_key)))

    def update_project(
        self,
        project_id: str,
        name: str,
        deadline: date | None = None,
        estimate: Decimal | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """Set name, deadline and estimate together. Xero answers without a body."""
        path = f"/Projects/{segment(project_id)}"
        self._call("PUT", path, json=_fields(name, deadline, estimate), key=idempotency_key)

    def set_status(self, project_id: str, status: str, idempotency_key: str | None = None) -> None:
        """Close (CLOSED) or reopen (INPROGRESS) a project."""
        self._call("PATCH", f"/Projects/{segment(project_id)}", json={"status": status}, key=idempotency_key)

    def users(self) -> list[ProjectUser]:
        """All people of Projects, with their own ids."""
        return [
            ProjectUser(text(row, "userId"), text(row, "name"), text(row, "email"))
            for row in self._all("/ProjectsUsers", {})
        ]

    def tasks(self, project_id: str) -> list[Task]:
        """All tasks of a project."""
        return [_task(row) for row in self._all(f"/Projects/{segment(project_id)}/Tasks", {})]

    def create_task(
        self,
        project_id: str,
        name: str,
        rate: Decimal | None = None,
        currency: str = "",
        charge_type: str = "TIME",
        estimate_minutes: int | None = None,
        idempotency_key: str | None = None,
    ) -> Task:
        """A new task.

        Name at most 100 characters, rate an hour (TIME) or for the whole (FIXED), none otherwise.
        """
        body: dict[str, Any] = {"name": name, "chargeType": charge_type}
        if rate is not None:
            if not currency:
                raise ValueError("a rate needs its currency")
            body["rate"] = {"currency": currency, "value": rate}
        if estimate_minutes is not None:
            body["estimateMinutes"] = estimate_minutes
        path = f"/Projects/{segment(project_id)}/Tasks"
        return _task(whole_object(self._call("POST", path, json=body, key=idempotency_key)))

    def _call(self, method: Method, path: str, *, json: Any = None, key: str | None = None) -> Reply:
        return self._transport.call(method, path, json=json, idempotency_key=key, base=BASE)

    def _all(self, path: str, params: Mapping[str, Any]) -> list[Record]:
        def fetch(page: int) -> Reply:
            asked = {**params, "page": page, "pageSize": PAGE_SIZE}
            return self._transport.call("GET", path, params=asked, base=BASE)

        return [row for page in pages(fetch, "items") for row in page]


def _fields(name: str, deadline: date | None, estimate: Decimal | None) -> dict[str, Any]:
    body: dict[str, Any] = {"name": name}
    if deadline is not None:
        body["deadlineUtc"] = deadline_utc(deadline)
    if estimate is not None:
        body["estimateAmount"] = estimate
    return body


def _amount(value: Any) -> Amount | None:
    found = record(value)
    amount = money(found.get("value"))
    return None if amount is None else Amount(text(found, "currency"), amount)


def _project(row: Record) -> Project:
    return Project(
        id=text(row, "projectId"),
        contact_id=text(row, "contactId"),
        name=text(row, "name"),
        status=text(row, "status"),
        currency=text(row, "currencyCode"),
        deadline=instant(row.get("deadlineUtc")),
        estimate=_amount(row.get("estimate") or row.get("estimateAmount")),
        minutes_logged=whole(row, "minutesLogged"),
        total_invoiced=_amount(row.get("totalInvoiced")),
    )


def _task(row: Record) -> Task:
    return Task(
        id=text(row, "taskId"),
        project_id=text(row, "projectId"),
        name=text(row, "name"),
        charge_type=text(row, "chargeType"),
        status=text(row, "status"),
        rate=_amount(row.get("rate")),
        estimate_minutes=whole(row, "estimateMinutes") if row.get("estimateMinutes") is not None else None,
        total_minutes=whole(row, "totalMinutes"),
    )
