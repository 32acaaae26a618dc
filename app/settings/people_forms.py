"""The forms about people."""

from wtforms import EmailField, RadioField

from app.forms import PageForm
from app.settings.people_actions import ROLE_WORDS

STAFF = {role: words for role, words in ROLE_WORDS.items() if role != "client"}


class InviteForm(PageForm):
    email = EmailField("E-mail address")
    role = RadioField("Role", choices=STAFF, default="accountant", validate_choice=False)


class InviteClientForm(PageForm):
    email = EmailField("E-mail address")


class RoleForm(PageForm):
    role = RadioField("Role", choices=STAFF, validate_choice=False)
