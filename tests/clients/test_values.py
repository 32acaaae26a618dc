"""Values as people and programs send them: tidied silently, or refused with a sentence."""

from decimal import Decimal

import pytest

from app.checks import Checks, many_lines, one_line
from app.errors import Problem


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Bright   Smile ", "Bright Smile"),
        ("Bright\u00a0Smile\tDental\r\n", "Bright Smile Dental"),
        ("Zoe\u0301 \u202egnp.exe", "Zoé gnp.exe"),
        ("nul\x00l", "null"),
        ("lone \ud800 half", "lone half"),
        ("", ""),
        (None, ""),
    ],
)
def test_one_line(sent, kept):
    assert one_line(sent) == kept
    assert one_line(kept) == kept


def test_many_lines_keep_their_breaks():
    assert many_lines(" First \r\n\r\nSecond\x07\rThird  ") == "First\n\nSecond\nThird"


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        ("450", "450.00"),
        ("$1,250.50", "1250.50"),
        (Decimal("0.10"), "0.10"),
        (0, "0.00"),
        (" 9999999.99 ", "9999999.99"),
    ],
)
def test_amounts_that_are_taken(sent, amount):
    checks = Checks()
    assert checks.amount("price", sent, "The price") == Decimal(amount)
    checks.finish()


@pytest.mark.parametrize(
    "sent", ["", None, "four", "1.2.3", "Infinity", "-0.01", "10000000", "1.001", "١٢٣٤٥٦٧٨٩٠١"]
)
def test_amounts_that_are_refused(sent):
    checks = Checks()
    checks.amount("price", sent, "The price")
    with pytest.raises(Problem) as raised:
        checks.finish()
    assert list(raised.value.fields) == ["price"]
    assert raised.value.status == 422


@pytest.mark.parametrize("sent", ["12.0", "0x10", "٣", "1_000", "", None, "99999999999"])
def test_whole_numbers_that_are_refused(sent):
    checks = Checks()
    checks.whole("days", sent, "The number", 0, 730)
    with pytest.raises(Problem):
        checks.finish()


def test_every_wrong_field_is_named_at_once():
    checks = Checks()
    checks.required("name", "", "The name")
    checks.email("email", "nobody@nowhere")
    checks.phone("phone", "0 ")
    with pytest.raises(Problem) as raised:
        checks.finish()
    assert set(raised.value.fields) == {"name", "email", "phone"}
    assert raised.value.message.startswith("The name is missing.")
