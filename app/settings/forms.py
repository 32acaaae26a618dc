"""The forms of the settings pages."""

from collections.abc import Mapping

from wtforms import BooleanField, SelectField, StringField

from app.forms import PageForm
from app.settings.actions import CURRENCIES, GROUPS, LOCALES, RULES, CompanyDetails, time_zones
from app.sync.contacts.fields import BY_NAME, FIELDS


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
    push_new_clients = BooleanField("Make it as soon as a client is added here")
    push_client_changes = BooleanField("Send changes of a client’s details to the contact in Xero")
    contact_groups = SelectField("Contact groups in Xero", choices=GROUPS, validate_choice=False)

    def rules(self) -> dict[str, str]:
        """Field → who decides when both sides changed it, as chosen."""
        return {name: self[f"rule_{name}"].data or "ask" for name in BY_NAME}

    def offer(self, rules: Mapping[str, str]) -> None:
        """Show what the practice has decided so far."""
        for name in BY_NAME:
            self[f"rule_{name}"].data = rules.get(name, "ask")


for _field in FIELDS:
    setattr(
        ClientSyncForm, f"rule_{_field.name}", SelectField(_field.label, choices=RULES, validate_choice=False)
    )


class AlertsForm(PageForm):
    alert_mails = BooleanField("Write to the practice’s admins when work with Xero needs somebody")


class OfficeForm(PageForm):
    name = StringField("Name of the office")
