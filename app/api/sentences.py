"""pydantic's findings in the words we use with people."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

Context = Mapping[str, Any]


def _choices(context: Context) -> str:
    return f"Must be one of {str(context['expected']).replace(' or ', ', ')}."


def _at_most(what: str) -> Callable[[Context], str]:
    return lambda context: f"Must have at most {context['max_length']:,} {what}."


def _at_least(context: Context) -> str:
    return (
        "Must not be empty." if context["min_length"] == 1 else f"Must have at least {context['min_length']}."
    )


def _bound(word: str, key: str) -> Callable[[Context], str]:
    return lambda context: f"Must be {context[key]} or {word}."


_AMOUNT = "Must be an amount such as 350.00."
_DATE = "Must be a date such as 2026-11-30."
_ID = "Must be an id (UUID) such as 0b5f3c1e-7a44-4f0a-9c57-2d1a6c1f8e20."
_INSTANT = "Must be an instant such as 2026-11-30T09:00:00Z."
_NUMBER = "Must be a whole number."
_OBJECT = "Must be a JSON object."
_TEXT = "Must be text."
_TRUTH = "Must be true or false."

_SENTENCES: dict[str, str | Callable[[Context], str]] = {
    "missing": "This is needed.",
    "string_type": _TEXT,
    "string_too_long": _at_most("characters"),
    "string_too_short": _at_least,
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "timezone_aware": _INSTANT,
    "decimal_type": _AMOUNT,
    "decimal_parsing": _AMOUNT,
    "finite_number": _AMOUNT,
    "decimal_max_places": lambda context: (
        f"Must have at most {context['decimal_places']} digits after the point."
    ),
    "decimal_max_digits": "Is too large.",
    "decimal_whole_digits": "Is too large.",
    "greater_than_equal": _bound("more", "ge"),
    "less_than_equal": _bound("less", "le"),
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_parsing_size": _NUMBER,
    "int_from_float": _NUMBER,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "literal_error": _choices,
    "list_type": "Must be a list.",
    "too_long": _at_most("entries"),
    "too_short": _at_least,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "is_instance_of": "Must be a file, sent with its name.",
    "value_error": lambda context: str(context["error"]),
}


def sentence(kind: str, context: Context, noun: str = "field") -> str:
    """What a person reads for one finding of pydantic's. `noun`: what an unknown name would have been."""
    if kind == "extra_forbidden":
        return f"There is no such {noun}."
    words = _SENTENCES.get(kind, "This value cannot be used.")
    return words if isinstance(words, str) else words(context)


def fields_of(wrong: ValidationError, noun: str) -> dict[str, list[str]]:
    """Sentences by value name (``request_ids.3`` for the fourth of a list, empty for the body itself)."""
    fields: dict[str, list[str]] = {}
    for finding in wrong.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in finding["loc"])
        fields.setdefault(name, []).append(sentence(finding["type"], finding.get("ctx", {}), noun))
    return fields
