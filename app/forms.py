"""Forms of pages: what was typed travels to an action as it is, and what the action says comes back to its
field."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import Field, FieldList, FormField, StringField
from wtforms.widgets import DateInput

from app.errors import Problem, field_problem
from app.extensions import db

NO_ID = UUID(int=0)


def as_id(text: str | None) -> UUID | None:
    """The id in a field: None when empty, an id that nothing has when it is not one (the action says so)."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        return NO_ID


class TypedDate(StringField):  # type: ignore[misc]
    """A calendar date as it was typed, so that what is wrong can be shown again."""

    widget = DateInput()


def typed_date(text: str | None, field: str) -> date | None:
    """The date in a field, None when it is empty. Raises `Problem` when it is none."""
    text = str(text or "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        said = "This is not a date. Choose it from the calendar, or write it like 2026-11-30."
        raise field_problem(field, said) from None


class PageForm(FlaskForm):  # type: ignore[misc]
    """A form whose values are judged by an action, not here. The CSRF token is checked at the way in."""

    problems: dict[str, str] = {}
    """Id of a control → what is wrong with it, for a summary of nested fields."""

    def show(self, problem: Problem) -> int:
        """Undo what was begun, put the problem's sentences at their fields, give the answer's status."""
        db.session.rollback()
        fields = dict(_named(self))
        self.problems = {}
        for name, sentences in problem.fields.items():
            if name not in fields:
                self.form_errors.extend(sentences)
                continue
            field, top = fields[name]
            field.errors = list(sentences)
            top.errors = top.errors or list(sentences)
            self.problems[field.id] = sentences[0]
        if not problem.fields:
            self.form_errors.append(problem.message)
        for sentence in self.form_errors:
            self.problems.setdefault("", sentence)
        return problem.status


def _named(form: Any, top: Field | None = None) -> Iterator[tuple[str, tuple[Field, Field]]]:
    """Every field by its full name, with the field of the form itself under which it stands."""
    for field in form:
        over = top or field
        yield field.name, (field, over)
        if isinstance(field, FieldList):
            for entry in field.entries:
                yield from _named(entry.form, over) if isinstance(entry, FormField) else ()
