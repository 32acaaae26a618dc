"""Before and after, field by field, as people read it."""

import json
from dataclasses import dataclass
from typing import Any

from app.audit.words import field


@dataclass(frozen=True)
class Line:
    """One field. `old`, `new`: its values in words; None where there was, or is, none."""

    name: str
    old: str | None
    new: str | None


def lines_of(
    before: dict[str, Any] | None, after: dict[str, Any] | None, names: dict[str, str] | None = None
) -> list[Line]:
    """The fields of an entry in the order of their names. `names`: what ids among the values are called."""
    before, after, names = before or {}, after or {}, names or {}
    return [
        Line(field(key), _words(before.get(key), names), _words(after.get(key), names))
        for key in sorted(before.keys() | after.keys(), key=field)
    ]


def _words(value: Any, names: dict[str, str]) -> str | None:
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return "\n".join(_words(one, names) or "" for one in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return names.get(str(value), str(value))


def sentence(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """All fields on one line, for a cell of a spreadsheet."""
    return "; ".join(
        f"{line.name}: {line.old or '–'} → {line.new or '–'}" for line in lines_of(before, after)
    ).replace("\n", " / ")
