"""What a new password may be."""

import pytest

from app.auth.passwords import check_new_password
from app.checks import Checks

EMAIL = "nina.zhou@practice.example"


def said(password: str) -> str:
    checks = Checks()
    check_new_password(checks, password, EMAIL)
    return " ".join(checks.fields.get("password", []))


@pytest.mark.parametrize(
    "password",
    [
        "quiet teal otter lamps",
        "ledger-plum-seven",
        "Tr0ub4dor&3xyz",
        "пароль-сильный-тест",
        "x" * 3 + "fjordvals" + "7",
        "k9$vLq2#mWz8",
    ],
)
def test_taken(password):
    assert said(password) == ""


@pytest.mark.parametrize("password", ["", "short", "elevenchars", "ledger-plum"])
def test_too_short(password):
    assert "Use at least 12" in said(password)


def test_too_long():
    assert "Use 500 at most" in said("quiet teal otter " * 40)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password1234",
        "P@ssw0rd1234!",
        "qwertyuiop123",
        "123456789012",
        "aaaaaaaaaaaa",
        "abababababab",
        "iloveyou1234",
        "Summer2026!!!",
        "letmein-letmein",
        "correcthorsebatterystaple",
        "countinghouse-demo",
        "1985-04-12 19:30",
    ],
)
def test_tried_first_by_everybody(password):
    assert "tried first" in said(password)


@pytest.mark.parametrize("password", [f"{EMAIL}", "Nina.Zhou-otter-lamp", "otter practice lamp plum"])
def test_with_the_persons_address_in_it(password):
    assert "contains your e-mail address" in said(password)
