"""Bases and small types of the API's bodies, queries and answers."""

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)


class Body(BaseModel):
    """What is sent to us. Types are exact and unknown fields are refused: a typing error is never ignored."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


def _without_defaults(schema: dict[str, Any]) -> None:
    for described in schema.get("properties", {}).values():
        described.pop("default", None)


class Change(Body):
    """What is left out stays as it is; null takes a value away.

    A field of one has a default only so that it may be left out: `model_dump(exclude_unset=True)` is what was
    sent.
    """

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class Query(BaseModel):
    """The parameters after the question mark."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What we send. Its fields are all present, null where there is no value."""

    model_config = ConfigDict(
        frozen=True, from_attributes=True, json_schema_serialization_defaults_required=True
    )


class Named(Answer):
    """Something referred to, by id and name."""

    id: UUID
    name: str


_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_AMOUNT = re.compile(r"^[0-9]{1,7}(\.[0-9]{1,2})?$")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _one_line(value: str) -> str:
    if _CONTROLS.search(value):
        raise ValueError("Must be one line, without control characters.")
    return value


def _written_as_date(value: Any) -> Any:
    # pydantic also reads a number of seconds as a date; nobody means that.
    if not isinstance(value, str):
        return value
    if _DATE.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ValueError("Must be a date such as 2026-11-30.")


def _written_as_amount(value: Any) -> Decimal:
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if number or (isinstance(value, str) and _AMOUNT.fullmatch(value)):
        return Decimal(str(value))
    raise ValueError("Must be an amount such as 350.00.")


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


LINE = AfterValidator(_one_line)
"""For texts that no action tidies: they go into statements and addresses as they are."""

Search = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    LINE,
    Field(description="The beginning of a word."),
]
CalendarDate = Annotated[date, BeforeValidator(_written_as_date)]
Amount = Annotated[
    Decimal,
    BeforeValidator(_written_as_amount),
    Field(ge=0, le=Decimal("9999999.99"), decimal_places=2),
    AfterValidator(_cents),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": _AMOUNT.pattern},
                {"type": "number", "minimum": 0, "maximum": 9999999.99, "multipleOf": 0.01},
            ],
            "examples": ["350.00"],
        }
    ),
]
"""Money taken in: a text such as "350.00", or a JSON number. In the practice's currency, tax excluded."""
Money = Annotated[
    Decimal, PlainSerializer(str, return_type=str, when_used="json"), Field(examples=["350.00"])
]
"""Money given out: always text, because a float would round it."""
