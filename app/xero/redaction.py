"""What a call log may keep of a request or reply: no secrets, no bank or tax numbers, no link that opens an invoice to
whoever has it; eight kilobytes."""

import re

LIMIT = 8 * 1024
MASK = "[redacted]"

_KEPT_OUT = (
    r"access_?token|refresh_?token|id_?token|client_?secret|code_?verifier|password|authorization|signing_?key|"
    r"bank_?account_?(?:details|number)|tax_?number|tfn|ird_?number|date_?of_?birth|online_?invoice_?url"
)
# Works on text cut off anywhere: a value may lack its closing quote or tag.
_JSON_VALUE = re.compile(rf'("(?:{_KEPT_OUT})"\s*:\s*)(?:"(?:\\.|[^"\\])*"?|[\d.eE+-]+)', re.IGNORECASE)
_XML_VALUE = re.compile(rf"(<(?:\w+:)?(?:{_KEPT_OUT})(?:\s[^>]*)?>)[^<]+", re.IGNORECASE)
_FORM_VALUE = re.compile(rf"((?:^|[?&\s])(?:{_KEPT_OUT}|token|code)=)[^&\s]+", re.IGNORECASE)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{12,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]*\.?[\w-]*")


def redact(text: str) -> str:
    """The text with every value that must not be kept replaced by `[redacted]`."""
    text = _JSON_VALUE.sub(rf'\1"{MASK}"', text)
    text = _XML_VALUE.sub(rf"\1{MASK}", text)
    # Each look through a large text costs, so the rarer kinds are looked for only where one can be.
    if "=" in text:
        text = _FORM_VALUE.sub(rf"\1{MASK}", text)
    lower = text.lower()
    if "bearer " in lower or "basic " in lower:
        text = _BEARER.sub(rf"\1 {MASK}", text)
    return _JWT.sub(MASK, text) if "eyJ" in text else text


def loggable(body: bytes | None, content_type: str | None) -> str | None:
    """At most LIMIT characters of a body, redacted; a file is only named by kind and size."""
    if not body:
        return None
    kind = (content_type or "").split(";")[0].strip().lower()
    textual = kind.startswith("text/") or any(word in kind for word in ("json", "xml", "urlencoded"))
    if not textual:
        return f"[{kind or 'binary'}, {len(body)} bytes]"
    # Cut before redacting, so that a reply of many megabytes costs no more than a small one.
    text = redact(body[:LIMIT].decode("utf-8", errors="replace"))
    cut = len(body) > LIMIT or len(text) > LIMIT
    return text[: LIMIT - 40] + f"… [cut, {len(body)} bytes]" if cut else text
