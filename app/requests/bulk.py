"""Assigning many requests at once.

One transaction for all: those that cannot be assigned are named and left as they were (each is checked before
anything is written for it), the others are assigned together. So a crash half-way leaves nothing assigned,
and pressing the button again is always safe.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.auth.viewer import Viewer
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import ServiceRequest
from app.models.operation import BULK
from app.requests.actions import Assignment, assignment, give

MOST = 500
"""As many as one transaction should hold locked."""
ASSIGNED, UNCHANGED, REFUSED = "assigned", "unchanged", "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one request of a bulk assignment; `sentence` says why for one that was refused."""

    request_id: UUID
    reference: str
    outcome: str
    sentence: str


@dataclass(frozen=True)
class Result:
    """A bulk assignment: to whom, the instant that all its requests carry as `assigned_at`, and what became
    of each, in the order of their references."""

    accountant_id: UUID
    accountant_name: str
    at: datetime
    outcomes: list[Outcome]

    def of(self, outcome: str) -> list[Outcome]:
        return [one for one in self.outcomes if one.outcome == outcome]


def assign_many(request_ids: Iterable[UUID], accountant_id: UUID, by: Viewer) -> Result:
    """Assign these requests to one accountant.

    Ids that are not the company's are passed over without a word, as if they were not there. Raises `Problem`
    for a wrong accountant, for none, or for more than `MOST` requests.
    """
    wanted = set(request_ids)
    check_amount(len(wanted))
    given = assignment(accountant_id, by, BULK)
    outcomes = [_outcome(service_request, given) for service_request in _locked(wanted)]
    ordered = sorted(outcomes, key=lambda one: (len(one.reference), one.reference))
    return Result(given.accountant.id, given.accountant.name, given.at, ordered)


def _outcome(service_request: ServiceRequest, given: Assignment) -> Outcome:
    try:
        changed = give(service_request, given)
    except WrongState as refused:
        return Outcome(service_request.id, service_request.reference, REFUSED, refused.message)
    said = (
        f"Assigned to {given.accountant.name}." if changed else f"It was {given.accountant.name}’s already."
    )
    return Outcome(service_request.id, service_request.reference, ASSIGNED if changed else UNCHANGED, said)


def check_amount(count: int) -> None:
    """Raises `Problem` when nothing is chosen, or more than one transaction should hold."""
    if not count:
        raise Problem("Choose at least one request.", fields={"ids": ["Choose at least one request."]})
    if count > MOST:
        said = f"That is {count:,} requests; {MOST} can be assigned at once. Narrow the filters."
        raise Problem(said, fields={"ids": [said]})


def _locked(wanted: set[UUID]) -> Sequence[ServiceRequest]:
    # In one order for everybody, so that two bulk assignments that overlap wait for each other instead of
    # deadlocking.
    return db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.id.in_(wanted))
        .order_by(ServiceRequest.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
