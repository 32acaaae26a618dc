"""The forms of service requests. Values travel to the actions, which judge them."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField

from app.errors import Problem, field_problem
from app.forms import PageForm, TypedDate, as_id, typed_date
from app.requests.checks import check_due, check_office, check_price, check_text, together

_AMOUNT = re.compile(r"[$£]?\s*((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)")


class AssignForm(PageForm):
    accountant_id = SelectField("Accountant", validate_choice=False)

    def offer(self, accountants: Iterable[Any]) -> None:
        """The people to choose from: rows of id, name, open_requests."""
        people = {str(one.id): f"{one.name} ({one.open_requests} open)" for one in accountants}
        self.accountant_id.choices = {"": "Choose an accountant", **people}


class CommentForm(PageForm):
    text = TextAreaField("Comment")
    seen_by = RadioField(
        "Who can read it",
        choices={"staff": "Only our staff", "client": "The client too, in their portal"},
        default="staff",
        validate_choice=False,
    )


class RequestForm(PageForm):
    """A new request, or the changes to one."""

    client_id = HiddenField()
    service_id = SelectField("Service", validate_choice=False)
    due_on = TypedDate("Due date")
    price = StringField("Price")
    office_id = SelectField("Office", validate_choice=False)
    note = TextAreaField("What the client asked for")

    def offer(self, services: Iterable[Any], offices: Iterable[Any], money: Callable[[Decimal], str]) -> None:
        """The services (rows of id, name, base_price, default_due_days) and offices (id, name, active)."""
        told = {
            str(one.id): f"{one.name} ({money(one.base_price)}, due in {one.default_due_days} days)"
            for one in services
        }
        self.service_id.choices = {"": "Choose a service", **told}
        # A closed office only where it is chosen already.
        kept = [one for one in offices if one.active or str(one.id) == str(self.office_id.data)]
        self.office_id.choices = {"": "No office"} | {str(one.id): one.name for one in kept}

    def values(self) -> dict[str, Any]:
        """The values but client and service, typed. Raises `Problem` for a date or a price that is none."""
        due_on, price = together(
            lambda: typed_date(self.due_on.data, "due_on"), lambda: typed_amount(self.price.data, "price")
        )
        return {
            "due_on": due_on,
            "price": price,
            "office_id": as_id(self.office_id.data),
            "note": self.note.data,
        }

    def check_values(self, today: date) -> None:
        """Raises one `Problem` for all of a new request's values that cannot stand, those apart that are no date or no
        sum at all (`values` says so)."""
        due_on, price = _or_none(typed_date, self.due_on), _or_none(typed_amount, self.price)
        together(
            lambda: due_on and check_due(due_on, today),
            lambda: price is None or check_price(price),
            lambda: check_office(as_id(self.office_id.data)),
            lambda: check_text(self.note.data, "note"),
        )

    def chosen_service(self) -> UUID:
        """The id of the service; one that nothing has for what is no id. Raises `Problem` when none is chosen."""
        chosen = as_id(self.service_id.data)
        if chosen is None:
            raise field_problem("service_id", "Choose a service.")
        return chosen


def _or_none(read: Callable[[str | None, str], Any], field: Field) -> Any:
    try:
        return read(field.data, field.name)
    except Problem:
        return None


def typed_amount(text: str | None, field: str) -> Decimal | None:
    """The sum in a field, None when it is empty: `450`, `1,250.50`, `$450`. Raises `Problem` else.

    A comma must stand before three digits: `450,50` is asked about, not taken for forty-five thousand.
    """
    text = str(text or "").strip()
    if not text:
        return None
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise field_problem(field, "Enter the price as a number, such as 450 or 1,250.50.")
    return Decimal(found.group(1).replace(",", ""))
