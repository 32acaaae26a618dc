"""The form of a client."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from wtforms import RadioField, SelectField, StringField, TextAreaField

from app.clients.details import ClientDetails
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
DETAIL_FIELDS = tuple(ClientDetails.__annotations__)
"""The fields of a client that a form has."""
FOUND_BY_WORDS = {
    "created": "Made by Countinghouse",
    "number": "Same number",
    "e-mail": "Same e-mail",
    "email": "Same e-mail",
    "name": "Same name",
    "merged": "Followed when contacts were merged in Xero",
    "person": "Chosen by a person",
    "import": "Imported from Xero",
}
"""How a client's contact in Xero was found."""


class ClientForm(PageForm):
    name = StringField("Name")
    kind = SelectField("Kind", choices={"": "Choose a kind", **KIND_WORDS}, validate_choice=False)
    first_name = StringField("First name")
    last_name = StringField("Last name")
    email = StringField("E-mail address")
    phone = StringField("Phone")
    mobile = StringField("Mobile")
    street = TextAreaField("Street")
    city = StringField("City or suburb")
    region = StringField("State or region")
    postal_code = StringField("Postcode")
    country = StringField("Country")
    company_number = StringField("Company number")
    tax_number = StringField("Tax number")
    office_id = SelectField("Office", validate_choice=False)
    notes = TextAreaField("Notes")

    def offer(self, offices: Iterable[Any], chosen: UUID | None = None) -> None:
        """The offices to choose from: rows of id, name, active. A closed one only if it is chosen already."""
        shown = {str(office.id): office.name for office in offices if office.active or office.id == chosen}
        self.office_id.choices = {"": "No office", **shown}

    def details(self) -> ClientDetails:
        texts = {name: self[name].data for name in DETAIL_FIELDS if name != "office_id"}
        return cast("ClientDetails", {**texts, "office_id": as_id(self.office_id.data)})


class NewClientForm(ClientForm):
    number = StringField("Number")


class TagForm(PageForm):
    tag = StringField("Add a tag")


class TagDeleteForm(PageForm):
    group = RadioField("What becomes of its contact group in Xero?", validate_choice=False)
