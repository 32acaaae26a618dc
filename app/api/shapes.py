"""Bases and small types of the API's bodies, queries and answers."""

import re
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
)


class Body(BaseModel):
    """What is sent to us. Types are exact and unknown fields are refused: a typing error is never ignored."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


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


_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,2})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _one_line(value: str) -> str:
    if _CONTROLS.search(value) or "\n" in value or "\r" in value or "\t" in value:
        raise ValueError("Must be one line, without control characters.")
    return value


def _lines(value: str) -> str:
    if _CONTROLS.search(value):
        raise ValueError("Must not contain control characters.")
    return value


def _written_as_date(value: Any) -> Any:
    # pydantic also reads a number of seconds as a date; nobody means that.
    if isinstance(value, str) and not _DATE.fullmatch(value):
        raise ValueError("Must be a date such as 2026-11-30.")
    return value


def _written_as_amount(value: Any) -> Any:
    if isinstance(value, str) and not _AMOUNT.fullmatch(value):
        raise ValueError("Must be an amount such as 350.00.")
    return value


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


LINE = AfterValidator(_one_line)
PROSE = AfterValidator(_lines)
TRIM = StringConstraints(strip_whitespace=True)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), LINE]
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), LINE]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000), PROSE]
Search = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), LINE]
CalendarDate = Annotated[date, BeforeValidator(_written_as_date)]
Amount = Annotated[
    Decimal,
    BeforeValidator(_written_as_amount),
    AfterValidator(_cents),
    Field(ge=0, max_digits=14, decimal_places=2, examples=["350.00"]),
]
"""Money taken in: a text such as "350.00", or a JSON number. In the practice's currency, tax excluded."""
Money = Annotated[
    Decimal, PlainSerializer(str, return_type=str, when_used="json"), Field(examples=["350.00"])
]
"""Money given out: always text, because a float would round it."""
