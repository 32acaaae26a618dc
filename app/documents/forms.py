"""The forms of documents. Values travel to the actions, which judge them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.widgets import CheckboxInput, ListWidget

from app.checks import one_line
from app.documents.asking import Wanted, chosen
from app.documents.lists import Line
from app.errors import field_problem
from app.forms import NO_ID, PageForm, TypedDate, as_id
from app.models import ServiceRequest

EMPTY: Line = {"doc_type": "", "note": "", "required": True}
MOST_LINES = 60


class CheckboxListField(SelectMultipleField):  # type: ignore[misc]
    """Check boxes."""

    option_widget = CheckboxInput()
    widget = ListWidget()


class LineForm(Form):  # type: ignore[misc]
    doc_type = StringField("Document")
    note = StringField("Note for the client")
    required = BooleanField("Required")


class ListForm(PageForm):
    lines = FieldList(FormField(LineForm))

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "ListForm":
        return cls(formdata=None, data={"lines": list(lines)})

    @property
    def written(self) -> list[Line]:
        """Every line as it stands on the page, empty ones included."""
        return [
            {
                "doc_type": line.form.doc_type.data or "",
                "note": line.form.note.data or "",
                "required": bool(line.form.required.data),
            }
            for line in self.lines.entries[:MOST_LINES]
        ]


def rearranged(lines: list[Line], wish: str) -> list[Line]:
    """The lines after a button: add, up-2, down-2 or remove-2. Nothing happens for a wish that is none."""
    verb, _, place = wish.partition("-")
    at, lines = int(place) if place.isascii() and place.isdigit() else -1, list(lines)
    if verb == "add" and len(lines) < MOST_LINES:
        return [*lines, EMPTY]
    if not 0 <= at < len(lines):
        return lines
    to = {"up": at - 1, "down": at + 1}.get(verb, -1)
    if verb == "remove":
        del lines[at]
    elif 0 <= to < len(lines):
        lines[at], lines[to] = lines[to], lines[at]
    return lines


class AskForm(PageForm):
    wanted = CheckboxListField("From the service’s list", validate_choice=False)
    doc_type = StringField("Something else")
    tax_year = StringField("Tax year")
    due_on = TypedDate("Needed by")
    note = StringField("Note for the client")

    def offer(self, lines: Iterable[Any]) -> None:
        """The lines of the service's list: rows of id, doc_type, note, required."""
        self.wanted.choices = [
            (str(line.id), line.doc_type if line.required else f"{line.doc_type} (if there is one)")
            for line in lines
        ]

    def documents(self, service_request: ServiceRequest | None) -> list[Wanted]:
        """What is asked for: the lines that are ticked, and what was written."""
        ids = [one for text in self.wanted.data or [] if (one := as_id(text)) not in {None, NO_ID}]
        found = chosen(service_request.service_id, ids) if service_request else []
        other = one_line(self.doc_type.data)
        return [*found, Wanted(other)] if other else found


class RejectForm(PageForm):
    reason = TextAreaField("Why it is sent back")


class UploadForm(PageForm):
    files = MultipleFileField("Files")
    ask_id = SelectField("What it is", validate_choice=False)
    doc_type = StringField("What it is called")
    tax_year = StringField("Tax year")
    service_request_id = SelectField("Request", validate_choice=False)

    def offer(self, asks: Iterable[Any], requests: Iterable[Any]) -> None:
        """What is missing (rows of `ask_rows`) and the client's open requests (id, reference, service)."""
        missing = {str(ask.id): _asked(ask) for ask in asks}
        self.ask_id.choices = {"": "Something that was not asked for", **missing}
        theirs = {str(one.id): f"{one.reference} {one.service}" for one in requests}
        self.service_request_id.choices = {"": "None", **theirs}

    def ids(self) -> tuple[UUID | None, UUID | None]:
        """The ask, and the request it belongs to."""
        return as_id(self.ask_id.data), as_id(self.service_request_id.data)


def _asked(ask: Any) -> str:
    year = f" {ask.tax_year}" if ask.tax_year else ""
    return f"{ask.doc_type}{year}{f' for {ask.reference}' if ask.reference else ''}"


class EraseForm(PageForm):
    asked_by = TextAreaField("Who asked for it, and how")


def typed_year(text: str | None) -> int | None:
    """The year in a field, None when it is empty. Raises `Problem` on `tax_year`."""
    text = str(text or "").strip()
    if not text:
        return None
    if len(text) != 4 or not text.isascii() or not text.isdigit():
        raise field_problem("tax_year", "Write the year in which it ends with four digits, such as 2026.")
    return int(text)
