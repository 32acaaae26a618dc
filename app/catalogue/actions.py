"""What may be done to a service. Nothing here commits."""

from decimal import Decimal
from typing import Any, TypedDict, Unpack, cast
from uuid import UUID

from sqlalchemy import func, select

from app.audit import record as audit
from app.checks import Checks
from app.companies import locked_company
from app.errors import WrongState
from app.extensions import db
from app.models import Service

MOST_DAYS = 730


class ServiceDetails(TypedDict, total=False):
    """What a person may say about a service. When editing, what is left out stays as it is."""

    name: str
    description: str | None
    base_price: Decimal | str
    """In the company's currency, tax excluded."""
    default_due_days: int | str
    account_code: str | None
    tax_type: str | None
    item_code: str | None


def create_service(**details: Unpack[ServiceDetails]) -> Service:
    """A new service. Raises `Problem` 422 that names every wrong field."""
    service = Service(**_checked({"name": "", "base_price": None, **details}, None))
    db.session.add(service)
    db.session.flush()
    audit.created("service.added", service)
    return service


def edit_service(service: Service, **details: Unpack[ServiceDetails]) -> None:
    """Change the details given; requests made before keep their price and due date. Raises `Problem` 422."""
    for field, value in _checked(cast("dict[str, Any]", details), service.id).items():
        setattr(service, field, value)
    audit.changed("service.edited", service)


def deactivate_service(service: Service) -> None:
    """No longer offered for new requests; those there are go on. Raises `WrongState` when done already."""
    if not service.active:
        raise WrongState("This service is switched off already.")
    service.active = False
    audit.changed("service.switched_off", service)


def activate_service(service: Service) -> None:
    """Offer it again. Raises `WrongState` when it is offered."""
    if service.active:
        raise WrongState("This service is offered already.")
    service.active = True
    audit.changed("service.switched_on", service)


def _checked(details: dict[str, Any], own_id: UUID | None) -> dict[str, Any]:
    checks = Checks()
    values: dict[str, Any] = {}
    if "name" in details:
        values["name"] = _name(checks, details["name"], own_id)
    if "description" in details:
        values["description"] = checks.text("description", details["description"], "The description")
    if "base_price" in details:
        values["base_price"] = checks.amount("base_price", details["base_price"], "The base price")
    if "default_due_days" in details:
        values["default_due_days"] = _due_days(checks, details["default_due_days"])
    # The lengths that Xero gives its account codes, tax types and item codes.
    for field, noun, longest in (
        ("account_code", "The account code", 10),
        ("tax_type", "The tax type", 50),
        ("item_code", "The item code", 30),
    ):
        if field in details:
            values[field] = checks.line(field, details[field], noun, longest)
    checks.finish()
    return values


def _due_days(checks: Checks, value: Any) -> int:
    return checks.whole("default_due_days", value, "The number of days", 0, MOST_DAYS)


def _name(checks: Checks, value: str | None, own_id: UUID | None) -> str:
    name = checks.required("name", value, "The service's name", 100)
    if "<" in name or ">" in name:
        checks.wrong("name", "Xero does not take the signs < and > in a job's name. Leave them out.")
    locked_company()
    taken = select(Service.id).where(func.lower(Service.name) == name.lower())
    if own_id is not None:
        taken = taken.where(Service.id != own_id)
    if name and db.session.scalar(taken.limit(1)) is not None:
        checks.wrong("name", f"There is a service called {name} already. Choose another name.")
    return name
