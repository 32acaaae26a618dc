"""Xero's ways of writing time (facts 4.1): `/Date(…)/`, ISO twins with and without zone, calendar dates."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_FRACTION = re.compile(r"(\.\d{6})\d+")


def instant(value: Any) -> datetime | None:
    """A moment as aware UTC.

    `/Date(ms+1300)/` carries milliseconds that already are UTC, so its offset is ignored; ISO text without a
    zone is UTC; a seventh digit of a second is dropped. Raises ValueError for other text.
    """
    if value is None or value == "":
        return None
    text = str(value).strip()
    if match := _MS_DATE.fullmatch(text):
        return _EPOCH + timedelta(milliseconds=int(match[1]))
    moment = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def calendar_date(value: Any) -> date | None:
    """A date such as an invoice's, which Xero sends as midnight and which never moves with a time zone."""
    moment = instant(value)
    return None if moment is None else moment.date()


def twin(record: Mapping[str, Any], name: str) -> Any:
    """The ISO twin of a date field where Xero sends one (`DueDateString`), else the field itself."""
    return record.get(f"{name}String") or record.get(name)


def iso_z(moment: datetime) -> str:
    """`2026-11-20T01:02:03Z`, to the second; raises ValueError for a moment without a zone."""
    return _utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def modified_since(moment: datetime) -> str:
    """The value of `If-Modified-Since`: UTC, whole seconds, no zone suffix (facts 4.1)."""
    return _utc(moment).strftime("%Y-%m-%dT%H:%M:%S")


def deadline_utc(day: date) -> str:
    """A calendar date as the instant Projects wants.

    Ten in the morning UTC falls on that same calendar day everywhere from Honolulu to Auckland in summer, so
    the date a person reads in Xero is the date that was meant, whatever the organisation's zone.
    """
    return f"{day.isoformat()}T10:00:00Z"


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment sent to Xero needs a time zone")
    return moment.astimezone(UTC)
