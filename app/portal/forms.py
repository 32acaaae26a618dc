"""The forms of the portal."""

from collections.abc import Iterable
from typing import Any

from wtforms import MultipleFileField, RadioField, StringField, TextAreaField

from app.forms import PageForm


class NewRequestForm(PageForm):
    service_id = RadioField("What do you need?", validate_choice=False)
    note = TextAreaField("Tell us more")

    def offer(self, services: Iterable[Any]) -> None:
        """The services to choose from: rows of id, name."""
        self.service_id.choices = {str(service.id): service.name for service in services}


class CommentForm(PageForm):
    text = TextAreaField("Your message")


class SendForm(PageForm):
    """Files, and what they are; of an ask, that is known."""

    doc_type = StringField("What is it?")
    tax_year = StringField("Which tax year is it for?")
    files = MultipleFileField("Files")
    photo = MultipleFileField("Photos")
