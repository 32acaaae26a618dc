"""The forms of a service and of a job template."""

from typing import Any

from wtforms import FieldList, Form, FormField, SelectField, StringField, TextAreaField

from app.catalogue.actions import ServiceDetails
from app.catalogue.job_templates import TaskDetails
from app.forms import PageForm
from app.models import JobTemplate

CHARGE_WORDS = {"TIME": "By time", "FIXED": "Fixed price", "NON_CHARGEABLE": "Not charged"}
FIRST_TASKS = 3


class ServiceForm(PageForm):
    name = StringField("Name")
    description = TextAreaField("Description")
    base_price = StringField("Base price")
    default_due_days = StringField("Days until due", default="28")
    account_code = StringField("Account code")
    tax_type = StringField("Tax type")
    item_code = StringField("Item code")

    def details(self) -> ServiceDetails:
        return {
            "name": self.name.data or "",
            "description": self.description.data,
            "base_price": self.base_price.data or "",
            "default_due_days": self.default_due_days.data or "",
            "account_code": self.account_code.data,
            "tax_type": self.tax_type.data,
            "item_code": self.item_code.data,
        }


class TaskForm(Form):  # type: ignore[misc]
    name = StringField("Task")
    charge_type = SelectField("Charge", choices=CHARGE_WORDS, validate_choice=False)
    rate = StringField("Rate")
    estimate_minutes = StringField("Minutes")


class JobTemplateForm(PageForm):
    name = StringField("Name")
    tasks = FieldList(FormField(TaskForm))

    @property
    def lines(self) -> list[TaskDetails]:
        """Every line as it stands on the page, empty ones included."""
        return [
            {
                "name": line.form.name.data or "",
                "charge_type": line.form.charge_type.data or "TIME",
                "rate": line.form.rate.data or "",
                "estimate_minutes": line.form.estimate_minutes.data or "",
            }
            for line in self.tasks.entries
        ]

    @classmethod
    def with_lines(cls, name: str, lines: list[TaskDetails]) -> "JobTemplateForm":
        """The form anew with these lines."""
        return cls(formdata=None, data={"name": name, "tasks": lines})

    @classmethod
    def of(cls, template: JobTemplate) -> "JobTemplateForm":
        return cls.with_lines(template.name, [_line(task) for task in template.tasks])


def empty_line() -> TaskDetails:
    return {"name": "", "charge_type": "TIME", "rate": "", "estimate_minutes": ""}


def is_empty(line: TaskDetails) -> bool:
    """Whether nobody wrote anything in the line; such a line is left out when saving."""
    return not (line["name"].strip() or str(line["rate"]).strip() or str(line["estimate_minutes"]).strip())


def rearranged(lines: list[TaskDetails], wish: str) -> list[TaskDetails]:
    """The lines after `add`, `remove-<place>`, `up-<place>` or `down-<place>`; a wish that fits
    nothing changes nothing."""
    verb, _, text = wish.partition("-")
    if verb == "add":
        return [*lines, empty_line()]
    if not text.isdecimal() or int(text) >= len(lines):
        return lines
    place, lines = int(text), list(lines)
    if verb == "remove":
        del lines[place]
    other = place + {"up": -1, "down": 1}.get(verb, 0)
    if verb in {"up", "down"} and 0 <= other < len(lines):
        lines[place], lines[other] = lines[other], lines[place]
    return lines


def _line(task: Any) -> TaskDetails:
    return {
        "name": task.name,
        "charge_type": task.charge_type,
        "rate": str(task.rate),
        "estimate_minutes": str(task.estimate_minutes),
    }
