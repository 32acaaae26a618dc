"""XML through a hardened parser: no entities, no external documents, no surprises (facts 7.2)."""

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring


class UnreadableXmlError(ValueError):
    """The text is not well-formed XML, or uses what a hostile document would use."""


def parse(body: bytes) -> Element:
    """The root element; raises UnreadableXmlError."""
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        raise UnreadableXmlError("the reply is not readable XML") from problem
    return root


def name_of(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def to_data(element: Element, lists: frozenset[str] = frozenset()) -> Any:
    """Plain data in the shape of Practice Manager's JSON.

    Leaves stay text (a phone or business number must not become a number), an empty element is None, repeated
    children become a list. Tags named in `lists` are lists even when they hold one child or none.
    """
    children = list(element)
    if name_of(element) in lists:
        return [to_data(child, lists) for child in children]
    if not children:
        text = (element.text or "").strip()
        return text or None
    data: dict[str, Any] = {}
    for child in children:
        name, value = name_of(child), to_data(child, lists)
        if name not in data:
            data[name] = value
        elif isinstance(data[name], list) and name not in lists:
            data[name].append(value)
        else:
            data[name] = [data[name], value]
    return data


def find_text(element: Element, name: str) -> str | None:
    """The text of the first element of that name anywhere below, regardless of namespace and case."""
    for found in element.iter():
        if name_of(found).lower() == name.lower():
            return (found.text or "").strip() or None
    return None


def find_texts(element: Element, name: str) -> list[str]:
    """The texts of all elements of that name below, in order, empty ones left out."""
    found = (e for e in element.iter() if name_of(e).lower() == name.lower())
    return [text for e in found if (text := (e.text or "").strip())]
