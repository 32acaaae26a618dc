"""The deeds of Practice Manager that we use (facts 7.3). Its refusals come as Permanent practice_manager_refused.

No idempotency key is known here, so a job that may have been made is looked for by client and order number.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element

from app.xero import xml
from app.xero.addresses import segment
from app.xero.errors import Again
from app.xero.practice_manager.shapes import (
    LISTS,
    Document,
    Job,
    JobFields,
    Named,
    PracticeClient,
    PracticeClientFields,
    StaffMember,
    client_body,
    client_of,
    day,
    document_of,
    job_body,
    job_of,
    lower_keys,
    named_of,
    staff_of,
)
from app.xero.shapes import Record, record, rows, text
from app.xero.transport import Method, Transport

BASE = "/practicemanager/3.1"
PAGE_SIZE = 500
# Without it XML may come whatever Accept says (facts 7.1).
_STRICT = {"Xero-Features": "practice-strict-content-type"}

T = TypeVar("T")


class PracticeManagerApi:
    """`PracticeManagerApi(transport)`; every method may raise any XeroError.

    Permanent forbidden usually means that the person who connected lacks the privilege to authorise third
    parties.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def staff(self) -> list[StaffMember]:
        """All staff, those who left included."""
        return self._list("/staff.api/list", "stafflist", staff_of)

    def templates(self) -> list[Named]:
        """Job templates. Needs the broad practicemanager scope."""
        return self._list("/template.api/list", "templates", named_of)

    def categories(self) -> list[Named]:
        """Job categories. Needs the broad practicemanager scope."""
        return self._list("/category.api/list", "categories", named_of)

    def job_states(self) -> list[Named]:
        """Job states as people see them; `set_job_state` takes the Interface Code instead."""
        return self._list("/jobstate.api/list", "jobstates", named_of)

    def clients(self) -> Iterator[list[PracticeClient]]:
        """Clients neither archived nor deleted, 500 a page."""
        params: dict[str, Any] = {"pageSize": PAGE_SIZE}
        while True:
            data = self._call("GET", "/client.api/paged-list", params=params)
            if found := [client_of(row) for row in rows(data.get("clients"))]:
                yield found
            following = _page_token(text(record(record(data.get("pagination")).get("links")), "next"))
            if not found or not following:
                return
            params = {"pageSize": PAGE_SIZE, "pageToken": following}

    def search_clients(self, term: str) -> list[PracticeClient]:
        """Clients in whose name the term occurs."""
        return self._list("/client.api/search", "clients", client_of, {"query": term})

    def client(self, client_id: str) -> PracticeClient:
        """One client."""
        return client_of(self._one("GET", f"/client.api/get/{segment(client_id)}", "client"))

    def create_client(self, fields: PracticeClientFields) -> PracticeClient:
        """A new client."""
        return client_of(self._one("POST", "/client.api/add", "client", client_body(fields)))

    def current_jobs(self) -> list[Job]:
        """Jobs not completed, cancelled or archived."""
        return self._list("/job.api/current", "jobs", job_of)

    def jobs(self, start: date, end: date) -> list[Job]:
        """Jobs made from start to end, both included.

        Raises ValueError for more than a year or a wrong order.
        """
        if not 0 <= (end - start).days <= 365:
            raise ValueError("the span of a list of jobs is at most one year")
        return self._list("/job.api/list", "jobs", job_of, {"from": day(start), "to": day(end)})

    def jobs_of_client(self, client_id: str) -> list[Job]:
        """All jobs of a client."""
        return self._list(f"/job.api/client/{segment(client_id)}", "jobs", job_of)

    def find_job(self, client_id: str, order_number: str) -> Job | None:
        """The job of a client that carries our order number: the read-back before a job is made again."""
        found = (job for job in self.jobs_of_client(client_id) if job.order_number == order_number)
        return next(found, None)

    def job(self, number: str) -> Job:
        """One job with its tasks and staff."""
        return job_of(self._one("GET", f"/job.api/get/{segment(number)}", "job"))

    def create_job(self, fields: JobFields) -> Job:
        """A new job, out of a template if one is given.

        Raises Again with maybe_done when unclear: then `find_job`.
        """
        return job_of(self._one("POST", "/job.api/add", "job", job_body(fields)))

    def set_job_state(self, number: str, interface_code: str) -> None:
        """Move a job. The code is what an administrator of the practice gave the state, not its label."""
        self._call("PUT", "/job.api/state", {"id": number, "state": interface_code})

    def assign(
        self,
        number: str,
        *,
        manager_id: str | None = None,
        partner_id: str | None = None,
        staff_ids: Sequence[str] = (),
        task_id: str | None = None,
    ) -> None:
        """Give a job its manager, partner and staff (to one task, when task_id is given).

        What is left out stays.
        """
        body: dict[str, Any] = {"id": number}
        if manager_id:
            body["add-manager"] = {"uuid": manager_id}
        if partner_id:
            body["add-partner"] = {"uuid": partner_id}
        if staff_ids:
            to_task = {"task-uuid": task_id} if task_id else {}
            body["add"] = [{"uuid": staff_id, **to_task} for staff_id in staff_ids]
        self._call("PUT", "/job.api/assign", body)

    def unassign_manager(self, number: str) -> None:
        """Leave a job without a manager."""
        self._call("PUT", "/job.api/assign", {"id": number, "remove-manager": {}})

    def apply_template(self, number: str, template_id: str, *, append: bool = False) -> None:
        """Add a template's tasks to a job; append: into tasks of the same kind where there are any."""
        mode = "AppendExisting" if append else "AddNew"
        body = {"id": number, "templateUuid": template_id, "taskMode": mode}
        self._call("POST", "/job.api/applytemplate", body)

    def add_task(
        self, number: str, task_id: str, *, label: str = "", description: str = "", minutes: int | None = None
    ) -> str:
        """Add a task of a kind (see templates and tasks of the practice); the id of the new task."""
        pairs = {
            "job": number,
            "taskUuid": task_id,
            "label": label or None,
            "description": description or None,
            "estimatedMinutes": minutes,
        }
        body = {name: value for name, value in pairs.items() if value is not None}
        return text(self._call("POST", "/job.api/task", body), "uuid")

    def complete_task(self, task_id: str) -> None:
        """Mark a job's task as done."""
        self._call("PUT", f"/job.api/task/{segment(task_id)}/complete")

    def reopen_task(self, task_id: str) -> None:
        """Mark a job's task as not done."""
        self._call("PUT", f"/job.api/task/{segment(task_id)}/reopen")

    def add_note(self, number: str, title: str, note: str, *, public: bool = False) -> None:
        """Write a note on a job. public: seen by the client where the practice shares notes."""
        self._call("POST", "/job.api/note", {"job": number, "title": title, "text": note, "public": public})

    def add_document(
        self, number: str, title: str, file_name: str, content: bytes, *, public: bool = False
    ) -> None:
        """Put a file on a job; it travels as base64, so keep it under 7 MB."""
        body = {
            "job": number,
            "title": title,
            "fileName": file_name,
            "content": b64encode(content).decode("ascii"),
            "public": public,
        }
        self._call("POST", "/job.api/document", body)

    def documents(self, number: str) -> list[Document]:
        """The documents of a job."""
        return self._list(f"/job.api/documents/{segment(number)}", "documents", document_of)

    def _list(
        self, path: str, name: str, make: Callable[[Record], T], params: Mapping[str, Any] | None = None
    ) -> list[T]:
        return [make(row) for row in rows(self._call("GET", path, params=params).get(name))]

    def _one(self, method: Method, path: str, name: str, body: Any = None) -> Record:
        found = self._call(method, path, body).get(name)
        if not isinstance(found, Mapping):
            raise Again(
                "unreadable_reply",
                "Practice Manager's reply did not hold what was asked for. It is looked up before anything else.",
                maybe_done=method != "GET",
            )
        return found

    def _call(
        self, method: Method, path: str, body: Any = None, *, params: Mapping[str, Any] | None = None
    ) -> Record:
        """The reply's data with names in lower case, whichever of the two languages it came in."""
        reply = self._transport.call(method, path, params=params, json=body, headers=_STRICT, base=BASE)
        data = reply.data
        if isinstance(data, Element):
            data = xml.to_data(data, LISTS)
        return record(lower_keys(data))


def _page_token(following: str) -> str:
    """The token of the next page.

    `next` may be an address: only its token is used, never the address itself.
    """
    if "pageToken=" not in following:
        return following
    return next(iter(parse_qs(urlsplit(following).query).get("pageToken", [])), "")
