"""The forms of signing in and of a person's own account."""

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, RadioField, StringField
from wtforms.widgets import PasswordInput

from app.forms import PageForm


class SignInForm(PageForm):
    email = EmailField("E-mail address")
    password = PasswordField("Password")
    next = HiddenField()

    def fill(self, email: str, password: str) -> None:
        """Put a demonstration account into the fields, readable for the browser; nobody's real password."""
        self.email.data, self.password.data = email, password
        self.password.widget = PasswordInput(hide_value=False)


class ForgotForm(PageForm):
    email = EmailField("E-mail address")


class MailedCodeForm(ForgotForm):
    next = HiddenField()


class NewPasswordForm(PageForm):
    password = PasswordField("New password")
    again = PasswordField("New password, once more")


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField("Present password")


class EmailForm(PageForm):
    email = EmailField("New e-mail address")
    current = PasswordField("Present password")


class DetailsForm(PageForm):
    name = StringField("Your name")
    theme = RadioField(
        "Theme",
        choices={"auto": "As your device has it", "light": "Light", "dark": "Dark"},
        validate_choice=False,
    )
    shortcuts = BooleanField("Use keyboard shortcuts", id="use-shortcuts")


class JoinForm(PageForm):
    name = StringField("Your name")
    password = PasswordField("Password")
    again = PasswordField("Password, once more")
