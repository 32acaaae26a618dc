"""Money, dates and times as people of one practice read them: its locale, time zone and currency.

The place is taken once per rendered template (`remember_place`), because a Jinja macro imported without
context cannot see the viewer. Results are kept: the same dates and sums come back on every row of a list.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from flask import g, has_app_context
from markupsafe import Markup, escape

NOTHING = "–"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Place:
    """`locale` as Babel writes it (en_AU), `time_zone` an IANA name, `currency` an ISO 4217 code."""

    locale: str = "en_AU"
    time_zone: str = "Australia/Sydney"
    currency: str = "AUD"


NOWHERE = Place()


def remember_place(_app: Any, context: dict[str, Any], **_: Any) -> None:
    """Take the place from the page's viewer, or from `company` where nobody looks (a mail)."""
    company = getattr(context.get("viewer"), "company", None) or context.get("company")
    g.place = NOWHERE
    if company is not None:
        locale = str(company.locale or NOWHERE.locale).replace("-", "_")
        g.place = Place(locale, company.time_zone or NOWHERE.time_zone, company.currency or NOWHERE.currency)


def place() -> Place:
    return g.get("place", NOWHERE) if has_app_context() else NOWHERE


def money(amount: Decimal | int | None, currency: str | None = None) -> str:
    """`$1,234.50`; an en dash for None."""
    if amount is None:
        return NOTHING
    here = place()
    return _money(amount, currency or here.currency, here.locale)


def price(amount: Decimal | None, currency: str | None = None) -> str:
    """As `money`, with the third and fourth decimal where there is one: what a piece or an hour costs."""
    if amount is None:
        return NOTHING
    here = place()
    return _price(amount, currency or here.currency, here.locale)


def number(value: Decimal | int | None) -> str:
    """`12,345`; an en dash for None."""
    return NOTHING if value is None else _number(value, place().locale)


def size(value: int | None) -> str:
    """`820 kB`, `12 MB`, `3.4 GB`: two figures are enough to plan with."""
    if value is None:
        return NOTHING
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6)):
        if value >= bytes_:
            return f"{value / bytes_:.1f} {unit}" if value < 10 * bytes_ else f"{value // bytes_:,} {unit}"
    return f"{max(1, round(value / 1000))} kB" if value else "0 kB"


def calendar_date(value: date | datetime | None, style: str = "medium") -> str:
    """`12 Mar 2026` (`medium`), `12/3/26` (`short`), `Thursday, 12 March 2026` (`full`) or a pattern."""
    if value is None:
        return NOTHING
    here = place()
    return _date(_local_day(value, here), style, here.locale)


def moment(value: datetime | None) -> str:
    """`12 Mar 2026, 9:41 am` in the practice's time zone. Raises ValueError for a naive datetime."""
    return NOTHING if value is None else _moment(_aware(value), "short", place())


def clock(value: datetime | None) -> str:
    """`9:41 am` in the practice's time zone."""
    if value is None:
        return NOTHING
    return _time(_aware(value), "short", place())


def when(value: datetime | None, now: datetime | None = None) -> Markup:
    """`<time>` with how long ago, the moment to the second in its title. Older than a week: the date."""
    if value is None:
        return escape(NOTHING)
    value, now = _aware(value), now or datetime.now(UTC)
    exact = _moment(value, "medium", place())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), exact, relative(value, now)
    )


def relative(value: datetime, now: datetime) -> str:
    """`just now`, `5 minutes ago`, `in 2 hours`, `yesterday`, or the date when a week or more away."""
    away = abs(now - value)
    ago = value <= now
    if away < MINUTE:
        return "just now" if ago else "in a moment"
    if away >= 7 * DAY:
        return calendar_date(value)
    here = place()
    days = (_local_day(now, here) - _local_day(value, here)).days
    if away < HOUR:
        return _phrase(away // MINUTE, "minute", ago)
    if days == 0 or away < 6 * HOUR:
        return _phrase(away // HOUR, "hour", ago)
    return {1: "yesterday", -1: "tomorrow"}.get(days) or _phrase(abs(days), "day", ago)


def due(value: date | None, today: date | None = None) -> Markup:
    """A due date with its urgency in words: `3 days late`, `today`, `tomorrow`, else the date."""
    if value is None:
        return escape(NOTHING)
    here = place()
    return _due(value, today or _local_day(datetime.now(UTC), here), here)


def initials(name: str) -> str:
    """`JD` of Jane Doe: the first letters of the first and last word."""
    words = name.split() or ["?"]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@lru_cache(maxsize=4096)
def _due(value: date, today: date, here: Place) -> Markup:
    days = (value - today).days
    kind = "late" if days < 0 else "soon" if days <= 1 else "later"
    text = {0: "Today", 1: "Tomorrow", -1: "1 day late"}.get(days)
    if text is None:
        text = f"{-days} days late" if days < 0 else _date(value, "medium", here.locale)
    return Markup('<time class="due due-{}" datetime="{}" title="{}">{}</time>').format(
        kind, value.isoformat(), _date(value, "full", here.locale), text
    )


def _phrase(count: int, unit: str, ago: bool) -> str:
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{words} ago" if ago else f"in {words}"


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant without a time zone reached a page")
    return value


def _local_day(value: date | datetime, here: Place) -> date:
    return _aware(value).astimezone(ZoneInfo(here.time_zone)).date() if isinstance(value, datetime) else value


@lru_cache(maxsize=4096)
def _money(amount: Decimal | int, currency: str, locale: str) -> str:
    return format_currency(amount, currency, locale=locale)


@lru_cache(maxsize=4096)
def _price(amount: Decimal, currency: str, locale: str) -> str:
    pattern = Locale.parse(locale).currency_formats["standard"].pattern.replace("0.00", "0.00##")
    return format_currency(amount, currency, pattern, locale=locale, currency_digits=False)


@lru_cache(maxsize=4096)
def _number(value: Decimal | int, locale: str) -> str:
    return format_decimal(value, locale=locale)


@lru_cache(maxsize=4096)
def _date(value: date, style: str, locale: str) -> str:
    return format_date(value, style, locale=locale)


@lru_cache(maxsize=4096)
def _moment(value: datetime, style: str, here: Place) -> str:
    return f"{_date(_local_day(value, here), 'medium', here.locale)}, {_time(value, style, here)}"


def _time(value: datetime, style: str, here: Place) -> str:
    shown = format_time(value, style, tzinfo=ZoneInfo(here.time_zone), locale=here.locale)
    # The narrow no-break space before "am" looks like any other, and is found by no search and no test.
    return shown.replace("\u202f", " ")
