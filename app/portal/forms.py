"""The forms of the portal."""

from collections.abc import Iterable
from typing import Any

from wtforms import RadioField, TextAreaField

from app.forms import PageForm


class NewRequestForm(PageForm):
    service_id = RadioField("What do you need?", validate_choice=False)
    note = TextAreaField("Tell us more")

    def offer(self, services: Iterable[Any]) -> None:
        """The services to choose from: rows of id, name."""
        self.service_id.choices = {str(service.id): service.name for service in services}


class CommentForm(PageForm):
    text = TextAreaField("Your message")
