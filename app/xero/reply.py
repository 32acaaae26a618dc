"""One answer from Xero, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.xero import money, xml


@dataclass(frozen=True)
class Reply:
    """An HTTP answer. Header names are lower-case; `method` and `path` say what was asked."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    method: str = "GET"
    path: str = ""
    accept: str = "application/json"

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())

    @property
    def content_type(self) -> str:
        return (self.header("content-type") or "").split(";")[0].strip().lower()

    @cached_property
    def data(self) -> Any:
        """The parsed body: JSON with Decimal numbers, an XML element, or None when there is none.

        The reply's own Content-Type decides, not what was asked for (facts 7.1). Raises ValueError when the
        body is cut off, or is neither JSON nor XML.
        """
        text = self.body.strip()
        if not text:
            return None
        if "json" in self.content_type:
            return money.loads(text)
        if "xml" in self.content_type:
            return xml.parse(text)
        if "html" in self.content_type:
            raise ValueError("a page instead of data")
        # No usable Content-Type: judge by the first character.
        return xml.parse(text) if text.startswith(b"<") else money.loads(text)

    def number(self, header: str) -> int | None:
        """A header that holds a whole number; None when missing or something else."""
        value = (self.header(header) or "").strip()
        return int(value) if value.isdigit() else None
