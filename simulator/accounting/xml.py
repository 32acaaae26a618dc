"""Accounting answers as XML, which is what Xero sends unless JSON is asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

_SINGULAR = {"Elements": "DataContractBase", "Tracking": "TrackingCategory"}


def _singular(plural: str) -> str:
    if plural in _SINGULAR:
        return _SINGULAR[plural]
    if plural.endswith("ies"):
        return plural[:-3] + "y"
    if plural.endswith("sses"):
        return plural[:-2]
    return plural.removesuffix("s")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | Decimal):
        return escape(str(value))
    return escape(value.iso())


def _element(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        inner = "".join(_element(key, item) for key, item in value.items())
    elif isinstance(value, list):
        inner = "".join(_element(_singular(name), item) for item in value)
    else:
        inner = _text(value)
    return f"<{name}>{inner}</{name}>"


def xml_bytes(root: str, body: dict[str, Any]) -> bytes:
    """The body as one XML document."""
    return f'<?xml version="1.0" encoding="utf-8"?>{_element(root, body)}'.encode()
