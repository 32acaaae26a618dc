"""What Xero takes in a contact's fields (facts 4.3), looked at before anything is sent: people read why in our words,
and no call is spent."""

from collections.abc import Mapping

from app.sync.contacts.fields import BY_NAME

STREET_LINES, STREET_LINE = 4, 500
NUMBER = 50


def refusal(values: Mapping[str, str], number: str = "") -> str | None:
    """Why Xero would refuse these values, as a sentence that says what to do; None when it would take them."""
    if len(number) > NUMBER:
        return f"The client’s number has more than {NUMBER} letters, and Xero takes no longer one."
    for name, value in values.items():
        reason = _REASONS.get(name, lambda _value: None)(value) or _too_long(name, value)
        if reason:
            return reason
    return None


def _too_long(name: str, value: str) -> str | None:
    field = BY_NAME[name]
    if len(value) <= field.longest:
        return None
    return f"{field.label}: {len(value)} letters, and Xero takes {field.longest}. Shorten it on the client’s page."


def _name(value: str) -> str | None:
    if not value:
        return "A contact in Xero needs a name. Give the client one."
    if "<" in value or ">" in value:
        return "Xero does not take the signs < and > in a name. Take them out of the client’s name."
    return None


def _email(value: str) -> str | None:
    if value and ("@" not in value.strip("@") or " " in value or not value.isascii()):
        return f"Xero does not take “{value}” as an e-mail address. It takes plain letters only, without umlauts."
    return None


def _street(value: str) -> str | None:
    lines = value.splitlines()
    if len(lines) > STREET_LINES:
        return f"The street has {len(lines)} lines, and Xero takes {STREET_LINES}. Join some of them."
    if any(len(line) > STREET_LINE for line in lines):
        return f"A line of the street has more than {STREET_LINE} letters, and Xero takes no longer one."
    return None


def _country(value: str) -> str | None:
    if any(letter.isdigit() for letter in value):
        return f"Xero takes letters only in a country, not “{value}”."
    return None


_REASONS = {"name": _name, "email": _email, "street": _street, "country": _country}
