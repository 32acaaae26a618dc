"""Putting values into addresses so that nothing in them can leave its place."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode


def segment(value: object) -> str:
    """A value as one segment of a path; raises ValueError for what would be none or climb upwards."""
    text = quote(str(value), safe="")
    if text in ("", ".", ".."):
        raise ValueError(f"{value!r} cannot be part of an address")
    return text


def query(params: Mapping[str, Any] | None) -> str:
    """`?name=value…` with all but letters, digits and -._~ percent-encoded; "" when there is nothing to say.

    Parameters that are None are left out, lists are joined with commas, truth values are true and false.
    """
    pairs = [(name, _parameter(value)) for name, value in (params or {}).items() if value is not None]
    return f"?{urlencode(pairs, quote_via=quote, safe='')}" if pairs else ""


def _parameter(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(map(_parameter, value))
    return str(value)
