"""Everything of the room under its blueprint."""

from app.integrations import (
    api,
    banner,
    connecting,
    contact_page,
    filing,
    invoicing,
    list_pages,
    mapping,
    page,
)
from app.integrations.blueprint import bp

__all__ = [
    "api",
    "banner",
    "bp",
    "connecting",
    "contact_page",
    "filing",
    "invoicing",
    "list_pages",
    "mapping",
    "page",
]
