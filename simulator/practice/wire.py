"""JSON (camelCase) and XML (PascalCase, ID and UUID in capitals) of the same plain data, in both
directions.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from simulator.journal import Record

_ITEM = {"staffList": "Staff", "taskList": "Task", "assigned": "Staff", "categories": "Category"}
_CAPITALS = {"id": "ID", "uuid": "UUID", "webUrl": "WebURL", "url": "URL"}
LISTS = ("add", "remove", "contacts")


class UnreadableError(ValueError):
    """The body is neither a JSON object nor an XML document."""


def _pascal(name: str) -> str:
    if name in _CAPITALS:
        return _CAPITALS[name]
    capital = name[:1].upper() + name[1:]
    return capital.removesuffix("Uuid") + "UUID" if capital.endswith("Uuid") else capital


def _camel(tag: str) -> str:
    for camel, capitals in _CAPITALS.items():
        if tag == capitals:
            return camel
    if "-" in tag:
        return tag.lower()
    plain = tag.removesuffix("UUID") + "Uuid" if tag.endswith("UUID") else tag
    return plain[:1].lower() + plain[1:]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))


def _element(key: str, value: Any) -> str:
    name = _pascal(key)
    if value is None:
        return f"<{name} />"
    if isinstance(value, dict):
        inner = "".join(_element(inner_key, item) for inner_key, item in value.items())
    elif isinstance(value, list):
        item_name = _ITEM.get(key) or _pascal(key.removesuffix("s"))
        inner = "".join(
            f"<{item_name}>{''.join(_element(k, v) for k, v in item.items())}</{item_name}>" for item in value
        )
    else:
        inner = _text(value)
    return f"<{name}>{inner}</{name}>"


def xml_bytes(body: Record) -> bytes:
    """``<Response>`` with Status first."""
    inner = "".join(_element(key, value) for key, value in body.items())
    return f'<?xml version="1.0" encoding="utf-8"?><Response>{inner}</Response>'.encode()


def _plain(element: Element) -> Any:
    if not len(element) and not element.attrib:
        return (element.text or "").strip()
    found: Record = {_camel(name): value for name, value in element.attrib.items()}
    for child in element:
        key, value = _camel(child.tag), _plain(child)
        if key in LISTS:
            entries = [_plain(entry) for entry in child] if key == "contacts" else [value]
            found.setdefault(key, []).extend(entries)
        else:
            found[key] = value
    return found


def read_json(data: bytes) -> Record:
    """The JSON object. Raises UnreadableError."""
    try:
        found = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("The JSON could not be read") from error
    if not isinstance(found, dict):
        raise UnreadableError("A JSON object was expected")
    return found


def read_xml(data: bytes) -> Record:
    """The document's root as plain data. Raises UnreadableError (entities and the like are refused too)."""
    try:
        found = _plain(fromstring(data))
    except (ParseError, DefusedXmlException) as error:
        raise UnreadableError("The XML could not be read") from error
    if not isinstance(found, dict):
        raise UnreadableError("An element with children was expected")
    return found
