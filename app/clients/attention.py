"""What needs a person first at one client, each with the page that mends it.

How the client stands beside its contact is said by `app.sync.contacts.shown`.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select

from app.auth.viewer import the_company
from app.extensions import db
from app.models import Cause, Client, Operation, ServiceRequest, now
from app.models.service_request import OPEN_STATUSES
from app.navigation import url_if
from app.sync.causes import CONTACT
from app.sync.operations import CREATE_JOB


@dataclass(frozen=True)
class Attention:
    """`kind`: of a notice. `url` may be None where nothing can be done on a page."""

    kind: str
    title: str
    text: str
    url: str | None
    label: str


def needing_attention(client: Client) -> list[Attention]:
    """What is wrong first, then what is late."""
    if client.archived_at is not None:
        return []
    return [one for one in (_contact_to_choose(client), *_requests(client)) if one]


def _contact_to_choose(client: Client) -> Attention | None:
    sentence = db.session.scalar(
        select(Cause.sentence).where(
            Cause.kind == CONTACT, Cause.subject == str(client.id), Cause.resolved_at.is_(None)
        )
    )
    choose = url_if("integrations.contact", client_id=client.id)
    return (
        Attention("warn", "A job waits for the contact", sentence, choose, "Choose the contact")
        if sentence
        else None
    )


def _requests(client: Client) -> list[Attention]:
    job = and_(
        Operation.subject_id == ServiceRequest.id, Operation.kind == CREATE_JOB, Operation.state == "failed"
    )
    today = now().astimezone(ZoneInfo(the_company().time_zone)).date()
    is_open = ServiceRequest.status.in_(OPEN_STATUSES)
    failed, late = db.session.execute(
        select(
            func.count(Operation.id),
            func.count().filter(is_open, ServiceRequest.due_on < today),
        )
        .select_from(ServiceRequest)
        .outerjoin(Operation, and_(Operation.company_id == ServiceRequest.company_id, job))
        .where(ServiceRequest.client_id == client.id)
    ).one()
    found = []
    if failed:
        title = "A job could not be made" if failed == 1 else f"{failed} jobs could not be made"
        address = url_if("requests.index", client=client.id, xero="failed")
        found.append(
            Attention(
                "bad", title, "The request says why, and has the button to try again.", address, "See why"
            )
        )
    if late:
        title = "A request is late" if late == 1 else f"{late} requests are late"
        address = url_if("requests.index", client=client.id, due="late")
        found.append(
            Attention("warn", title, "Open work whose due date has passed.", address, "See what is late")
        )
    return found
