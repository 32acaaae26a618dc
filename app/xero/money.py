"""JSON whose numbers are Decimal both ways, because money must not pass through a float."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring_ascii
from typing import Any

_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number Xero sends")


def loads(body: bytes) -> Any:
    """Parse JSON; every number with a point becomes a Decimal.

    Raises ValueError for anything that is not complete JSON in UTF-8.
    """
    return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)


def dumps(value: Any) -> bytes:
    """JSON bytes in which a Decimal is written as the exact number it is.

    A float raises TypeError: an amount that has been a float is already wrong.
    """
    return _encode(value).encode("ascii")


def _encode(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} cannot be sent as an amount")
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_encode(str(k))}:{_encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_encode, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no place in a request to Xero")


def money(value: Any) -> Decimal | None:
    """An amount as Xero may spell it: a JSON number, a string, or missing (facts 4.1).

    Raises ValueError for text that is not a number.
    """
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return value
    text = str(value).strip().replace(",", "")
    try:
        if _PLAIN_NUMBER.fullmatch(text):
            return Decimal(text)
    except InvalidOperation:
        pass
    raise ValueError(f"not an amount: {value!r}")
