"""Values that people and programs send, tidied and checked; what is wrong is gathered and said once.

Tidying is silent where it changes nothing a person would see: outer and doubled spaces, control characters.
Used by the rooms' actions, so a page and the JSON API say the same sentence about the same value.
"""

import re
import unicodedata
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from email_validator import EmailNotValidError, validate_email

from app.errors import Problem

_SPACES = re.compile(r"\s+")
_PHONE = re.compile(r"\+?[0-9 ().\-/]{3,}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<minus>[-−])?\s?[$£€]?\s?(?P<digits>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.[0-9]{0,12})?|\.[0-9]{1,12})"
)
_WORDS = {2: "two", 4: "four"}
_CONTROL_CATEGORIES = {"Cc", "Cf", "Cs", "Co"}
LONGEST_LINE = 255
LONGEST_TEXT = 4000
LARGEST_AMOUNT = Decimal("9999999.99")


def one_line(value: str | None) -> str:
    """The text on one line: composed letters (NFC), no control characters, single spaces between words."""
    text = unicodedata.normalize("NFC", _SPACES.sub(" ", value or ""))
    return _SPACES.sub(" ", _without_controls(text)).strip()


def many_lines(value: str | None) -> str:
    """The text with its line breaks as ``\\n``, no other control characters, no spaces at the ends."""
    lines = (value or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_without_controls(unicodedata.normalize("NFC", line)).rstrip() for line in lines).strip()


def _without_controls(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) not in _CONTROL_CATEGORIES)


class Checks:
    """What is wrong with a set of values, field by field. Call `finish` before anything is changed."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = {}

    def wrong(self, field: str, sentence: str) -> None:
        self.fields.setdefault(field, []).append(sentence)

    def finish(self) -> None:
        """Raise one `Problem` (422) that names every wrong field, if there is any."""
        if self.fields:
            sentences = [sentence for found in self.fields.values() for sentence in found]
            raise Problem(" ".join(sentences), fields=self.fields)

    def line(self, field: str, value: str | None, noun: str, longest: int = LONGEST_LINE) -> str | None:
        """One line of text or None. `noun` begins the sentence: “The phone number”."""
        text = one_line(value)
        if len(text) > longest:
            self.wrong(field, f"{noun} has {len(text)} characters. Use {longest} at most.")
        return text or None

    def required(self, field: str, value: str | None, noun: str, longest: int = LONGEST_LINE) -> str:
        """One line of text that must be there."""
        text = self.line(field, value, noun, longest)
        if text is None:
            self.wrong(field, f"{noun} is missing. Write one.")
        return text or ""

    def text(self, field: str, value: str | None, noun: str, longest: int = LONGEST_TEXT) -> str | None:
        """Several lines of text or None."""
        text = many_lines(value)
        if len(text) > longest:
            self.wrong(field, f"{noun} has {len(text)} characters. Use {longest} at most.")
        return text or None

    def email(self, field: str, value: str | None) -> str | None:
        """An e-mail address as it was written, or None. Whether it exists is not asked."""
        text = self.line(field, value, "The e-mail address")
        if text is None or field in self.fields:
            return text
        try:
            # Not `globally_deliverable`, which refuses the reserved names that demonstrations and tests use; `.test`
            # is refused even then, unless one says so.
            found = validate_email(
                text, check_deliverability=False, globally_deliverable=False, test_environment=True
            )
        except EmailNotValidError:
            found = None
        if found is None or "." not in found.domain:
            self.wrong(field, "This is not an e-mail address. Write it like name@example.com.")
            return text
        return found.normalized

    def phone(self, field: str, value: str | None) -> str | None:
        """A phone number as it was written, or None: 6 to 15 digits (E.164), an extension beside them."""
        text = self.line(field, value, "The phone number", 50)
        if text is None or field in self.fields:
            return text
        number = re.split(r"x|ext", text, maxsplit=1, flags=re.IGNORECASE)[0]
        if not _PHONE.fullmatch(text) or not 6 <= sum(letter.isdigit() for letter in number) <= 15:
            self.wrong(field, "This is not a phone number. Write it like 02 9123 4567 or +61 2 9123 4567.")
        return text

    def one_of(self, field: str, value: str | None, known: Collection[str], noun: str) -> str:
        """One of a few words of ours."""
        if value not in known:
            self.wrong(field, f"{noun} must be one of: {', '.join(known)}.")
        return value or ""

    def amount(self, field: str, value: Any, noun: str) -> Decimal:
        """An amount of money from zero, two decimals at most; text may carry a sign and thousands commas."""
        text = (
            one_line(str(value if value is not None else "")).lstrip("$£").replace(",", "").replace(" ", "")
        )
        try:
            amount = Decimal(text)
        except InvalidOperation:
            self.wrong(field, f"{noun} must be an amount, such as 450 or 1,250.50.")
            return Decimal(0)
        if not amount.is_finite() or amount < 0 or amount > LARGEST_AMOUNT:
            self.wrong(field, f"{noun} must be between 0 and {LARGEST_AMOUNT:,}.")
            return Decimal(0)
        if amount != amount.quantize(Decimal("0.01")):
            self.wrong(field, f"{noun} has more than two decimals.")
        return amount.quantize(Decimal("0.01"))

    def decimal(
        self, field: str, value: Any, noun: str, *, places: int, least: Decimal, most: Decimal
    ) -> Decimal | None:
        """A number within limits, both included, or None when there is none; text may be written as people do:
        `1,250.50`, `$450`, `-20`. A comma must stand before three digits: `450,50` is asked about."""
        text = one_line("" if value is None else str(value))
        if not text:
            return None
        found = _NUMBER.fullmatch(text)
        if found is None:
            self.wrong(field, f"{noun} must be a number, such as 2 or 1,250.50.")
            return None
        number = Decimal(found["digits"].replace(",", "")).copy_sign(-1 if found["minus"] else 1)
        if number != round(number, places):
            self.wrong(field, f"{noun} has more than {_WORDS[places]} decimals.")
        elif not least <= number <= most:
            said = f"must not be below {least}" if number < least else f"must not be above {most:,}"
            self.wrong(field, f"{noun} {said}.")
        return number

    def whole(self, field: str, value: Any, noun: str, least: int, most: int) -> int:
        """A whole number within limits, both included."""
        text = one_line(str(value if value is not None else ""))
        if not re.fullmatch(r"-?[0-9]{1,9}", text, re.ASCII) or not least <= int(text) <= most:
            self.wrong(field, f"{noun} must be a whole number from {least} to {most}.")
            return least
        return int(text)
