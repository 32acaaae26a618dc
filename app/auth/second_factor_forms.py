"""The forms of the second factor's pages."""

from wtforms import BooleanField, PasswordField, StringField

from app.auth.second_factor import WrongCode
from app.errors import Problem
from app.extensions import db
from app.forms import PageForm


class CodeForm(PageForm):
    code = StringField("Code")

    def typed(self) -> str:
        return (self.code.data or "")[:100]


class PasswordForm(PageForm):
    password = PasswordField("Your password")


class PasswordAndCodeForm(CodeForm):
    password = PasswordField("Your password")


class RuleForm(PageForm):
    required = BooleanField("Everybody must sign in with a second factor")


def tell(form: PageForm, problem: Problem) -> int:
    """Show the problem at its field; a wrong code has been counted, which must last. The answer's status."""
    if isinstance(problem, WrongCode):
        db.session.commit()
    status = form.show(problem)
    # 401 would ask a browser for another kind of sign-in; what is wrong here stands in the form.
    return 422 if status == 401 else status
