"""The form of the sign-in page."""

from wtforms import EmailField, HiddenField, PasswordField
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
