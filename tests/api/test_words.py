"""The words of the API's answers are the words of the app: a new one there must be named here, or answers break."""

from typing import Any, get_args

from app.api.clients.shapes import Client
from app.api.requests.shapes import BulkOutcome, Event, Job, Request, RequestQuery
from app.api.staff.shapes import StaffMember
from app.models.client import CLIENT_KINDS
from app.models.membership import STAFF_ROLES
from app.models.service_request import STATUSES
from app.requests import bulk, history, panel
from app.requests.filters import OPEN, XERO_STATES
from app.sync.invoices import taking


def words(shape: Any, field: str) -> set[str]:
    return set(get_args(shape.model_fields[field].annotation))


def test_kinds_and_states_are_all_named():
    assert words(Client, "kind") == set(CLIENT_KINDS)
    assert words(Request, "status") == set(STATUSES)
    assert words(Job, "state") == set(panel.STATES)
    assert words(StaffMember, "role") == set(STAFF_ROLES)
    assert words(BulkOutcome, "outcome") == {bulk.ASSIGNED, bulk.UNCHANGED, bulk.REFUSED, "not_found"}
    assert _choices(RequestQuery, "job") == set(XERO_STATES)
    assert _choices(RequestQuery, "status") == {OPEN, *STATUSES}


def test_every_kind_of_event_is_named():
    kinds = {value for name, value in vars(history).items() if name.isupper() and isinstance(value, str)}
    assert words(Event, "kind") == kinds | {taking.IN_XERO, taking.PAID}


def _choices(shape: Any, field: str) -> set[str]:
    optional = shape.model_fields[field].annotation
    return {word for choice in get_args(optional) for word in get_args(choice)}
