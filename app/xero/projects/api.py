"""The Projects API 2.0: jobs of organisations without Practice Manager (facts 5).

There is no template, manager, description, job number or field for a reference of ours: what must be found
again goes into the name. Nothing can be deleted, and there is no way to ask what changed.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.xero.addresses import segment
from app.xero.dates import deadline_utc, iso_z
from app.xero.projects.shapes import (
    Project,
    ProjectUser,
    Task,
    TimeEntry,
    project_of,
    task_of,
    time_of,
)
from app.xero.reply import Reply
from app.xero.shapes import Record, pages, text, whole_object
from app.xero.transport import Method, Transport

BASE = "/projects.xro/2.0"
# The largest page Projects gives.
PAGE_SIZE = 500
LONGEST_ENTRY = 59_940


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
        return [project_of(row) for row in found]

    def project(self, project_id: str) -> Project:
        """One project; raises Permanent not_found."""
        return project_of(whole_object(self._call("GET", f"/Projects/{segment(project_id)}")))

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
        return project_of(whole_object(self._call("POST", "/Projects", json=body, key=idempotency_key)))

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
        return [task_of(row) for row in self._all(f"/Projects/{segment(project_id)}/Tasks", {})]

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
        body = _task_fields(name, rate, currency, charge_type, estimate_minutes)
        path = f"/Projects/{segment(project_id)}/Tasks"
        return task_of(whole_object(self._call("POST", path, json=body, key=idempotency_key)))

    def update_task(
        self,
        project_id: str,
        task_id: str,
        name: str,
        rate: Decimal | None = None,
        currency: str = "",
        charge_type: str = "TIME",
        estimate_minutes: int | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """Set all of a task that is still ACTIVE. Xero answers without a body."""
        body = _task_fields(name, rate, currency, charge_type, estimate_minutes)
        path = f"/Projects/{segment(project_id)}/Tasks/{segment(task_id)}"
        self._call("PUT", path, json=body, key=idempotency_key)

    def delete_task(self, project_id: str, task_id: str) -> None:
        """Remove a task without time on it."""
        self._call("DELETE", f"/Projects/{segment(project_id)}/Tasks/{segment(task_id)}")

    def time_entries(self, project_id: str, *, after: datetime | None = None) -> list[TimeEntry]:
        """All time of a project, or what was worked from a moment on."""
        params = {"dateAfterUtc": iso_z(after) if after else None}
        return [time_of(row) for row in self._all(f"/Projects/{segment(project_id)}/Time", params)]

    def create_time_entry(
        self,
        project_id: str,
        task_id: str,
        user_id: str,
        at: datetime,
        minutes: int,
        description: str = "",
        idempotency_key: str | None = None,
    ) -> TimeEntry:
        """Log time of a Projects user (`users`), 1 to 59,940 minutes; raises ValueError outside of that."""
        if not 1 <= minutes <= LONGEST_ENTRY:
            raise ValueError(f"a time entry has 1 to {LONGEST_ENTRY} minutes")
        body = {
            "userId": user_id,
            "taskId": task_id,
            "dateUtc": iso_z(at),
            "duration": minutes,
            "description": description,
        }
        path = f"/Projects/{segment(project_id)}/Time"
        return time_of(whole_object(self._call("POST", path, json=body, key=idempotency_key)))

    def delete_time_entry(self, project_id: str, entry_id: str) -> None:
        """Remove a time entry that is not invoiced."""
        self._call("DELETE", f"/Projects/{segment(project_id)}/Time/{segment(entry_id)}")

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


def _task_fields(
    name: str, rate: Decimal | None, currency: str, charge_type: str, estimate_minutes: int | None
) -> dict[str, Any]:
    body: dict[str, Any] = {"name": name, "chargeType": charge_type}
    if rate is not None:
        if not currency:
            raise ValueError("a rate needs its currency")
        body["rate"] = {"currency": currency, "value": rate}
    if estimate_minutes is not None:
        body["estimateMinutes"] = estimate_minutes
    return body
