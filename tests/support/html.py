"""What every page of Countinghouse must be, whoever asks for it: checked on each page that any test fetches."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """The few facts of a page that the checks need."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.h1: list[str] = []
        self.title = ""
        self.label_for: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.forms: list[dict[str, object]] = []
        self.inline: list[str] = []
        self._open: list[str] = []
        self._in: str | None = None
        self._labels_open = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:  # noqa: C901  one look a tag
        named = dict(attributes)
        if tag not in VOID:
            self._open.append(tag)
        if named.get("id"):
            self.ids.append(str(named["id"]))
        if "style" in named or any(name.startswith(("on", "hx-on")) for name in named):
            self.inline.append(f"<{tag} {sorted(named)}>")
        if tag == "script" and "src" not in named:
            self.inline.append("<script> without src")
        if tag == "style":
            self.inline.append("<style>")
        if tag == "h1":
            self.h1.append("")
        if tag == "label":
            self._labels_open += 1
            self.label_for.add(str(named.get("for")))
        if tag == "form":
            self.forms.append({"method": str(named.get("method", "get")).lower(), "names": []})
        if tag in {"input", "select", "textarea", "button"} and self.forms and "form" in self._open:
            self.forms[-1]["names"].append(named.get("name"))  # type: ignore[attr-defined]
        if tag in {"input", "select", "textarea"} and named.get("type") not in {"hidden", "submit", "button"}:
            self.fields.append({**named, "in_label": "yes" if self._labels_open else None})

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._labels_open -= 1
        if tag in self._open:
            while self._open and self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "h1" in self._open and self.h1:
            self.h1[-1] += data
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.title += data


def check_page(html: str, where: str) -> None:
    """Raise AssertionError naming the page when a house rule of pages is broken."""
    page = Page(html)
    assert len(page.h1) == 1, f"{where}: {len(page.h1)} h1 elements"
    heading = " ".join(page.h1[0].split())
    title = " ".join(page.title.split()).removeprefix("Error: ")
    assert title.startswith(heading), (
        f"{where}: the title {title!r} does not start with the heading {heading!r}"
    )
    doubled = sorted({name for name in page.ids if page.ids.count(name) > 1})
    assert not doubled, f"{where}: doubled ids {doubled}"
    _check_fields(page, where)
    for form in page.forms:
        if form["method"] == "post":
            assert "csrf_token" in form["names"], f"{where}: a form without a CSRF token: {form['names']}"  # type: ignore[operator]
    assert not page.inline, f"{where}: inline script or style {page.inline}"


def _check_fields(page: Page, where: str) -> None:
    for field in page.fields:
        named = (
            field["in_label"]
            or field.get("aria-label")
            or field.get("aria-labelledby")
            or str(field.get("id")) in page.label_for
        )
        assert named, f"{where}: a field without a label: {field}"
