"""The forms of the settings pages."""

from wtforms import BooleanField, SelectField, StringField

from app.forms import PageForm
from app.settings.actions import CURRENCIES, LOCALES, CompanyDetails, time_zones


class CompanyForm(PageForm):
    name = StringField("Name of the practice")
    time_zone = SelectField("Time zone", choices=time_zones, validate_choice=False)
    currency = SelectField("Currency", choices=list(CURRENCIES), validate_choice=False)
    locale = SelectField("Dates and figures as in", choices=LOCALES, validate_choice=False)
    call_log_days = StringField("Keep the log of calls to Xero")

    def details(self) -> CompanyDetails:
        return {
            "name": self.name.data or "",
            "time_zone": self.time_zone.data or "",
            "currency": self.currency.data or "",
            "locale": self.locale.data or "",
            "call_log_days": self.call_log_days.data or "",
        }


class PatternForm(PageForm):
    pattern = StringField("Pattern")


class ClientSyncForm(PageForm):
    create_contacts = BooleanField("Make a contact in Xero for a client that has none")
    push_client_changes = BooleanField("Send changes of a client’s details to the contact in Xero")


class OfficeForm(PageForm):
    name = StringField("Name of the office")
