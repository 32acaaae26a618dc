"""Reading what a page says, in tests."""

import re
from html import unescape

from werkzeug.test import TestResponse

_CSRF = re.compile(r'name="csrf_token" value="[^"]*"')


def words(response: TestResponse) -> str:
    """The page's text as a person reads it: no tags, single spaces."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def same_but_for(response: TestResponse, *texts: object) -> tuple[int, str]:
    """Status and body with these texts and the tokens taken out, for comparing two answers."""
    body = _CSRF.sub("", response.get_data().decode(errors="replace"))
    for text in texts:
        body = body.replace(str(text), "…")
    return response.status_code, body


def links(response: TestResponse, beginning: str) -> list[str]:
    """The addresses of the page's links that begin so, in order, each once."""
    found = re.findall(r'href="([^"]*)"', response.get_data(as_text=True))
    return list(dict.fromkeys(unescape(one) for one in found if unescape(one).startswith(beginning)))


def field(response: TestResponse, name: str) -> str:
    """The value that stands in a text field, text area or chosen option of the page."""
    html = response.get_data(as_text=True)
    for tag in re.findall(rf'<input[^>]* name="{re.escape(name)}"[^>]*>', html):
        value = re.search(r' value="([^"]*)"', tag)
        return unescape(value.group(1)) if value else ""
    area = re.search(rf'<textarea[^>]* name="{re.escape(name)}"[^>]*>(.*?)</textarea>', html, re.DOTALL)
    if area:
        return unescape(area.group(1)).strip()
    select = re.search(rf'<select[^>]* name="{re.escape(name)}"[^>]*>(.*?)</select>', html, re.DOTALL)
    assert select, f"there is no field {name}"
    chosen = re.search(
        r'<option[^>]*\bselected\b[^>]*value="([^"]*)"|<option[^>]*value="([^"]*)"[^>]*\bselected\b',
        select.group(1),
    )
    return unescape(chosen.group(1) or chosen.group(2) or "") if chosen else ""
