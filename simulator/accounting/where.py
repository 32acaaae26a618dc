r"""The ``where`` parameter: comparisons joined by AND and OR, in Xero's .NET-like form.

    Name=="Shaw & Co" AND ContactStatus=="ACTIVE"
    Name.Contains("shaw") OR UpdatedDateUTC >= DateTime(2026, 1, 31)
    ContactID == guid("…")

Strings stand in double quotes and cannot hold one: there is no way to escape it, and a backslash is refused.
Text is compared without regard to case and accents.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from simulator.journal import Record

ValueOf = Callable[[Record, str], Any]
Test = Callable[[Record], bool]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"[^"\\]*") | (?P<number>-?\d+(?:\.\d+)?) | (?P<call>(?:guid|DateTime)\s*\()
    | (?P<name>[A-Za-z_][\w.]*) | (?P<op>==|!=|<>|>=|<=|&&|\|\||=|>|<|\(|\)|,)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_METHODS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, part: part in value,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


class WhereError(ValueError):
    """The filter cannot be read."""


def folded(text: str) -> str:
    """Text as Xero's optimised filters compare it: without case and accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


class _Parser:
    """One pass over the tokens; each method reads one level of the grammar and returns a test."""

    def __init__(self, text: str, value_of: ValueOf) -> None:
        self._value_of = value_of
        self._tokens: list[tuple[str, str]] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise WhereError(f"Syntax error at position {position}")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self._at = 0

    def parse(self) -> Test:
        test = self._either()
        if self._at != len(self._tokens):
            raise WhereError("Syntax error")
        return test

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise WhereError("Expression expected")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, symbol: str) -> None:
        if self._next()[1] != symbol:
            raise WhereError(f"'{symbol}' expected")

    def _either(self) -> Test:
        tests = [self._both()]
        while self._peek().upper() in ("OR", "||"):
            self._next()
            tests.append(self._both())
        return lambda record: any(test(record) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._peek().upper() in ("AND", "&&"):
            self._next()
            tests.append(self._one())
        return lambda record: all(test(record) for test in tests)

    def _one(self) -> Test:
        if self._peek() == "(":
            self._next()
            test = self._either()
            self._expect(")")
            return test
        kind, name = self._next()
        if kind != "name":
            raise WhereError(f"A field was expected, not {name}")
        field, _, method = name.rpartition(".")
        if method.lower() in _METHODS:
            self._expect("(")
            part = self._literal()
            self._expect(")")
            return self._method(field, method.lower(), part)
        symbol = self._next()[1]
        if symbol not in _COMPARE:
            raise WhereError(f"A comparison was expected, not {symbol}")
        return self._comparison(name, symbol, self._literal())

    def _literal(self) -> Any:
        kind, text = self._next()
        if kind == "text":
            return text[1:-1]
        if kind == "number":
            return Decimal(text)
        if kind == "call":
            parts = [self._literal()]
            while self._peek() == ",":
                self._next()
                parts.append(self._literal())
            self._expect(")")
            return _called(text, parts)
        words = {"true": True, "false": False, "null": None}
        if text.lower() in words:
            return words[text.lower()]
        raise WhereError(f"A value was expected, not {text}")

    def _read(self, record: Record, field: str) -> Any:
        try:
            value = self._value_of(record, field)
        except KeyError as error:
            raise WhereError(f"No property or field '{field}' exists") from error
        return folded(value) if isinstance(value, str) else value

    def _comparison(self, field: str, symbol: str, literal: Any) -> Test:
        wanted = folded(literal) if isinstance(literal, str) else literal

        def test(record: Record) -> bool:
            value = self._read(record, field)
            if value is None or wanted is None:
                return (
                    _COMPARE[symbol](value is None, wanted is None)
                    if symbol in ("==", "=", "!=", "<>")
                    else False
                )
            try:
                return _COMPARE[symbol](value, wanted)
            except TypeError as error:
                raise WhereError(f"Operator '{symbol}' does not fit '{field}'") from error

        return test

    def _method(self, field: str, method: str, part: Any) -> Test:
        if not isinstance(part, str):
            raise WhereError(f"{method} needs a text")
        wanted = folded(part)
        return lambda record: _METHODS[method](str(self._read(record, field) or ""), wanted)


def _called(name: str, parts: list[Any]) -> Any:
    if name.lower().startswith("guid"):
        return str(parts[0]).lower()
    try:
        year, month, day, *time = (int(part) for part in parts)
        moment = datetime(year, month, day, *time[:3], tzinfo=UTC)  # type: ignore[misc,arg-type]
    except (TypeError, ValueError) as error:
        raise WhereError("DateTime needs year, month, day") from error
    return int(moment.timestamp() * 1000)


def where_test(text: str, value_of: ValueOf) -> Test:
    """The filter as a function of a record. ``value_of`` reads a field; it raises KeyError for one that is
    not there.

    Raises WhereError for a filter that cannot be read; the function it returns may raise it too.
    """
    return _Parser(text, value_of).parse()
