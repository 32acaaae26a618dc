"""What people do with service requests. Each changes rows and plans work for Xero; the caller commits once.

Shared by the pages, the portal and the JSON API. `by` is who does it. A wrong value raises
`app.errors.Problem` with the field named, a wrong state `WrongState`; both are raised before anything is
changed.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import exists, or_, select

from app.audit import record as audit
from app.auth.viewer import CompanyView, Viewer
from app.companies import locked_company
from app.documents.asking import ask_for_new
from app.errors import WrongState, field_problem
from app.extensions import db
from app.models import Company, Connection, Membership, Operation, RequestEvent, ServiceRequest, now
from app.models.operation import INTERACTIVE
from app.requests import checks, history
from app.requests.edits import Edit
from app.sync import operations
from app.sync.operations import CREATE_JOB

STATUS_WORDS = {
    "new": "New",
    "assigned": "Assigned",
    "in_progress": "In progress",
    "waiting": "Waiting on client",
    "completed": "Completed",
    "cancelled": "Cancelled",
}


def create_request(
    company: Company | CompanyView,
    *,
    client_id: UUID,
    service_id: UUID,
    office_id: UUID | None = None,
    due_on: date | None = None,
    price: Decimal | None = None,
    note: str | None = None,
    by: Viewer,
) -> ServiceRequest:
    """Write a new request with the company's next reference. Left out, `due_on` and `price` come from the
    service, `office_id` from the client.

    Raises `Problem` for an archived or foreign client, service or office, a past due date, a wrong price or a
    text that is too long.
    """
    today = checks.today_in(company.time_zone)
    client, service, office, due, price, text = checks.together(
        lambda: checks.check_client(client_id, by),
        lambda: checks.check_service(service_id),
        lambda: checks.check_office(office_id),
        lambda: due_on and checks.check_due(due_on, today),
        lambda: price if price is None else checks.check_price(price),
        lambda: checks.check_text(note, "note"),
    )
    service_request = ServiceRequest(
        id=uuid4(),
        reference=locked_company().take_request_reference(),
        client_id=client.id,
        service_id=service.id,
        office_id=office.id if office else client.office_id,
        due_on=due or today + timedelta(days=service.default_due_days),
        price=service.base_price if price is None else price,
        note=text or None,
        status="new",
    )
    db.session.add(service_request)
    db.session.flush()
    history.record(service_request, history.CREATED, f"Request for {service.name} received.", by)
    ask_for_new(company, service_request, by)
    return service_request


@dataclass(frozen=True)
class Assignment:
    """Who gives work to whom, and when: the same instant for all that is given in one go. `connected`:
    whether jobs are planned."""

    accountant: Membership
    by: Viewer
    connected: bool
    priority: int
    at: datetime


def assignment(accountant_id: UUID, by: Viewer, priority: int = INTERACTIVE) -> Assignment:
    """An assignment to this accountant (a membership's id). Raises `Problem` on `accountant_id` for someone
    unknown, of another company, a client or no longer active."""
    return Assignment(checks.check_accountant(accountant_id), by, ever_connected(), priority, now())


def assign(service_request: ServiceRequest, accountant_id: UUID, by: Viewer) -> ServiceRequest:
    """Give the request to an accountant (a membership's id) and plan its job in Xero.

    Raises as `assignment`, and `WrongState` for a completed or cancelled request. To the same person again:
    nothing is written, and no second operation planned.
    """
    given = assignment(accountant_id, by)
    service_request = lock(service_request)
    give(service_request, given)
    return service_request


def give(service_request: ServiceRequest, given: Assignment) -> bool:
    """`assign` for a row that is locked; whether it changed hands."""
    refusal = why_not_assignable(service_request.reference, service_request.status)
    if refusal:
        raise WrongState(refusal)
    before, accountant = service_request.assignee_id, given.accountant
    if before != accountant.id:
        service_request.assignee_id = accountant.id
        service_request.assigned_at = given.at
        db.session.expire(service_request, ["assignee"])
        if service_request.status == "new":
            service_request.status = "assigned"
        _record_assignment(service_request, before, given)
    elif operations.latest(CREATE_JOB, service_request.id) is not None:
        return False
    if given.connected:
        reference, by = service_request.reference, given.by.name
        operations.plan(CREATE_JOB, service_request.id, reference, by, given.priority)
    return before != accountant.id


def why_not_assignable(reference: str, status: str) -> str | None:
    """A sentence when a request with this status cannot be assigned."""
    if status == "completed":
        return f"{reference} is completed, so it cannot be assigned. Put it back in progress first."
    return f"{reference} is cancelled, so it cannot be assigned." if status == "cancelled" else None


def _record_assignment(service_request: ServiceRequest, before: UUID | None, given: Assignment) -> None:
    accountant = given.accountant
    details = {"accountant_id": str(accountant.id), "before": str(before) if before else None}
    if before is None:
        said = f"Assigned to {accountant.name}."
        history.record(service_request, history.ASSIGNED, said, given.by, details=details)
        return
    previous = db.session.scalars(select(Membership).where(Membership.id == before)).one()
    said = f"Passed from {previous.name} to {accountant.name}."
    history.record(service_request, history.REASSIGNED, said, given.by, details=details)


def move(service_request: ServiceRequest, status: str, by: Viewer) -> ServiceRequest:
    """Set the status by hand. Raises `Problem` for an unknown one, `WrongState` for a move that `MOVES`
    forbids.
    """
    if status not in STATUS_WORDS:
        raise field_problem("status", "There is no such status. Choose one from the list.")
    if status == "cancelled":
        return cancel(service_request, by)
    service_request = lock(service_request)
    if not service_request.may_move_to(status):
        raise WrongState(_why_not(service_request, status))
    service_request.completed_at = now() if status == "completed" else None
    _set_status(service_request, status, by)
    return service_request


def _why_not(service_request: ServiceRequest, status: str) -> str:
    reference, was = service_request.reference, service_request.status
    if was == status:
        return f"{reference} is {STATUS_WORDS[status].lower()} already."
    if was == "new":
        return f"{reference} has nobody to do it yet. Assign it first."
    if was == "cancelled":
        return f"{reference} is cancelled and stays so. Add a new request instead."
    return f"{reference} cannot go from {STATUS_WORDS[was].lower()} to {STATUS_WORDS[status].lower()}."


def _set_status(service_request: ServiceRequest, status: str, by: Viewer) -> None:
    before, service_request.status = service_request.status, status
    history.record(
        service_request,
        history.STATUS,
        f"Status: {STATUS_WORDS[status]}.",
        by,
        details={"before": before, "after": status},
    )


def cancel(service_request: ServiceRequest, by: Viewer) -> ServiceRequest:
    """Give the request up. A job that is planned is not made; one that is in Xero stays there.

    Raises `WrongState` when the request is over, or when its job is being sent at this moment.
    """
    service_request = lock(service_request)
    if not service_request.may_move_to("cancelled"):
        raise WrongState(_why_not(service_request, "cancelled"))
    operation = operations.latest(CREATE_JOB, service_request.id)
    if operation is not None and operation.state == "running":
        raise WrongState("Its job is being sent to Xero right now. Wait a few seconds, then cancel again.")
    if operation is not None and (operation.is_open or operation.state == "failed"):
        operations.cancel(operation)
    service_request.xero_sync_error = None
    _set_status(service_request, "cancelled", by)
    return service_request


def comment(service_request: ServiceRequest, text: str, by: Viewer, internal: bool = True) -> RequestEvent:
    """Add a comment; `internal` ones are not shown in the client's portal. What a client says is always
    shown.
    """
    said = checks.check_text(text, "text")
    if not said:
        raise field_problem("text", "Write something first.")
    return history.record(
        service_request, history.COMMENT, said, by, internal=internal and by.role != "client"
    )


def edit(service_request: ServiceRequest, by: Viewer, **changes: Any) -> ServiceRequest:
    """Change some of `due_on`, `price`, `office_id`, `note`, `service_id`; the rest stays.

    Raises `Problem` for a wrong value (a due date that has passed may stay but not be chosen), `WrongState`
    for a completed or cancelled request. Nothing is written when nothing differs.
    """
    service_request = lock(service_request)
    if not service_request.is_open:
        raise WrongState(f"{service_request.reference} is {service_request.status}, so it cannot be changed.")
    Edit(service_request, by).apply(changes)
    return service_request


def retry_job(service_request: ServiceRequest, by: Viewer) -> Operation:
    """Make the request's job in Xero now: plan it, or try it again. One that is done or running is left as it
    is.

    Raises `WrongState` for a request nobody is assigned to, one that is cancelled, or a practice without
    Xero.
    """
    service_request = lock(service_request)
    if service_request.status == "cancelled":
        raise WrongState(f"{service_request.reference} is cancelled, so no job is made for it.")
    if service_request.assignee_id is None:
        raise WrongState(
            f"Assign {service_request.reference} first: its job is made when someone is to do it."
        )
    if not ever_connected():
        raise WrongState(
            "This practice is not connected to Xero yet. Connect it first; then the job can be made."
        )
    audit.record("request.job", service_request, by=by)
    operation = operations.latest(CREATE_JOB, service_request.id)
    if operation is not None and operation.state in {"queued", "waiting", "retry", "failed"}:
        operations.retry(operation, by.name)
        return operation
    return operations.plan(CREATE_JOB, service_request.id, service_request.reference, by.name)


def ever_connected() -> bool:
    """Whether jobs are planned: the company has a connection to Xero, or has had one that was confirmed.

    One that was picked by mistake and let go again does not count: nothing would ever release what waits for it.
    """
    counts = or_(Connection.status != "disconnected", Connection.connected_at.is_not(None))
    return bool(db.session.scalar(select(exists().where(Connection.kind == "accounting", counts))))


def lock(service_request: ServiceRequest) -> ServiceRequest:
    """The same row as it is now in the database, held until the commit: what is checked stays true."""
    return db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.id == service_request.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
