"""How JSON leaves us: money as text (a float would round it), instants and dates in ISO 8601, ids as text."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask.json.provider import DefaultJSONProvider


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    return DefaultJSONProvider.default(value)


class Provider(DefaultJSONProvider):
    default = staticmethod(_plain)
    sort_keys = False
