"""Money, dates and times as one practice reads them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask

from app import formats
from tests.templates.gallery import Company, Viewer

NOW = datetime(2026, 3, 12, 2, 30, tzinfo=UTC)  # 1:30 pm in Sydney, a Thursday


@pytest.mark.parametrize(
    ("locale", "currency", "amount", "shown"),
    [
        ("en_AU", "AUD", Decimal("1234.5"), "$1,234.50"),
        ("en-NZ", "NZD", Decimal("-20"), "-$20.00"),
        ("en_GB", "GBP", Decimal("0"), "£0.00"),
        ("en_AU", "AUD", None, "–"),
    ],
)
def test_money_in_the_practices_currency(
    gallery: Flask, locale: str, currency: str, amount: Decimal | None, shown: str
) -> None:
    company = replace(Company(), locale=locale, currency=currency)
    with gallery.test_request_context():
        formats.remember_place(gallery, {"viewer": Viewer(company=company)})
        assert formats.money(amount) == shown


def test_money_in_another_currency_says_which(gallery: Flask) -> None:
    with gallery.test_request_context():
        assert formats.money(Decimal("10"), "USD") == "USD10.00"


def test_a_mail_takes_the_place_of_its_company(gallery: Flask) -> None:
    with gallery.app_context():
        formats.remember_place(
            gallery, {"company": replace(Company(), time_zone="Europe/London", locale="en_GB")}
        )
        assert formats.moment(NOW) == "12 Mar 2026, 02:30"


def test_without_anyone_there_is_a_default(gallery: Flask) -> None:
    with gallery.app_context():
        formats.remember_place(gallery, {"viewer": None})
        assert formats.clock(NOW) == "1:30 pm"


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(hours=14), "yesterday"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=7), "5 Mar 2026"),
        (-timedelta(seconds=20), "in a moment"),
        (-timedelta(minutes=2), "in 2 minutes"),
        (-timedelta(hours=23), "tomorrow"),
        (-timedelta(days=40), "21 Apr 2026"),
    ],
)
def test_how_long_ago_in_words(ago: timedelta, told: str) -> None:
    assert formats.relative(NOW - ago, NOW) == told


def test_a_moment_carries_its_exact_time() -> None:
    shown = formats.when(NOW, now=NOW + timedelta(minutes=5))
    assert (
        shown == '<time datetime="2026-03-12T02:30:00Z" title="12 Mar 2026, 1:30:00 pm">5 minutes ago</time>'
    )


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        formats.when(NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("days", "kind", "told"),
    [
        (-12, "late", "12 days late"),
        (-1, "late", "1 day late"),
        (0, "soon", "Today"),
        (1, "soon", "Tomorrow"),
        (2, "later", "14 Mar 2026"),
    ],
)
def test_a_due_date_tells_its_urgency(days: int, kind: str, told: str) -> None:
    today = date(2026, 3, 12)
    shown = formats.due(today + timedelta(days=days), today)
    assert f'class="due due-{kind}"' in shown
    assert shown.endswith(f">{told}</time>")


def test_nothing_is_a_dash() -> None:
    assert {str(one(None)) for one in (formats.calendar_date, formats.moment, formats.when, formats.due)} == {
        "–"
    }


@pytest.mark.parametrize(
    ("name", "letters"), [("Jane Doe", "JD"), ("Cher", "C"), ("Ana de la Cruz", "AC"), (" ", "?")]
)
def test_initials(name: str, letters: str) -> None:
    assert formats.initials(name) == letters
