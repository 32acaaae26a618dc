"""The forms of a page as a browser would send them, and the addresses it links to."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

SILENT = {"submit", "button", "reset", "file", "image"}


@dataclass
class Form:
    """`fields`: what would be sent as it stands. `offered`: name → every value that could be chosen."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._by_id: dict[str, Form] = {}
        self._form: Form | None = None
        self._select: tuple[Form, str] | None = None
        self._area: tuple[Form, str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = Form(named.get("method", "get").upper(), named.get("action", ""))
            self._by_id[named.get("id", "")] = self._form
            self.forms.append(self._form)
        elif tag == "a" and named.get("href", "").startswith("/"):
            self.links.append(named["href"])
        elif tag == "option" and self._select:
            form, name = self._select
            form.offered.setdefault(name, []).append(named.get("value", ""))
            if "selected" in named:
                form.fields[name] = named.get("value", "")
        elif named.get("name") and (form := self._by_id.get(named.get("form", "")) or self._form):
            self._control(form, tag, named)

    def _control(self, form: Form, tag: str, named: dict[str, str]) -> None:
        name, value, kind = named["name"], named.get("value", ""), named.get("type", "")
        if tag == "select":
            self._select = (form, name)
            form.fields.setdefault(name, "")
        elif tag == "textarea":
            self._area = (form, name)
            form.fields[name] = ""
        elif tag == "input" and kind not in SILENT:
            form.offered.setdefault(name, []).append(value)
            if kind not in {"checkbox", "radio"} or "checked" in named:
                form.fields[name] = value
            elif kind == "radio":
                form.fields.setdefault(name, "")

    def handle_data(self, data: str) -> None:
        if self._area:
            form, name = self._area
            form.fields[name] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None


def read_forms(html: str) -> tuple[list[Form], list[str]]:
    """The page's forms, and the paths of ours that it links to."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms, reader.links
