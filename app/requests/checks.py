"""What may stand in a service request, said once for pages, portal and the JSON API. Each raises a field's
`Problem`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.auth.viewer import Viewer
from app.checks import many_lines
from app.errors import Problem, field_problem
from app.extensions import db
from app.models import Client, Membership, Office, Service, now

LONGEST_TEXT = 2_000
HIGHEST_PRICE = Decimal("9999999.99")
FURTHEST_DUE = timedelta(days=3_660)


def today_in(time_zone: str) -> date:
    """The calendar date it is now in this IANA time zone."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def together(*checks: Callable[[], Any]) -> list[Any]:
    """What the checks give, in their order; what is wrong is gathered and raised as one `Problem`."""
    found, fields = [], {}
    for check in checks:
        try:
            found.append(check())
        except Problem as problem:
            fields.update(problem.fields)
    if fields:
        raise Problem(" ".join(sentences[0] for sentences in fields.values()), fields=fields)
    return found


def check_text(value: str | None, field: str) -> str:
    """The text, tidied. Refused: longer than `LONGEST_TEXT`."""
    text = many_lines(value)
    if len(text) > LONGEST_TEXT:
        raise field_problem(
            field, f"Keep it to 2,000 characters; this has {len(text):,}. Longer things belong in a document."
        )
    return text


def check_due(value: date | None, today: date) -> date:
    """A due date from today on, and not absurdly far away."""
    if value is None:
        raise field_problem("due_on", "Choose a due date.")
    if value < today:
        raise field_problem("due_on", "The due date has passed. Choose today or a later date.")
    if value > today + FURTHEST_DUE:
        raise field_problem("due_on", "The due date is more than ten years away. Check the year.")
    return value


def check_price(value: Decimal | None) -> Decimal:
    """A sum of money from 0 to 9,999,999.99 with at most two decimals."""
    if value is None or not value.is_finite():
        raise field_problem("price", "Enter the price as a number, such as 450 or 450.00.")
    if value < 0:
        raise field_problem("price", "The price cannot be below 0.")
    if value > HIGHEST_PRICE:
        raise field_problem("price", "The price cannot be above 9,999,999.99.")
    if value != round(value, 2):
        raise field_problem("price", "Give the price with two decimals at most, such as 450.50.")
    return value.quantize(Decimal("0.01"))


def check_client(client_id: UUID, by: Viewer) -> Client:
    """A client of this company that is not archived; a person of a client may name their own only."""
    client = db.session.scalar(select(Client).where(Client.id == client_id))
    if client is None or (by.role == "client" and by.client_id != client_id):
        raise field_problem(
            "client_id", "There is no such client in your practice. Choose one from the list."
        )
    if client.archived_at is not None:
        raise field_problem(
            "client_id", f"{client.name} is archived. Bring the client back before you add a request."
        )
    return client


def check_service(service_id: UUID) -> Service:
    """A service of this company that is still sold."""
    service = db.session.scalar(select(Service).where(Service.id == service_id))
    if service is None:
        raise field_problem(
            "service_id", "There is no such service in your practice. Choose one from the list."
        )
    if not service.active:
        raise field_problem("service_id", f"{service.name} is no longer offered. Choose another service.")
    return service


def check_office(office_id: UUID | None) -> Office | None:
    """An office of this company that is in use, or none."""
    if office_id is None:
        return None
    office = db.session.scalar(select(Office).where(Office.id == office_id))
    if office is None:
        raise field_problem(
            "office_id", "There is no such office in your practice. Choose one from the list."
        )
    if not office.active:
        raise field_problem("office_id", f"{office.name} is closed. Choose another office.")
    return office


def check_accountant(accountant_id: UUID) -> Membership:
    """A member of this company's staff who is in active service."""
    accountant = db.session.scalar(select(Membership).where(Membership.id == accountant_id))
    # A client of the practice is told the same as a stranger: neither is someone work can be given to.
    if accountant is None or accountant.role == "client":
        raise field_problem(
            "accountant_id", "There is no such accountant in your practice. Choose one from the list."
        )
    if not accountant.can_be_assigned or not accountant.user.active:
        raise field_problem(
            "accountant_id", f"{accountant.name} no longer takes requests. Choose someone else."
        )
    return accountant
