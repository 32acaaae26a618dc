"""Reading what an error body says, whichever of Xero's four ways it is written in (facts 1.6)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

from app.xero import xml
from app.xero.reply import Reply

_MOST_DETAILS = 20
_LONGEST = 400
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """What a body says went wrong. `refused` is Practice Manager's Status ERROR, whatever the HTTP status."""

    title: str = ""
    detail: str = ""
    number: int | None = None
    messages: tuple[str, ...] = ()
    refused: bool = False

    @property
    def text(self) -> str:
        return " ".join(part for part in (self.title, self.detail, *self.messages) if part)


def is_refused(data: Any) -> bool:
    """Whether parsed data says Status ERROR at its top, as Practice Manager does whatever the HTTP status."""
    if isinstance(data, Mapping):
        return any(str(data.get(name)).upper() == "ERROR" for name in ("status", "Status"))
    if isinstance(data, Element):
        said = (child.text or "" for child in data if xml.name_of(child).lower() == "status")
        return next(said, "").strip().upper() == "ERROR"
    return False


def read_problem(reply: Reply) -> Problem:
    """The problem in a reply's body; an empty Problem when it says nothing. Never raises."""
    try:
        data = reply.data
    except ValueError:
        return _from_text(reply.body.decode("utf-8", errors="replace"))
    if isinstance(data, Element):
        return _from_xml(data)
    if isinstance(data, list):
        return _from_list(data)
    if isinstance(data, Mapping):
        return _from_json(data)
    return Problem(detail=_short(str(data))) if data else Problem()


def _short(text: Any) -> str:
    flat = " ".join(str(text).split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"


def _tidy(messages: Iterator[Any] | list[Any]) -> tuple[str, ...]:
    """Without empties and repeats, in order, not endlessly many."""
    return tuple(dict.fromkeys(_short(m) for m in messages if m))[:_MOST_DETAILS]


def _lower(data: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in data.items()}


def _from_json(data: Mapping[str, Any]) -> Problem:
    # The gateway's problem object is PascalCase, sometimes lower-case (facts 1.6).
    low = _lower(data)
    number = low.get("errornumber")
    title = low.get("title") or low.get("error") or low.get("type") or ""
    detail = (
        low.get("detail") or low.get("message") or low.get("errordescription") or low.get("error_description")
    )
    messages = [*_validation_messages(low.get("elements")), *_validation_messages([data])]
    if isinstance(states := low.get("modelstate"), Mapping):
        for entries in states.values():
            messages += entries if isinstance(entries, list) else [entries]
    return Problem(
        title=_short(title) if isinstance(title, str) else "",
        detail=_short(detail) if isinstance(detail, str) else "",
        number=number if isinstance(number, int) else None,
        messages=_tidy(messages),
        refused=is_refused(data),
    )


def _validation_messages(elements: Any, depth: int = 0) -> Iterator[str]:
    """ValidationErrors wherever they sit: on an element, its lines, its contact. Message or Description."""
    if depth > 4:
        return
    for element in elements if isinstance(elements, list) else [elements]:
        if not isinstance(element, Mapping):
            continue
        for key, value in element.items():
            if str(key).lower() == "validationerrors" and isinstance(value, list):
                for entry in value:
                    low = _lower(entry) if isinstance(entry, Mapping) else {"message": entry}
                    if message := low.get("message") or low.get("description"):
                        yield str(message)
            elif isinstance(value, (list, Mapping)):
                yield from _validation_messages(value, depth + 1)


def _from_list(data: list[Any]) -> Problem:
    # Files answers with an array of {type, title, detail} (facts 6).
    entries = [_lower(entry) for entry in data if isinstance(entry, Mapping)]
    messages = [entry.get("detail") or entry.get("message") or entry.get("title") for entry in entries]
    title = next((str(entry["title"]) for entry in entries if entry.get("title")), "")
    return Problem(title=_short(title), messages=_tidy(messages))


def _from_xml(root: Element) -> Problem:
    number = xml.find_text(root, "ErrorNumber")
    validation: list[str] = []
    for entry in root.iter():
        if xml.name_of(entry) == "ValidationError":
            validation += xml.find_texts(entry, "Message") or xml.find_texts(entry, "Description")
    detail = next(
        (t for n in ("ErrorDescription", "Detail", "Message") if (t := xml.find_text(root, n))),
        None,
    )
    return Problem(
        title=_short(xml.find_text(root, "Title") or xml.find_text(root, "Type") or ""),
        detail=_short(detail or ""),
        number=int(number) if number and number.isdigit() else None,
        messages=_tidy(validation),
        refused=is_refused(root),
    )


def _from_text(text: str) -> Problem:
    if match := _TITLE.search(text):
        return Problem(detail=_short(unescape(_TAG.sub(" ", match[2]))))
    if "<html" in text[:1000].lower():
        return Problem(detail=_short(unescape(_TAG.sub(" ", text))))
    return Problem(detail=_short(text))
