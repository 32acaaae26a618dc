"""pydantic's findings in our words."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import Field, ValidationError, create_model

from app.api.sentences import fields_of
from app.api.shapes import Amount, Body, CalendarDate


class Inner(Body):
    name: str


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (int, "1", "Must be a whole number."),
        (int, 1.5, "Must be a whole number."),
        (int, True, "Must be a whole number."),
        (Annotated[int, Field(ge=1)], 0, "Must be 1 or more."),
        (Annotated[int, Field(le=9)], 10, "Must be 9 or less."),
        (bool, "yes", "Must be true or false."),
        (bool, 1, "Must be true or false."),
        (str, 1, "Must be text."),
        (Annotated[str, Field(min_length=1)], "", "Must not be empty."),
        (Annotated[str, Field(max_length=2)], "abc", "Must have at most 2 characters."),
        (UUID, "x", "Must be an id (UUID) such as 0b5f3c1e-7a44-4f0a-9c57-2d1a6c1f8e20."),
        (CalendarDate, "soon", "Must be a date such as 2026-11-30."),
        (CalendarDate, 1, "Must be a date such as 2026-11-30."),
        (datetime, "soon", "Must be an instant such as 2026-11-30T09:00:00Z."),
        (Amount, "much", "Must be an amount such as 350.00."),
        (Amount, {}, "Must be an amount such as 350.00."),
        (Amount, 1.005, "Must have at most 2 digits after the point."),
        (Decimal, "x", "Must be an amount such as 350.00."),
        (Literal["new", "old"], "blue", "Must be one of 'new', 'old'."),
        (list[int], "x", "Must be a list."),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "Must have at most 1 entries."),
        (dict[str, int], [], "Must be a JSON object."),
        (Inner, [], "Must be a JSON object."),
    ],
)
def test_every_kind_of_wrong_has_its_sentence(kind: Any, value: Any, sentence: str):
    import json

    shape = create_model("Shape", __base__=Body, value=(kind, ...))
    with pytest.raises(ValidationError) as wrong:
        shape.model_validate_json(json.dumps({"value": value}))
    assert fields_of(wrong.value, "field") == {"value": [sentence]}


def test_the_place_in_a_list_is_named():
    shape = create_model("Shape", __base__=Body, ids=(list[UUID], ...))
    with pytest.raises(ValidationError) as wrong:
        shape.model_validate_json('{"ids": ["0b5f3c1e-7a44-4f0a-9c57-2d1a6c1f8e20", "x"]}')
    assert list(fields_of(wrong.value, "field")) == ["ids.1"]
