"""The forms of the platform's pages."""

from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TextAreaField

from app.forms import PageForm
from app.platform.actions import LENGTHS
from app.platform.creating import Wanted
from app.settings.actions import CURRENCIES, LOCALES, time_zones


class EntryForm(PageForm):
    reason = TextAreaField("Why do you enter?")
    minutes = RadioField("For how long?", choices=LENGTHS, default="60", validate_choice=False)
    writes = BooleanField("I need to change something")


class SuspendForm(PageForm):
    reason = TextAreaField("Why is it suspended?")


class CloseForm(PageForm):
    typed = StringField("The practice’s name, typed")
    because = TextAreaField("Why is it deleted?")


class ExportForm(PageForm):
    why = TextAreaField("Why is everything exported?")


class PracticeForm(PageForm):
    name = StringField("Name of the practice")
    email = EmailField("E-mail address of its first admin")
    time_zone = SelectField(
        "Time zone", choices=time_zones, default="Australia/Sydney", validate_choice=False
    )
    currency = SelectField("Currency", choices=list(CURRENCIES), default="AUD", validate_choice=False)
    locale = SelectField("Dates and figures as in", choices=LOCALES, default="en_AU", validate_choice=False)
    prefix = StringField("Letters of its references")

    def wanted(self) -> Wanted:
        return Wanted(
            self.name.data or "",
            self.time_zone.data or "",
            self.currency.data or "",
            self.locale.data or "",
            self.prefix.data or "",
            self.email.data or "",
        )
