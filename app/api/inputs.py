"""Reading a JSON body or a query into a pydantic model; what is wrong becomes a `Problem` in plain
sentences."""

from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError

from app.api.sentences import fields_of
from app.auth.viewer import current_viewer
from app.errors import Problem

LONGEST_BODY = 1024 * 1024
"""Bytes. Documents do not travel in JSON bodies."""


class NoQuery(BaseModel):
    """An endpoint without query parameters."""

    model_config = ConfigDict(extra="forbid")


Shape = TypeVar("Shape", bound=BaseModel)


def read_body(shape: type[Shape]) -> Shape:
    """The JSON body as `shape`. Raises `Problem`: 415 another content type, 400 not JSON, 422 a wrong
    value."""
    if request.mimetype != "application/json":
        raise Problem("Send JSON, with Content-Type: application/json.", code="not_json", status=415)
    request.max_content_length = LONGEST_BODY
    try:
        return shape.model_validate_json(request.get_data(cache=False))
    except ValidationError as wrong:
        if any(
            error["type"] == "json_invalid" for error in wrong.errors(include_input=False, include_url=False)
        ):
            raise Problem("The body is not valid JSON.", code="bad_json", status=400) from None
        raise _problem(wrong, "field") from None


def read_form(shape: type[Shape]) -> Shape:
    """The fields and files of a form (multipart/form-data) as `shape`. Raises `Problem`: 415 another content type, 422
    a wrong value or one given twice."""
    if request.mimetype != "multipart/form-data":
        raise Problem("Send a form, as multipart/form-data.", code="not_a_form", status=415)
    given: dict[str, list[Any]] = {**request.form.to_dict(flat=False), **request.files.to_dict(flat=False)}
    twice = {name: ["Give this once only."] for name, values in given.items() if len(values) > 1}
    if twice:
        raise _say(twice)
    try:
        return shape.model_validate({name: values[0] for name, values in given.items()})
    except ValidationError as wrong:
        raise _problem(wrong, "field") from None


def read_query(shape: type[Shape]) -> Shape:
    """The query as `shape`. Raises `Problem` 422 for a parameter that is unknown, given twice or wrong."""
    given = request.args.to_dict(flat=False)
    viewer = current_viewer()
    if viewer and viewer.super_admin:
        given.pop(
            "company_id", None
        )  # the gate has read it: a super admin says with it which practice they entered
    twice = {name: ["Give this once only."] for name, values in given.items() if len(values) > 1}
    if twice:
        raise _say(twice)
    try:
        return shape.model_validate_strings({name: values[0] for name, values in given.items()})
    except ValidationError as wrong:
        raise _problem(wrong, "query parameter") from None


def _problem(wrong: ValidationError, noun: str) -> Problem:
    return _say(fields_of(wrong, noun))


def _say(fields: dict[str, list[str]]) -> Problem:
    if len(fields) == 1:
        ((name, sentences),) = fields.items()
        message = f"{name}: {sentences[0]}" if name else sentences[0]
    else:
        message = f"{len(fields)} values need another look: {', '.join(fields)}."
    return Problem(message, fields={name: sentences for name, sentences in fields.items() if name})
