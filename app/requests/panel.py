"""Where a request's job stands in Xero, told truthfully from the operation. One object for the page and the
JSON API.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Cause, Connection, Operation, OperationStep, ServiceRequest, now
from app.requests.filters import JOB_OF_REQUEST

NOT_CONNECTED, NONE, NOT_WANTED = "not_connected", "none", "cancelled"
QUEUED, SENDING, RETRY, WAITING, FAILED, DONE = "queued", "sending", "retry", "waiting", "failed", "done"
STATES = (NOT_CONNECTED, NONE, QUEUED, SENDING, WAITING, RETRY, FAILED, DONE, NOT_WANTED)
SOON = timedelta(minutes=2)
STEP_WORDS = {"contact": "The client’s contact", "project": "The job", "task": "Its tasks"}


@dataclass(frozen=True)
class Step:
    """One thing to be made in Xero. `state`: todo, sending or done; `count`: how many parts are done."""

    name: str
    label: str
    state: str
    count: int


@dataclass(frozen=True)
class Proof:
    """One call that creates something: when it was sent and answered, its idempotency key, and whether the
    result was found by reading back."""

    name: str
    state: str
    sent_at: datetime
    done_at: datetime | None
    read_back: bool
    idempotency_key: str


@dataclass(frozen=True)
class JobPanel:
    """`state`: one of `STATES`. `cause`: what it waits for. `whose_move`: practice, us, xero or nobody."""

    state: str
    organisation: str | None = None
    job_name: str | None = None
    job_url: str | None = None
    made_at: datetime | None = None
    error: str | None = None
    whose_move: str | None = None
    cause: Cause | None = None
    next_try_at: datetime | None = None
    operation_id: UUID | None = None
    attempts: int = 0
    requested_by: str | None = None
    planned_at: datetime | None = None
    finished_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    proofs: tuple[Proof, ...] = ()

    @property
    def moving(self) -> bool:
        """Whether it will change by itself in a moment: worth asking again."""
        return self.state in {QUEUED, SENDING} or (
            self.next_try_at is not None and self.next_try_at < now() + SOON
        )

    @property
    def poll_seconds(self) -> int:
        """How long a page waits until it asks again: short while a person may be watching, longer after a
        while.
        """
        fresh = self.planned_at is not None and now() - self.planned_at < SOON
        return 1 if fresh and self.state != RETRY else 3

    @property
    def in_xero(self) -> bool:
        """Whether the job stands in Xero, with all of its tasks or not."""
        return self.job_name is not None

    @property
    def version(self) -> str:
        """Changes whenever anything shown changes; a page that has this one needs nothing new."""
        told = (
            self.state,
            self.attempts,
            self.error,
            self.next_try_at,
            self.job_name,
            self.steps,
            self.proofs,
        )
        return sha256(repr(told).encode()).hexdigest()[:16]


def job_panel(service_request: ServiceRequest) -> JobPanel:
    """Where the request's job stands now. Three statements at most."""
    operation = db.session.scalar(
        select(Operation)
        .join(ServiceRequest, JOB_OF_REQUEST)
        .where(ServiceRequest.id == service_request.id)
        .options(joinedload(Operation.cause))
        .order_by(Operation.created_at.desc())
        .limit(1)
    )
    organisation, ever = _organisation()
    if operation is None:
        bare = JobPanel(_without_operation(service_request, ever), organisation=organisation)
        return _with_job(bare, service_request)
    proofs = _proofs(operation)
    state = _state(operation)
    panel = JobPanel(
        state,
        organisation=organisation,
        error=operation.error if state in {RETRY, WAITING, FAILED} else None,
        whose_move=operation.whose_move if state == FAILED else None,
        cause=operation.cause,
        next_try_at=operation.not_before if state == RETRY else None,
        operation_id=operation.id,
        attempts=operation.attempts,
        requested_by=operation.requested_by,
        planned_at=operation.created_at,
        finished_at=operation.finished_at,
        steps=_steps(proofs, state),
        proofs=proofs,
    )
    return _with_job(panel, service_request)


def _organisation() -> tuple[str | None, bool]:
    """The connected organisation's name, and whether there has ever been a connection."""
    rows = db.session.execute(
        select(Connection.organisation_name, Connection.status).where(Connection.kind == "accounting")
    ).all()
    return next((name for name, status in rows if status != "disconnected"), None), bool(rows)


def _without_operation(service_request: ServiceRequest, ever_connected: bool) -> str:
    if service_request.xero_job_id:
        return DONE
    if service_request.status == "cancelled":
        return NOT_WANTED
    return NONE if ever_connected else NOT_CONNECTED


def _with_job(panel: JobPanel, service_request: ServiceRequest) -> JobPanel:
    if not service_request.xero_job_id:
        return panel
    return replace(
        panel,
        job_name=service_request.xero_job_name,
        job_url=service_request.xero_job_url,
        made_at=service_request.xero_synced_at,
    )


def _state(operation: Operation) -> str:
    return SENDING if operation.state == "running" else operation.state


def _proofs(operation: Operation) -> tuple[Proof, ...]:
    rows = db.session.execute(
        select(
            OperationStep.name,
            OperationStep.state,
            OperationStep.sent_at,
            OperationStep.done_at,
            OperationStep.read_back,
            OperationStep.idempotency_key,
        )
        .where(OperationStep.operation_id == operation.id)
        .order_by(OperationStep.position)
    )
    return tuple(Proof(*row) for row in rows)


def _steps(proofs: tuple[Proof, ...], state: str) -> tuple[Step, ...]:
    """Contact, job, tasks: what is done, what is being sent, what is still to come.

    A step that needs no call (a contact known already, a job without tasks) leaves no row: it is done as soon
    as a later one has begun or the whole is.
    """
    groups = {name: [one for one in proofs if one.name.split(":")[0] == name] for name in STEP_WORDS}
    begun = [name for name, found in groups.items() if found]
    order = list(STEP_WORDS)
    steps = []
    for name, found in groups.items():
        passed = state == DONE or any(order.index(later) > order.index(name) for later in begun)
        done = passed or (name != "task" and bool(found) and all(one.state == "done" for one in found))
        sending = not done and any(one.state == "sending" for one in found)
        going_on = sending or (name == "task" and bool(found) and not done)
        word = "done" if done else "sending" if going_on else "todo"
        steps.append(Step(name, STEP_WORDS[name], word, sum(one.state == "done" for one in found)))
    return tuple(steps)
