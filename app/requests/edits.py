"""Changing what a service request says: each field with its check and its line in the history."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from babel.dates import format_date
from babel.numbers import format_currency
from sqlalchemy import select

from app.auth.viewer import Viewer
from app.checks import many_lines
from app.errors import Problem, field_problem
from app.extensions import db
from app.models import Office, ServiceRequest
from app.requests import checks, history

FIELDS = ("service_id", "due_on", "price", "office_id", "note")


class Edit:
    """One person's change to one (locked) request. Everything is checked before anything is written."""

    def __init__(self, service_request: ServiceRequest, by: Viewer) -> None:
        if by.company is None:
            raise Problem("Choose a practice first.", code="no_company", status=409)
        self.request = service_request
        self.by = by
        self.company = by.company
        self._said: list[str] = []

    def apply(self, changes: dict[str, Any]) -> None:
        """Write the values that differ and one event that tells them. Raises TypeError for a name not in
        `FIELDS`.
        """
        unknown = changes.keys() - set(FIELDS)
        if unknown:
            raise TypeError(f"a request has no editable {', '.join(sorted(unknown))}")
        differing = [name for name in FIELDS if name in changes and self._differs(name, changes[name])]
        values = checks.together(*(partial(self._check, name, changes[name]) for name in differing))
        for name, value in zip(differing, values, strict=True):
            setattr(self.request, name, value)
        if self._said:
            details = {"fields": sorted(differing)}
            history.record(self.request, history.EDITED, " ".join(self._said), self.by, details=details)

    def _differs(self, name: str, value: Any) -> bool:
        if name == "note":
            value = many_lines(value) or None
        return bool(getattr(self.request, name) != value)

    def _check(self, name: str, value: Any) -> Any:
        checks_by_name: dict[str, Callable[[Any], Any]] = {
            "service_id": self._service,
            "due_on": self._due,
            "price": self._price,
            "office_id": self._office,
            "note": self._note,
        }
        return checks_by_name[name](value)

    def _service(self, value: UUID) -> UUID:
        if self.request.status != "new":
            raise field_problem(
                "service_id",
                "The service can be changed only until the request is assigned: its job is made from it."
                " Cancel this request and add a new one.",
            )
        service = checks.check_service(value)
        self._said.append(f"Service changed from {self.request.service.name} to {service.name}.")
        return service.id

    def _due(self, value: date | None) -> date:
        due = checks.check_due(value, checks.today_in(self.company.time_zone))
        self._said.append(f"Due date changed from {self._day(self.request.due_on)} to {self._day(due)}.")
        return due

    def _price(self, value: Decimal | None) -> Decimal:
        price = checks.check_price(value)
        self._said.append(f"Price changed from {self._money(self.request.price)} to {self._money(price)}.")
        return price

    def _office(self, value: UUID | None) -> UUID | None:
        office = checks.check_office(value)
        before = db.session.scalar(select(Office.name).where(Office.id == self.request.office_id))
        self._said.append(f"Office changed from {before or 'none'} to {office.name if office else 'none'}.")
        return office.id if office else None

    def _note(self, value: str | None) -> str | None:
        text = checks.check_text(value, "note")
        self._said.append("Note changed." if text else "Note taken away.")
        return text or None

    def _day(self, value: date) -> str:
        return format_date(value, "medium", locale=self.company.locale)

    def _money(self, value: Decimal) -> str:
        return format_currency(value, self.company.currency, locale=self.company.locale)
