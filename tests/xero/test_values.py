"""Dates, money, XML and redaction: the small things that cost other clients their trust (facts 4.1, 7.2)."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.xero import dates, money, xml
from app.xero.redaction import LIMIT, loggable, redact


class TestDates:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("/Date(1573755038314)/", datetime(2019, 11, 14, 18, 10, 38, 314000, UTC)),
            ("/Date(1573755038314+1300)/", datetime(2019, 11, 14, 18, 10, 38, 314000, UTC)),
            ("/Date(-62135596800000+0000)/", datetime(1, 1, 1, tzinfo=UTC)),
            ("2026-11-20T01:02:03.1234567", datetime(2026, 11, 20, 1, 2, 3, 123456, UTC)),
            ("2026-11-20T01:02:03Z", datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)),
            ("2026-11-20T11:02:03+10:00", datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)),
            ("2008-08-29T00:00:00", datetime(2008, 8, 29, tzinfo=UTC)),
            ("", None),
            (None, None),
        ],
    )
    def test_instants(self, text: Any, moment: datetime | None) -> None:
        assert dates.instant(text) == moment

    def test_what_is_no_date(self) -> None:
        with pytest.raises(ValueError):
            dates.instant("next Tuesday")

    def test_a_calendar_date_does_not_move(self) -> None:
        assert dates.calendar_date("/Date(1573689600000+1300)/") == date(2019, 11, 14)
        assert dates.calendar_date(None) is None

    def test_the_twin_is_preferred(self) -> None:
        row = {"DueDate": "/Date(0)/", "DueDateString": "2026-11-20T00:00:00"}
        assert dates.calendar_date(dates.twin(row, "DueDate")) == date(2026, 11, 20)
        assert dates.twin({"DueDate": "/Date(0)/"}, "DueDate") == "/Date(0)/"

    def test_out(self) -> None:
        moment = datetime(2026, 11, 20, 12, 0, 59, 999999, timezone(timedelta(hours=11)))
        assert dates.iso_z(moment) == "2026-11-20T01:00:59Z"
        assert dates.modified_since(moment) == "2026-11-20T01:00:59"
        with pytest.raises(ValueError):
            dates.iso_z(datetime(2026, 1, 1))  # noqa: DTZ001 - a moment without a zone is the point

    @given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(-10, 13))
    def test_a_deadline_is_that_day_from_honolulu_to_auckland(self, day: date, hours: int) -> None:
        moment = dates.instant(dates.deadline_utc(day))
        assert moment is not None
        assert moment.astimezone(timezone(timedelta(hours=hours))).date() == day


class TestMoney:
    @pytest.mark.parametrize(
        ("value", "amount"),
        [
            (Decimal("1.10"), "1.10"),
            (3, "3"),
            ("1,234.50", "1234.50"),
            (" -2 ", "-2"),
            (None, None),
            ("", None),
        ],
    )
    def test_as_xero_spells_it(self, value: Any, amount: str | None) -> None:
        assert money.money(value) == (None if amount is None else Decimal(amount))

    @pytest.mark.parametrize("value", ["abc", "NaN", "Infinity", "0x1", "--1", True, []])
    def test_what_is_no_amount(self, value: Any) -> None:
        with pytest.raises(ValueError):
            money.money(value)

    @given(
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.text()
            | st.decimals(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=20,
        )
    )
    def test_json_there_and_back(self, value: Any) -> None:
        assert money.loads(money.dumps(value)) == value

    @pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
    def test_no_number_that_is_none(self, value: Decimal) -> None:
        with pytest.raises(ValueError):
            money.dumps([value])


class TestXml:
    def test_into_the_shape_of_json(self) -> None:
        body = (
            b"<Response api-method='List'><Status>OK</Status><Jobs>"
            b"<Job><ID>J1</ID><Phone>0491570156</Phone><Note/></Job></Jobs><Code>a</Code><Code>b</Code><Code>c</Code></Response>"
        )
        assert xml.to_data(xml.parse(body), frozenset({"Jobs"})) == {
            "Status": "OK",
            "Jobs": [{"ID": "J1", "Phone": "0491570156", "Note": None}],
            "Code": ["a", "b", "c"],
        }
        assert xml.to_data(xml.parse(b"<R><Jobs/></R>"), frozenset({"Jobs"})) == {"Jobs": []}

    @pytest.mark.parametrize(
        "body",
        [
            b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
            b'<!DOCTYPE x SYSTEM "http://evil.example/x.dtd"><x/>',
            b"<x>",
            b"",
            b"not xml",
        ],
    )
    def test_what_is_refused(self, body: bytes) -> None:
        with pytest.raises(xml.UnreadableXmlError):
            xml.parse(body)


class TestRedaction:
    @pytest.mark.parametrize(
        "text",
        [
            '{"access_token": "canary"}',
            '{"Refresh_Token":"can\\"canary"}',
            '{"refreshToken": "canary',
            '{"TaxNumber": 123456}',
            "<TaxNumber>canary</TaxNumber>",
            "<BankAccountNumber>canary",
            "grant_type=refresh_token&refresh_token=canary&x=1",
            "token=canary",
            "/callback?code=canary&state=x",
            "Authorization: Bearer canary0123456789",
            "said eyJhbGciOi.canary.sig again",
        ],
    )
    def test_secrets_go(self, text: str) -> None:
        cleaned = redact(text)
        assert "canary" not in cleaned
        assert "123456}" not in cleaned
        assert "[redacted]" in cleaned

    def test_the_rest_stays(self) -> None:
        text = '{"Name": "Basic Tax Return", "TaxType": "OUTPUT", "Code": "200", "token_type": "Bearer"}'
        assert redact(text) == text

    def test_a_secret_across_the_cut(self) -> None:
        body = b'{"x": "' + b"y" * (LIMIT - 40) + b'", "access_token": "canary' + b"-canary" * 100 + b'"}'
        kept = loggable(body, "application/json")
        assert kept is not None
        assert "canary" not in kept
        assert len(kept) <= LIMIT

    def test_other_bodies(self) -> None:
        assert loggable(b"", "application/json") is None
        assert loggable(b"\x00\x01", "application/pdf") == "[application/pdf, 2 bytes]"
        assert loggable(b"\x00\x01", None) == "[binary, 2 bytes]"
