"""The forms of the platform's pages."""

from wtforms import BooleanField, RadioField, TextAreaField

from app.forms import PageForm
from app.platform.actions import LENGTHS


class EntryForm(PageForm):
    reason = TextAreaField("Why do you enter?")
    minutes = RadioField("For how long?", choices=LENGTHS, default="60", validate_choice=False)
    writes = BooleanField("I need to change something")


class SuspendForm(PageForm):
    reason = TextAreaField("Why is it suspended?")
