"""The form of a client."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import SelectField, StringField, TextAreaField

from app.clients.actions import ClientDetails
from app.forms import PageForm, as_id

KIND_WORDS = {
    "individual": "Individual",
    "sole_trader": "Sole trader",
    "company": "Company",
    "partnership": "Partnership",
    "trust": "Trust",
    "super_fund": "Super fund",
    "other": "Other",
}
FOUND_BY_WORDS = {
    "created": "Made by Countinghouse",
    "number": "Same number",
    "e-mail": "Same e-mail",
    "email": "Same e-mail",
    "name": "Same name",
    "merged": "Followed when contacts were merged in Xero",
    "person": "Chosen by a person",
}
"""How a client's contact in Xero was found."""


class ClientForm(PageForm):
    name = StringField("Name")
    kind = SelectField("Kind", choices=KIND_WORDS, validate_choice=False)
    email = StringField("E-mail address")
    phone = StringField("Phone")
    office_id = SelectField("Office", validate_choice=False)
    notes = TextAreaField("Notes")

    def offer(self, offices: Iterable[Any], chosen: UUID | None = None) -> None:
        """The offices to choose from: rows of id, name, active. A closed one only if it is chosen already."""
        shown = {str(office.id): office.name for office in offices if office.active or office.id == chosen}
        self.office_id.choices = {"": "No office", **shown}

    def details(self) -> ClientDetails:
        return {
            "name": self.name.data or "",
            "kind": self.kind.data or "",
            "email": self.email.data,
            "phone": self.phone.data,
            "office_id": as_id(self.office_id.data),
            "notes": self.notes.data,
        }
